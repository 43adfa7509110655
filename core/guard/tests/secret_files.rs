//! Files of secrets by their names, in every spelling that a host or a person may give.

use std::collections::BTreeSet;

use ghostlight_guard::{PrivacyRules, Reach};
use proptest::prelude::*;

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn secret() -> impl Iterator<Item = &'static str> {
    lines(include_str!("privacy/secret.txt"))
}

/// Names of each rule that ships, and how far it lets them go: `*` stands for some letters.
fn shipped() -> Vec<(String, Reach)> {
    let mut names = Vec::new();
    for line in lines(include_str!("../src/privacy/secret_files.txt")) {
        let (reach, pattern) = line.split_once(' ').expect("a rule");
        let reach = match reach {
            "nowhere" => Reach::Nowhere,
            "tab" => Reach::Tab,
            _ => Reach::Backend,
        };
        let pattern = pattern.strip_prefix("file ").unwrap_or(pattern);
        let mut ways = vec![pattern.replace("/**", "/inside").replace("**/", "home/ann/")];
        while let Some(at) = ways.iter().position(|way| way.contains('{')) {
            let way = ways.swap_remove(at);
            let (before, rest) = way.split_once('{').expect("it was found");
            let (choices, after) = rest.split_once('}').expect("a closed brace");
            ways.extend(choices.split(',').map(|choice| format!("{before}{choice}{after}")));
        }
        names.extend(ways.iter().map(|way| (way.replace('*', "some").replace('?', "x"), reach)));
    }
    names
}

/// Other ways to write the path of the same file.
fn spellings(path: &str) -> Vec<String> {
    let encoded = |keep: fn(u8) -> bool| -> String {
        path.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let (uri, all) = (encoded(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b)), encoded(|b| b == b'/'));
    let mixed: String = path
        .chars()
        .enumerate()
        .map(|(at, c)| if at % 2 == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    vec![
        path.to_owned(),
        path.to_uppercase(),
        path.to_lowercase(),
        mixed,
        path.replace(['k', 'K'], "\u{212a}"),
        format!("./{path}"),
        format!("././/{path}"),
        format!("/abs//{path}"),
        format!("a/../{path}"),
        format!("../../a/./{path}"),
        format!("x/y/..//../{path}"),
        format!("{path}/"),
        format!("{path}."),
        format!("{path}.. ."),
        format!("{path} "),
        path.replace('/', "\\"),
        format!(".\\a\\..\\{path}"),
        format!("C:\\Users\\ann\\{}", path.replace('/', "\\")),
        format!("\\\\?\\C:\\{path}"),
        format!("C:{path}"),
        format!("{path}::$DATA"),
        format!("{path}:stream"),
        format!("file:///home/ann/{path}"),
        format!("file:///c%3A/{uri}"),
        format!("file://host/{all}"),
        format!("file:/{uri}"),
        format!("vscode-remote://ssh-remote%2Bhost/home/{uri}"),
        format!("vscode-vfs://github/owner/name/{uri}?ref=main#L1"),
        format!("vscode-notebook-cell:/{uri}#W0sZmlsZQ"),
        format!("untitled:{path}"),
        uri.clone(),
        all.clone(),
        all.replace('%', "%25"),
        format!("{path}~"),
        format!("{path}.bak"),
        format!("{path}.orig"),
        format!("{path}.old"),
    ]
}

#[test]
fn what_ships_is_long_and_says_where_it_is_from() {
    let names: BTreeSet<_> = shipped().into_iter().filter(|(_, reach)| *reach == Reach::Nowhere).collect();
    assert!(names.len() >= 200, "{} names", names.len());
    assert!(secret().count() >= 200);
    let mut source = "";
    for line in include_str!("../src/privacy/secret_files.txt").lines() {
        match line.strip_prefix("# source: ") {
            Some(named) => source = named,
            None if line.is_empty() => source = "",
            None => assert!(line.starts_with('#') || !source.is_empty(), "{line}: no source"),
        }
    }
}

#[test]
fn secret_files_go_nowhere_however_they_are_written() {
    let rules = PrivacyRules::builtin();
    for path in secret() {
        for path in spellings(path) {
            assert_eq!(rules.reach(None, &path), Some(Reach::Nowhere), "{path}");
        }
    }
}

#[test]
fn each_rule_holds_however_a_name_is_written() {
    let rules = PrivacyRules::builtin();
    for (name, reach) in shipped() {
        for path in spellings(&name) {
            let found = rules.reach(None, &path).unwrap_or_else(|| panic!("{path} of {name}"));
            // An example's copy is not known to be one.
            assert!(found <= reach, "{path} of {name}");
        }
    }
}

#[test]
fn ordinary_files_are_left_alone() {
    let rules = PrivacyRules::builtin();
    for path in lines(include_str!("privacy/ordinary.txt")) {
        assert_eq!(rules.reach(None, path), None, "{path}");
    }
    assert_eq!(rules.reach(None, "web/.env.example"), Some(Reach::Backend));
}

#[test]
fn rules_of_users_hold_for_spellings_too() {
    let rules = PrivacyRules::parse("tab src/secret/**\nnowhere file plan").expect("rules");
    for path in [
        "src/secret/a.rs",
        "src\\SECRET\\a.rs",
        "./src//secret/./a.rs",
        "lib/../src/secret/a.rs",
        "src/%73ecret/a.rs",
    ] {
        assert_eq!(rules.reach(None, path), Some(Reach::Tab), "{path}");
    }
    assert_eq!(rules.reach(None, "src/secret/../a.rs"), None);
    assert_eq!(rules.reach(None, "a/plan"), Some(Reach::Nowhere));
    assert_eq!(rules.reach(None, "plan/a.rs"), None);
}

proptest! {
    /// Steps that lead back and case change nothing, wherever they stand.
    #[test]
    fn detours_do_not_matter(
        nth in any::<prop::sample::Index>(), detours in prop::collection::vec(0..5_usize, 1..6), upper in any::<u64>(),
    ) {
        let names: Vec<_> = secret().collect();
        let mut path = String::new();
        for (at, part) in nth.get(&names).split('/').enumerate() {
            let detour = ["", "./", "a/../", "b\\..\\", "/"][detours[at % detours.len()]];
            path += if at > 0 { "/" } else { "" };
            path += detour;
            path += part;
        }
        let path: String = path
            .chars()
            .enumerate()
            .map(|(at, c)| if upper >> (at % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c })
            .collect();
        prop_assert_eq!(PrivacyRules::builtin().reach(None, &path), Some(Reach::Nowhere), "{}", path);
    }
}
