//! Paths, repositories and modes: what the rules that ship say, how layers
//! combine, and that patterns mean what they mean elsewhere.

use ghostlight_guard::{PrivacyMode, PrivacyRules, Reach, reach};
use proptest::prelude::*;

#[test]
fn files_of_secrets_go_nowhere() {
    let rules = PrivacyRules::builtin();
    for path in [
        ".env",
        ".env.local",
        "app/.env.production",
        "prod.env",
        ".envrc",
        "certs/server.pem",
        "tls/server.key",
        "home/.ssh/config",
        "id_rsa",
        "keys/id_ed25519",
        ".aws/credentials",
        ".npmrc",
        "a/b/.netrc",
        "config/credentials.json",
        "my-credentials.yaml",
        "secrets.yml",
        "k8s/secrets/db.yaml",
        "infra/prod.tfvars",
        "terraform.tfstate",
        "service-account-1.json",
        ".kube/config",
        "kubeconfig",
        "config/master.key",
        "x/.docker/config.json",
        "gcloud/.config/gcloud/a.db",
        "APP/.ENV",
        "a\\b\\.env",
        "/abs/.pgpass",
        "store.JKS",
    ] {
        assert_eq!(rules.reach(None, path), Some(Reach::Nowhere), "{path}");
    }
    for path in [
        "src/main.rs",
        "env.py",
        "src/environment.ts",
        "docs/secrets-management.md",
        "keyboard.ts",
        "README.md",
        "package.json",
        "src/key.rs",
        "lib/credentials.rb.md",
        "src/secret/mod.rs",
        "config.json",
        "tokenizer.py",
    ] {
        assert_eq!(rules.reach(None, path), None, "{path}");
    }
    assert_eq!(rules.reach(None, "web/.env.example"), Some(Reach::Backend), "examples are meant to be read");
}

#[test]
fn the_least_decides() {
    let company = PrivacyRules::parse("edge **\ntab repo github.com/acme/secret-*").expect("rules");
    let user =
        PrivacyRules::parse("backend **\n# mine\n\nnowhere notes/\nbackend notes/public/**").expect("rules");
    let layers = [PrivacyRules::builtin(), company, user];
    let of = |mode, repository, path| reach(mode, &layers, repository, path);
    use PrivacyMode::{Backend, OwnEdge, TabOnly};
    // No layer allows more than another one does.
    assert_eq!(of(Backend, None, "src/a.rs"), Reach::OwnEdge);
    assert_eq!(of(TabOnly, None, "src/a.rs"), Reach::Tab);
    assert_eq!(of(Backend, Some("github.com/acme/secret-plans"), "src/a.rs"), Reach::Tab);
    assert_eq!(of(OwnEdge, Some("github.com/acme/site"), "src/a.rs"), Reach::OwnEdge);
    assert_eq!(of(Backend, None, ".env"), Reach::Nowhere);
    // Within a layer the last rule that matches counts.
    assert_eq!(of(Backend, None, "notes/diary.md"), Reach::Nowhere);
    assert_eq!(of(Backend, None, "notes/public/a.md"), Reach::OwnEdge);
    assert_eq!(reach(Backend, &[], None, ".env"), Reach::Backend, "no rules, no limits but the mode");
    assert_eq!(PrivacyMode::default().reach(), Reach::Tab);
}

#[test]
fn what_cannot_be_read_allows_nothing() {
    for (text, line) in [
        ("everywhere **", 1),
        ("tab a\nnowhere", 2),
        ("tab [b", 1),
        ("tab {a,{b}}", 1),
        ("tab a}b", 1),
        ("tab \\x", 1),
    ] {
        let error = PrivacyRules::parse(text).expect_err(text);
        assert_eq!(error.to_string(), format!("reading rules: line {line} is not understood"));
        assert_eq!(PrivacyRules::parse_or_closed(text).reach(None, "a"), Some(Reach::Nowhere));
    }
    assert_eq!(PrivacyRules::closed().reach(None, "src/main.rs"), Some(Reach::Nowhere));
}

fn matches(pattern: &str, path: &str) -> bool {
    let rules = PrivacyRules::parse(&format!("tab {pattern}")).expect("a rule");
    rules.reach(None, path).is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// The slow twin is the pattern as a regular expression: one with a `/`
    /// matches the path or a folder that it is in, one without at any depth.
    #[test]
    fn patterns_agree_with_regular_expressions(
        pattern in "([ab*?]|\\*\\*/|[ab]/|\\[a-b\\]|\\[!a\\]|\\{a,bb\\}){1,6}", path in "[ab]{1,3}(/[ab]{1,3}){0,3}",
    ) {
        // Stars in a row inside a name are one, and nobody's wish.
        prop_assume!(!pattern.replace("**/", "").contains("**") && !has_odd_stars(&pattern));
        let trimmed = pattern.trim_end_matches('/');
        prop_assume!(!trimmed.is_empty());
        let anchored = if trimmed.contains('/') { trimmed.to_owned() } else { format!("**/{trimmed}") };
        let slow = regex::Regex::new(&as_regex(&anchored)).expect("a regular expression").is_match(&path);
        prop_assert_eq!(matches(&pattern, &path), slow, "{} on {}", pattern, path);
    }

    #[test]
    fn any_rules_and_paths_are_fine(text in any::<String>(), path in any::<String>()) {
        let _ = PrivacyRules::parse_or_closed(&text).reach(Some(&path), &path);
        let _ = PrivacyRules::parse_or_closed(&format!("tab {text}")).reach(Some(&path), &path);
    }
}

/// The pattern as a regular expression for the path and the folders that it is in.
fn as_regex(pattern: &str) -> String {
    let inner = pattern
        .replace("**/", "\u{1}")
        .replace('*', "[^/]*")
        .replace('?', "[^/]")
        .replace('\u{1}', "(?:.*/)?");
    let inner = inner.replace("[!a]", "[^a/]").replace("{a,bb}", "(?:a|bb)");
    format!("^{inner}(?:/.*)?$")
}

#[test]
fn sets_and_braces() {
    for (pattern, path, is) in [
        ("[!a]b", "cb", true),
        ("[!a]b", "ab", false),
        ("x[!a]y", "x/y", false),
        ("[a-c]z", "Bz", true),
        ("[]]", "]", true),
        ("[a-]", "-", true),
        ("{a,b}.{rs,ts}", "b.ts", true),
        ("{a,b}.{rs,ts}", "c.ts", false),
        ("a{,b}", "a", true),
        ("src/", "lib/src/x", true),
        ("/src", "src/x", true),
        ("a/b", "x/a/b", false),
    ] {
        assert_eq!(matches(pattern, path), is, "{pattern} on {path}");
    }
}

/// Whether `**/` stands behind anything but a `/`.
fn has_odd_stars(pattern: &str) -> bool {
    pattern.match_indices("**/").any(|(at, _)| at > 0 && !pattern[..at].ends_with('/'))
}

/// The time is bounded by pattern times path, whatever the pattern is.
#[test]
fn stars_do_not_explode() {
    let pattern = "*a".repeat(200);
    assert!(!matches(&pattern, &"a".repeat(20_000).replace("aaaaaaaaaa", "aaaaaaaaab")[..199]));
    assert!(!matches(&format!("{pattern}c"), &"a".repeat(20_000)));
}
