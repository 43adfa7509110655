//! Risky patterns by example: `risky/LANGUAGE.txt` has code that each rule is
//! for, and code that looks like it and is fine.
//!
//! A line that begins with `+` breaks the rule named above, one that begins
//! with `-` breaks no rule at all; `\n` is a line end.

#[path = "risky/examples.rs"]
mod examples;

use std::collections::BTreeSet;

use ghostlight_guard::{Policy, RiskyRules, Severity, check};
use ghostlight_text::Language;

use examples::examples;

const FILES: &[(&str, &str)] = &[
    ("python", include_str!("risky/python.txt")),
    ("javascript", include_str!("risky/javascript.txt")),
    ("go", include_str!("risky/go.txt")),
    ("java", include_str!("risky/java.txt")),
    ("c", include_str!("risky/c.txt")),
    ("csharp", include_str!("risky/csharp.txt")),
    ("ruby", include_str!("risky/ruby.txt")),
    ("php", include_str!("risky/php.txt")),
    ("rust", include_str!("risky/rust.txt")),
    ("shellscript", include_str!("risky/shell.txt")),
];

fn rules(language: &str) -> RiskyRules {
    let language = Language::from_id(language).unwrap_or_else(|| panic!("{language} is not in the table"));
    RiskyRules::builtin(language).unwrap_or_else(|| panic!("{} has no rules", language.id))
}

#[test]
fn rules_find_what_they_are_for_and_nothing_else() {
    let mut all = 0;
    let mut faults = Vec::new();
    for (language, file) in FILES {
        let rules = rules(language);
        let mut shown: BTreeSet<&str> = BTreeSet::new();
        for (id, is_bad, code) in examples(file) {
            let found = rules.scan(&code);
            if is_bad {
                shown.insert(id);
                if found.iter().any(|found| *found != id) || found.is_empty() {
                    faults.push(format!("{id}: {found:?} in {code:?}"));
                }
            } else if !found.is_empty() {
                faults.push(format!("{id}: {found:?} in the harmless {code:?}"));
            }
        }
        let ids: BTreeSet<&str> = rules.rules().iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), rules.rules().len(), "{language}: ids are unique");
        assert_eq!(shown, ids, "{language}: every rule has an example, and every example a rule");
        all += ids.len();
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(all >= 40, "{all} rules");
}

/// Examples again as answers that stream byte by byte: what is bad enough is cut by its rule.
#[test]
fn answers_are_cut_by_severity() {
    for (language, file) in FILES {
        let rules = rules(language);
        for (id, is_bad, code) in examples(file).filter(|(_, is_bad, code)| *is_bad && code.is_ascii()) {
            let severity = rules.rules().iter().find(|rule| rule.id == id).map(|rule| rule.severity);
            let cut = |least| {
                let policy = Policy { risky: Some(&rules), severity: Some(least), ..Policy::default() };
                check(policy, "", &code).map(|cut| cut.rule)
            };
            assert!(is_bad);
            assert_eq!(cut(Severity::Medium), Some(id), "{code}");
            assert_eq!(cut(Severity::High), (severity == Some(Severity::High)).then_some(id), "{code}");
        }
    }
}

/// What somebody else found is held to the same severity, and only rules of the language count.
#[test]
fn rules_that_others_found_broken_are_judged() {
    let rules = rules("python");
    let judge = |risky, severity, broken: &[&str]| {
        let policy = Policy { risky, severity, ..Policy::default() };
        policy.judge(broken.iter().copied()).map(|cut| (cut.rule, cut.document))
    };
    let (all, high, medium) = (Some(&rules), None, Some(Severity::Medium));
    assert_eq!(judge(all, high, &["python-pickle", "python-sql"]), Some(("python-sql", None)));
    assert_eq!(judge(all, medium, &["python-pickle", "python-sql"]), Some(("python-pickle", None)));
    assert_eq!(judge(all, high, &["python-pickle"]), None);
    assert_eq!(judge(all, medium, &["go-sql", "", "python"]), None);
    assert_eq!(judge(None, medium, &["python-sql"]), None);
}

#[test]
fn all_languages_compile() {
    let ids: Vec<&str> = RiskyRules::languages().collect();
    assert!(ids.len() >= 16, "{ids:?}");
    ids.into_iter().for_each(|id| assert!(!rules(id).rules().is_empty()));
    let markdown = Language::from_id("markdown").expect("a language");
    assert!(RiskyRules::builtin(markdown).is_none());
    let named: BTreeSet<&str> = Language::all().iter().filter_map(|language| language.risky_rules).collect();
    assert_eq!(named, RiskyRules::names().collect(), "rows name every set of rules, and no other");
}
