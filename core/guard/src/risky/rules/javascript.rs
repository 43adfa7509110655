//! JavaScript and TypeScript.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new(
        "javascript-eval",
        Danger::Eval,
        95,
        "code from a text",
        &[
            "^ eval ( <dyn>",
            "^ eval ( <str> +",
            "window|globalThis . eval ( <dyn>",
            "new Function ( <dyn>",
            "new Function ( <str> +",
            "new Function ( <str> , <dyn>",
        ],
    ),
    RiskyRule::new(
        "javascript-timer-eval",
        Danger::Eval,
        95,
        "code from a text, later",
        &["^ setTimeout|setInterval ( <filled>", "^ setTimeout|setInterval ( <str> +"],
    ),
    RiskyRule::new(
        "javascript-vm",
        Danger::Eval,
        94,
        "code from a text in a sandbox that is none",
        &["vm . runInNewContext|runInThisContext|runInContext ( <dyn>"],
    )
    .medium(),
    RiskyRule::new(
        "javascript-exec",
        Danger::Injection,
        78,
        "a shell command put together from values",
        &[
            "^ exec|execSync ( <filled>",
            "^ exec|execSync ( <str> +",
            "child_process . exec|execSync ( <filled>",
            "child_process . exec|execSync ( <str> +",
            "^ spawn|spawnSync|execFile ( ... shell : true",
        ],
    ),
    RiskyRule::new(
        "javascript-sql",
        Danger::Injection,
        89,
        "SQL put together from values",
        &[
            ". query|execute|raw|run|all|$queryRawUnsafe|$executeRawUnsafe ( <sqlfilled>",
            ". query|execute|raw|run|all|get ( <sql> +",
        ],
    ),
    RiskyRule::new(
        "javascript-inner-html",
        Danger::Injection,
        79,
        "markup from a value",
        &[
            ". innerHTML|outerHTML =|+= <dyn!DOMPurify,sanitize,sanitizeHtml,escapeHtml,escapeHTML>",
            ". innerHTML|outerHTML =|+= <str> +",
            ". insertAdjacentHTML ( <str> , <dyn!DOMPurify,sanitize,sanitizeHtml,escapeHtml,escapeHTML>",
        ],
    ),
    RiskyRule::new(
        "javascript-document-write",
        Danger::Injection,
        79,
        "markup from a value",
        &["document . write|writeln ( <dyn!DOMPurify,sanitize>", "document . write|writeln ( <str> +"],
    ),
    RiskyRule::new(
        "javascript-dangerous-html",
        Danger::Injection,
        79,
        "markup from a value",
        &["dangerouslySetInnerHTML = { { __html : <dyn!DOMPurify,sanitize,sanitizeHtml,purify>"],
    ),
    RiskyRule::new(
        "javascript-weak-hash",
        Danger::WeakCrypto,
        328,
        "a broken hash",
        &["createHash|createHmac ( \"md5|sha1|md4|ripemd\"", "CryptoJS . MD5|SHA1 ("],
    )
    .medium(),
    RiskyRule::new(
        "javascript-weak-cipher",
        Danger::WeakCrypto,
        327,
        "a broken cipher or mode",
        &[
            "createCipher|createDecipher (",
            "createCipheriv|createDecipheriv ( \"des*|rc4*|bf*|aes-128-ecb|aes-192-ecb|aes-256-ecb\"",
            "CryptoJS . DES|TripleDES|RC4 . encrypt",
        ],
    ),
    RiskyRule::new(
        "javascript-weak-random",
        Danger::WeakCrypto,
        338,
        "a secret from a guessable number",
        &["<name> =|: Math . random (", "token|sessionId|session_id|nonce|salt =|: Math . random ("],
    ),
    RiskyRule::new(
        "javascript-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &[
            "rejectUnauthorized : false",
            "NODE_TLS_REJECT_UNAUTHORIZED = \"0\"",
            "NODE_TLS_REJECT_UNAUTHORIZED = 0",
        ],
    ),
    RiskyRule::new(
        "javascript-jwt-none",
        Danger::WeakCrypto,
        347,
        "a signed token whose signature is not checked",
        &["algorithms|algorithm : [ \"none\"", "algorithm : \"none\""],
    ),
    RiskyRule::new(
        "javascript-path",
        Danger::PathTraversal,
        22,
        "a path from a request",
        &[
            "readFile|readFileSync|createReadStream|writeFile|writeFileSync|unlink|sendFile|download ( req|request .",
            "path . join|resolve ( ... req|request . params|query|body|url",
        ],
    ),
    RiskyRule::new(
        "javascript-redirect",
        Danger::Injection,
        601,
        "a redirect to an address from a request",
        &[". redirect ( req|request . query|params|body", "location|href = req . query"],
    ),
    RiskyRule::new(
        "javascript-post-message",
        Danger::Exposure,
        346,
        "a message for any page",
        &[". postMessage ( ... , \"*\""],
    )
    .medium(),
    RiskyRule::new(
        "javascript-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &["<name> =|: <literal>", "<name> : string = <literal>"],
    ),
];
