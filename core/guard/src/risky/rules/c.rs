//! C and C++.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new("c-gets", Danger::Memory, 242, "input without a bound", &["^ gets ( <word>"]),
    RiskyRule::new(
        "c-scanf",
        Danger::Memory,
        120,
        "input without a bound",
        &["^ scanf ( \"%s*\"", "^ fscanf|sscanf ( <word> , \"%s*\""],
    ),
    RiskyRule::new(
        "c-copy",
        Danger::Memory,
        120,
        "a copy without a bound",
        &["^ strcpy|strcat|wcscpy|wcscat ( <word> , <word>", "^ strcpy|strcat ( <word> , argv"],
    )
    .medium(),
    RiskyRule::new(
        "c-sprintf",
        Danger::Memory,
        120,
        "a text without a bound",
        &["^ sprintf|vsprintf ( <word> , <str> , <word>"],
    )
    .medium(),
    RiskyRule::new(
        "c-format",
        Danger::Injection,
        134,
        "a format from a value",
        &[
            "^ printf|vprintf|puts_unlocked ( <dyn> )",
            "^ fprintf|syslog|dprintf ( <word> , <dyn> )",
            "^ sprintf ( <word> , <dyn> )",
            "^ snprintf ( <word> , <word> , <dyn> )",
        ],
    ),
    RiskyRule::new(
        "c-system",
        Danger::Injection,
        78,
        "a shell command put together from values",
        &["^ system|popen ( <dyn>"],
    ),
    RiskyRule::new(
        "c-weak-hash",
        Danger::WeakCrypto,
        328,
        "a broken hash",
        &["MD5_Init|MD4_Init|SHA1_Init|EVP_md5|EVP_md4|EVP_sha1|CC_MD5|CC_SHA1 ("],
    )
    .medium(),
    RiskyRule::new(
        "c-weak-cipher",
        Danger::WeakCrypto,
        327,
        "a broken cipher or mode",
        &[
            "EVP_des_ecb|EVP_des_cbc|EVP_rc4|EVP_rc2_cbc|EVP_bf_ecb|EVP_aes_128_ecb|EVP_aes_256_ecb|DES_ecb_encrypt|RC4_set_key (",
        ],
    ),
    RiskyRule::new(
        "c-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &["SSL_VERIFY_NONE", "CURLOPT_SSL_VERIFYPEER|CURLOPT_SSL_VERIFYHOST , 0|0L"],
    ),
    RiskyRule::new(
        "c-temporary",
        Danger::Memory,
        377,
        "a temporary file that others may make first",
        &["^ mktemp|tmpnam|tempnam ( <word>"],
    ),
    RiskyRule::new(
        "c-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &["<name> = <literal>", "<name> [ ] = <literal>"],
    ),
];
