//! Java, and Kotlin and Scala where they say the same.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new(
        "java-sql",
        Danger::Injection,
        89,
        "SQL put together from values",
        &[
            "executeQuery|executeUpdate|execute|prepareStatement|createQuery|createNativeQuery|queryForObject|queryForList|rawQuery|execSQL ( <sql> +",
            "executeQuery|executeUpdate|execute|prepareStatement|createQuery|createNativeQuery|rawQuery|execSQL ( String . format ( <sql>",
            "executeQuery|executeUpdate|execute|createQuery|createNativeQuery|rawQuery|execSQL ( <sqlfilled>",
        ],
    ),
    RiskyRule::new(
        "java-exec",
        Danger::Injection,
        78,
        "a command put together from values",
        &[
            "getRuntime ( ) . exec ( <dyn>",
            "getRuntime ( ) . exec ( <str> +",
            "new ProcessBuilder ( \"sh|bash|/bin/sh|/bin/bash\" , \"-c\" , <dyn>",
        ],
    ),
    RiskyRule::new(
        "java-script-eval",
        Danger::Eval,
        95,
        "code from a text",
        &[
            "engine|scriptEngine|shell . eval|evaluate ( <dyn>",
            "new SpelExpressionParser ( ) . parseExpression ( <dyn>",
        ],
    ),
    RiskyRule::new(
        "java-xss",
        Danger::Injection,
        79,
        "markup from a request",
        &["getWriter ( ) . print|println|write|append ( ... getParameter ("],
    ),
    RiskyRule::new(
        "java-deserialize",
        Danger::Deserialization,
        502,
        "objects from bytes that may run code",
        &["new ObjectInputStream (", "new XMLDecoder (", ". enableDefaultTyping ("],
    )
    .medium(),
    RiskyRule::new(
        "java-weak-hash",
        Danger::WeakCrypto,
        328,
        "a broken hash",
        &[
            "MessageDigest . getInstance ( \"MD5|MD4|MD2|SHA-1|SHA1|SHA\"",
            "DigestUtils . md5|md5Hex|sha1|sha1Hex (",
        ],
    )
    .medium(),
    RiskyRule::new(
        "java-weak-cipher",
        Danger::WeakCrypto,
        327,
        "a broken cipher or mode",
        &["Cipher . getInstance ( \"DES|DES/*|DESede*|RC4*|RC2*|ARCFOUR*|Blowfish*|AES|AES/ECB*\""],
    ),
    RiskyRule::new(
        "java-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &[
            "NoopHostnameVerifier",
            "ALLOW_ALL_HOSTNAME_VERIFIER",
            "AllowAllHostnameVerifier",
            "void checkServerTrusted ( ... ) { }",
        ],
    ),
    RiskyRule::new(
        "java-weak-random",
        Danger::WeakCrypto,
        338,
        "a secret from a guessable number",
        &["<name> = ... new Random (", "<name> = Math . random ("],
    ),
    RiskyRule::new(
        "java-path",
        Danger::PathTraversal,
        22,
        "a path from a request",
        &[
            "new File|FileInputStream|FileReader|FileOutputStream|RandomAccessFile ( ... getParameter|getHeader (",
            "Paths|Path . get|of ( ... getParameter|getHeader (",
        ],
    ),
    RiskyRule::new(
        "java-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &["<name> = <literal>", "getConnection ( <str> , <str> , <literal>"],
    ),
];
