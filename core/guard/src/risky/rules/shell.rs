//! Shell scripts.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new("shell-eval", Danger::Eval, 95, "code from a text", &["eval <filled>", "eval $"]),
    RiskyRule::new(
        "shell-pipe-to-shell",
        Danger::Injection,
        494,
        "a program from the network run unread",
        &[
            "curl|wget ... | sh|bash|zsh|sudo|python|python3",
            "bash|sh < ( curl|wget",
            "bash|sh -c \"$(curl*|$(wget*\"",
        ],
    ),
    RiskyRule::new(
        "shell-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &[
            "curl ... -k|--insecure|-sk|-ks|-kL|-sSk",
            "wget ... --no-check-certificate",
            "ssh|scp ... StrictHostKeyChecking = no",
        ],
    ),
    RiskyRule::new(
        "shell-chmod",
        Danger::Exposure,
        732,
        "files that everybody may write",
        &["chmod 777|0777", "chmod -R 777|0777"],
    ),
    RiskyRule::new(
        "shell-rm-root",
        Danger::PathTraversal,
        22,
        "everything is removed",
        &["rm -rf|-fr|-Rf /"],
    ),
    RiskyRule::new(
        "shell-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &["<name> = <literal>"],
    ),
];
