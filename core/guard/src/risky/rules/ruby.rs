//! Ruby.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new(
        "ruby-eval",
        Danger::Eval,
        95,
        "code from a text",
        &[
            "^ eval|instance_eval|class_eval|module_eval ( <dyn>",
            "^ eval <dyn>",
            ". instance_eval|class_eval ( <dyn>",
        ],
    ),
    RiskyRule::new(
        "ruby-command",
        Danger::Injection,
        78,
        "a shell command put together from values",
        &[
            "^ system|exec|spawn ( <filled>",
            "^ system|exec|spawn <filled>",
            "<cmd>",
            "^ system|exec|spawn ( <str> +",
            "^ open ( <str> +",
            "IO . popen ( <filled>",
        ],
    ),
    RiskyRule::new(
        "ruby-sql",
        Danger::Injection,
        89,
        "SQL put together from values",
        &[
            ". where|having|order|pluck|find_by_sql|execute|select_all|exec_query|delete_all|update_all ( <filled>",
            ". find_by_sql|execute|select_all|exec_query ( <sql> +",
            ". where <filled>",
        ],
    ),
    RiskyRule::new(
        "ruby-html-safe",
        Danger::Injection,
        79,
        "markup that is not escaped",
        &[
            "params [ ... ] . html_safe",
            "^ raw ( params",
            "^ raw params",
            "render ... inline : <dyn>",
            "render ( ... inline : <dyn>",
        ],
    ),
    RiskyRule::new(
        "ruby-constantize",
        Danger::Eval,
        470,
        "a class that a stranger names",
        &[
            "params [ ... ] . constantize|safe_constantize",
            "params [ ... ] . classify . constantize",
            ". send|public_send|__send__ ( params",
        ],
    ),
    RiskyRule::new(
        "ruby-deserialize",
        Danger::Deserialization,
        502,
        "objects from bytes that may run code",
        &["Marshal . load (", "YAML . load|unsafe_load ( ...!permitted_classes )", "Oj . object_load ("],
    )
    .medium(),
    RiskyRule::new(
        "ruby-weak-hash",
        Danger::WeakCrypto,
        328,
        "a broken hash",
        &["Digest :: MD5|SHA1", "OpenSSL :: Digest :: MD5|SHA1"],
    )
    .medium(),
    RiskyRule::new(
        "ruby-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &["OpenSSL :: SSL :: VERIFY_NONE", "verify : false", "verify_ssl : false"],
    ),
    RiskyRule::new(
        "ruby-path",
        Danger::PathTraversal,
        22,
        "a path from a request",
        &[
            "^ send_file ( params",
            "^ send_file params",
            "File . read|open|new|delete|join ( ... params [",
            "Rails . root . join ( ... params [",
        ],
    ),
    RiskyRule::new(
        "ruby-redirect",
        Danger::Injection,
        601,
        "a redirect to an address from a request",
        &["^ redirect_to ( params [", "^ redirect_to params ["],
    ),
    RiskyRule::new(
        "ruby-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &["<name> =|:|=> <literal>"],
    ),
];
