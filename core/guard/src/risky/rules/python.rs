//! Python.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new("python-eval", Danger::Eval, 95, "code from a text", &["^ eval|exec ( <dyn>"]),
    RiskyRule::new(
        "python-os-system",
        Danger::Injection,
        78,
        "a shell command put together from values",
        &["os . system|popen ( <dyn>", "os . system|popen ( <str> +|%", "os . system|popen ( <str> . format"],
    ),
    RiskyRule::new(
        "python-subprocess-shell",
        Danger::Injection,
        78,
        "a process started through a shell",
        &[
            "subprocess . run|call|Popen|check_output|check_call ( ... shell = True",
            "subprocess . getoutput|getstatusoutput ( <dyn>",
        ],
    ),
    RiskyRule::new(
        "python-sql",
        Danger::Injection,
        89,
        "SQL put together from values",
        &[
            ". execute|executemany|executescript|raw|read_sql ( <sqlfilled>",
            ". execute|executemany|executescript|raw|read_sql ( <sql> +|%",
            ". execute|executemany|executescript|raw|read_sql ( <sql> . format",
        ],
    ),
    RiskyRule::new(
        "python-template",
        Danger::Injection,
        1336,
        "a template put together from values",
        &["render_template_string ( <dyn>", "render_template_string ( <str> +|%", "^ Template ( request"],
    ),
    RiskyRule::new(
        "python-yaml-load",
        Danger::Deserialization,
        502,
        "YAML that may make any object",
        &[
            "yaml . load|load_all ( ...!SafeLoader,CSafeLoader,BaseLoader )",
            "yaml . unsafe_load|unsafe_load_all|full_load (",
        ],
    ),
    RiskyRule::new(
        "python-pickle",
        Danger::Deserialization,
        502,
        "objects from bytes that may run code",
        &["pickle|cPickle|dill|marshal|shelve|jsonpickle . load|loads|decode ("],
    )
    .medium(),
    RiskyRule::new(
        "python-weak-hash",
        Danger::WeakCrypto,
        328,
        "a broken hash",
        &["hashlib . md5|sha1 ( ...!usedforsecurity )", "hashlib . new ( \"md5|sha1|md4\""],
    )
    .medium(),
    RiskyRule::new(
        "python-weak-cipher",
        Danger::WeakCrypto,
        327,
        "a broken cipher or mode",
        &[
            "DES|DES3|ARC4|ARC2|Blowfish . new (",
            "AES . MODE_ECB",
            "modes . ECB (",
            "algorithms . TripleDES|Blowfish|ARC4|IDEA (",
        ],
    ),
    RiskyRule::new(
        "python-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &[
            "requests|httpx|session|client . get|post|put|patch|delete|head|request|Client|AsyncClient ( ... verify = False",
            "ssl . _create_unverified_context",
            "verify_mode = ssl . CERT_NONE",
            "check_hostname = False",
        ],
    ),
    RiskyRule::new(
        "python-jwt-unverified",
        Danger::WeakCrypto,
        347,
        "a signed token whose signature is not checked",
        &["\"verify_signature\" : False", "jwt . decode ( ... verify = False", "algorithms = [ \"none\""],
    ),
    RiskyRule::new(
        "python-path",
        Danger::PathTraversal,
        22,
        "a path from a request",
        &[
            "^ open ( request .",
            "os . path . join ( ... request . args|form|values|GET|POST|files|json|query_params|path_params",
            "^ send_file ( request",
            "^ Path ( request .",
        ],
    ),
    RiskyRule::new(
        "python-extract-all",
        Danger::PathTraversal,
        22,
        "an archive that may write anywhere",
        &[". extractall ( )", ". extractall ( <word> )"],
    )
    .medium(),
    RiskyRule::new(
        "python-debug",
        Danger::Exposure,
        489,
        "a debugger for everybody",
        &["app . run ( ... debug = True"],
    ),
    RiskyRule::new(
        "python-mktemp",
        Danger::Memory,
        377,
        "a temporary file that others may make first",
        &["tempfile . mktemp ("],
    ),
    RiskyRule::new(
        "python-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &[
            "<name> = <literal>",
            "password|passwd|secret|api_key|token = <literal>",
            "\"password|passwd|secret|api_key|secret_key\" : <literal>",
        ],
    ),
];
