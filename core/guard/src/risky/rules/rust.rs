//! Rust.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new(
        "rust-sql",
        Danger::Injection,
        89,
        "SQL put together from values",
        &[
            "query|query_as|query_scalar|sql_query|execute|query_row|prepare|batch_execute ( & format ! ( <sql>",
            "query|query_as|query_scalar|sql_query|execute|prepare ( format ! ( <sql>",
        ],
    ),
    RiskyRule::new(
        "rust-exec-shell",
        Danger::Injection,
        78,
        "a command given to a shell",
        &[
            "Command :: new ( \"sh|bash|/bin/sh|/bin/bash|cmd\" ) . arg ( \"-c|/C\" ) . arg ( <dyn>",
            "Command :: new ( \"sh|bash|/bin/sh|/bin/bash|cmd\" ) . arg ( \"-c|/C\" ) . arg ( & <dyn>",
            "Command :: new ( \"sh|bash|/bin/sh|/bin/bash|cmd\" ) . args ( ... format !",
        ],
    ),
    RiskyRule::new(
        "rust-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &["danger_accept_invalid_certs|danger_accept_invalid_hostnames ( true", "SslVerifyMode :: NONE"],
    ),
    RiskyRule::new(
        "rust-weak-hash",
        Danger::WeakCrypto,
        328,
        "a broken hash",
        &["Md5|Sha1|Md4 :: new|digest (", "md5 :: compute ("],
    )
    .medium(),
    RiskyRule::new(
        "rust-weak-cipher",
        Danger::WeakCrypto,
        327,
        "a broken cipher or mode",
        &["Des|TdesEde3|Rc4|Rc2 :: new", "Cipher :: des_ecb|des_cbc|rc4|aes_128_ecb|aes_256_ecb ("],
    ),
    RiskyRule::new(
        "rust-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &["<name> = <literal>", "<name> : & str = <literal>", "<name> : & ' <word> str = <literal>"],
    ),
];
