//! PHP.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new(
        "php-eval",
        Danger::Eval,
        95,
        "code from a text",
        &["^ eval|create_function ( <dyn>", "^ eval ( <str> .", "^ assert ( $_GET|$_POST|$_REQUEST|$_COOKIE"],
    ),
    RiskyRule::new(
        "php-command",
        Danger::Injection,
        78,
        "a shell command put together from values",
        &[
            "^ exec|system|shell_exec|passthru|popen|proc_open ( <dyn!escapeshellarg,escapeshellcmd>",
            "^ exec|system|shell_exec|passthru|popen ( <str> . $_GET|$_POST|$_REQUEST|$_COOKIE",
            "^ exec|system|shell_exec|passthru|popen ( <str> . <dyn!escapeshellarg,escapeshellcmd>",
            "<cmd>",
        ],
    ),
    RiskyRule::new(
        "php-sql",
        Danger::Injection,
        89,
        "SQL put together from values",
        &[
            "mysqli_query|mysql_query|pg_query ( ... <sqlfilled>",
            "mysqli_query|mysql_query|pg_query ( ... <sql> .",
            "-> query|exec|prepare|multi_query ( <sqlfilled>",
            "-> query|exec|prepare|multi_query ( <sql> .",
            "<sql> . $_GET|$_POST|$_REQUEST|$_COOKIE",
        ],
    ),
    RiskyRule::new(
        "php-include",
        Danger::PathTraversal,
        98,
        "a file that a stranger names is run",
        &["include|require|include_once|require_once ... $_GET|$_POST|$_REQUEST|$_COOKIE"],
    ),
    RiskyRule::new(
        "php-xss",
        Danger::Injection,
        79,
        "markup from a request",
        &["echo|print $_GET|$_POST|$_REQUEST|$_COOKIE", "echo|print <str> . $_GET|$_POST|$_REQUEST|$_COOKIE"],
    ),
    RiskyRule::new(
        "php-unserialize",
        Danger::Deserialization,
        502,
        "objects from bytes that may run code",
        &["^ unserialize ( $_GET|$_POST|$_REQUEST|$_COOKIE", "^ unserialize ( base64_decode ("],
    ),
    RiskyRule::new(
        "php-extract",
        Danger::Injection,
        621,
        "variables that a stranger sets",
        &["^ extract|parse_str ( $_GET|$_POST|$_REQUEST|$_COOKIE"],
    ),
    RiskyRule::new(
        "php-path",
        Danger::PathTraversal,
        22,
        "a path from a request",
        &[
            "file_get_contents|readfile|fopen|unlink|file|copy|move_uploaded_file ( ... $_GET|$_POST|$_REQUEST|$_COOKIE",
        ],
    ),
    RiskyRule::new(
        "php-weak-hash",
        Danger::WeakCrypto,
        328,
        "a broken hash for a password",
        &[
            "^ md5|sha1|crc32 ( $password|$pass|$passwd|$pwd",
            "^ md5|sha1 ( $_POST [ \"password|pass|pwd\"",
            "^ hash ( \"md5|sha1\" , $password|$pass|$pwd",
        ],
    ),
    RiskyRule::new(
        "php-weak-cipher",
        Danger::WeakCrypto,
        327,
        "a broken cipher or mode",
        &[
            "openssl_encrypt|openssl_decrypt ( ... \"des*|rc4*|bf*|aes-128-ecb|aes-256-ecb\"",
            "mcrypt_encrypt (",
        ],
    ),
    RiskyRule::new(
        "php-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &[
            "CURLOPT_SSL_VERIFYPEER|CURLOPT_SSL_VERIFYHOST , false|0",
            "CURLOPT_SSL_VERIFYPEER|CURLOPT_SSL_VERIFYHOST => false|0",
        ],
    ),
    RiskyRule::new(
        "php-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &[
            "<name> = <literal>",
            "\"password|passwd|secret|api_key\" => <literal>",
            "define ( \"DB_PASSWORD|DB_PASS|API_KEY|SECRET_KEY\" , <literal>",
        ],
    ),
];
