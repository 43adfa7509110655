//! Go.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new(
        "go-sql",
        Danger::Injection,
        89,
        "SQL put together from values",
        &[
            ". Query|QueryRow|Exec|QueryContext|QueryRowContext|ExecContext|Raw ( ... <sql> +",
            ". Query|QueryRow|Exec|QueryContext|QueryRowContext|ExecContext|Raw ( ... fmt . Sprintf ( <sql>",
        ],
    ),
    RiskyRule::new(
        "go-exec-shell",
        Danger::Injection,
        78,
        "a command given to a shell",
        &[
            "exec . Command ( \"sh|bash|/bin/sh|/bin/bash|cmd|cmd.exe|powershell\" , \"-c|/c|-Command\" , <dyn>",
            "exec . Command ( \"sh|bash|/bin/sh|/bin/bash\" , \"-c\" , <str> +",
            "exec . CommandContext ( <word> , \"sh|bash|/bin/sh|/bin/bash\" , \"-c\" , <dyn>",
        ],
    ),
    RiskyRule::new(
        "go-template-html",
        Danger::Injection,
        79,
        "markup that is not escaped",
        &["template . HTML|JS|URL|CSS|HTMLAttr ( <dyn>"],
    ),
    RiskyRule::new("go-weak-hash", Danger::WeakCrypto, 328, "a broken hash", &["md5|sha1 . New|Sum ("])
        .medium(),
    RiskyRule::new(
        "go-weak-cipher",
        Danger::WeakCrypto,
        327,
        "a broken cipher",
        &["des . NewCipher|NewTripleDESCipher (", "rc4 . NewCipher ("],
    ),
    RiskyRule::new(
        "go-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &["InsecureSkipVerify :|= true", "MinVersion : tls . VersionSSL30|VersionTLS10|VersionTLS11"],
    ),
    RiskyRule::new(
        "go-ssh-host-key",
        Danger::WeakCrypto,
        322,
        "SSH without checking who answers",
        &["ssh . InsecureIgnoreHostKey ("],
    ),
    RiskyRule::new(
        "go-path",
        Danger::PathTraversal,
        22,
        "a path from a request",
        &[
            "os . Open|OpenFile|ReadFile|Create|Remove|WriteFile ( r|req . URL|FormValue|PathValue|Form",
            "filepath|path . Join ( ... r|req . URL|FormValue|PathValue|Form",
            "http . ServeFile ( ... r|req . URL . Query",
        ],
    ),
    RiskyRule::new("go-pprof", Danger::Exposure, 489, "a debugger for everybody", &["_ \"net/http/pprof\""])
        .medium(),
    RiskyRule::new(
        "go-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &["<name> =|:=|: <literal>", "<name> string = <literal>"],
    ),
];
