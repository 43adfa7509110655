//! Types of one crate that share a name, so that a reader of one may think of the other.

use std::collections::{BTreeMap, BTreeSet};

/// Types whose name another of the same crate has; `texts` are the repository's files with their texts.
pub(super) fn check(texts: &[(String, String)]) -> Vec<String> {
    // In one file they are modules of which a build has one.
    let mut places: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for (file, text) in texts {
        let Some((of, rest)) = file.split_once("/src/") else { continue };
        if rest.ends_with(".rs") && !rest.split('/').any(|part| part.starts_with("tests")) {
            for name in declared(text) {
                places.entry((of, name)).or_default().insert(file);
            }
        }
    }
    let faults = places.into_iter().filter(|(_, files)| files.len() > 1);
    faults
        .map(|((of, name), files)| {
            let files: Vec<_> = files.into_iter().collect();
            format!("{of} has {} types `{name}`: {}", files.len(), files.join(", "))
        })
        .collect()
}

/// Names of the types that a text declares, but for those of its tests and those that stand for each other
/// under a condition.
fn declared(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut is_conditional = false;
    for line in text.lines() {
        let code = line.trim_start();
        if code.starts_with("mod tests") {
            break;
        }
        if code.starts_with("#[cfg(") {
            is_conditional = true;
        }
        if code.starts_with('#') || code.starts_with("//") {
            continue;
        }
        let name = name_of(line);
        if !is_conditional {
            names.extend(name);
        }
        is_conditional = false;
    }
    names
}

/// The name of the type whose declaration begins in a line.
fn name_of(line: &str) -> Option<&str> {
    let code = line.trim_start();
    let item = match code.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ")?.1,
        None => code.strip_prefix("pub ").unwrap_or(code),
    };
    let item = item.strip_prefix("unsafe ").unwrap_or(item);
    let (kind, rest) = item.split_once(' ')?;
    let is_type = match kind {
        "struct" | "enum" | "union" | "trait" => true,
        // One that is further in is a trait's.
        "type" => code.len() == line.len(),
        _ => false,
    };
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    (is_type && rest.starts_with(char::is_uppercase)).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_types_of_a_name_are_told() {
        let files = [
            ("core/a/src/one.rs", "/// A struct Told;\npub struct Row<'a> {\n}\nenum Alone {\n}\n"),
            (
                "core/a/src/two.rs",
                "pub(crate) trait Row {\n    type Alone;\n}\nfn f() {\n    struct Inner;\n}\n",
            ),
            ("core/a/src/three.rs", "type Inner = u8;\n#[cfg(test)]\nmod tests {\n    struct Row;\n}\n"),
            ("core/a/src/four.rs", "#[cfg(unix)]\n#[derive(Debug)]\nstruct Row;\nstruct Other;\n"),
            ("core/a/src/tests.rs", "struct Other;\n"),
            ("core/a/tests/it.rs", "struct Other;\n"),
            ("core/b/src/lib.rs", "struct Row;\nstruct $name;\nlet structure = 1;\n"),
            ("core/b/src/types.md", "struct Row;\n"),
        ];
        let texts: Vec<_> = files.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
        assert_eq!(
            check(&texts),
            [
                "core/a has 2 types `Inner`: core/a/src/three.rs, core/a/src/two.rs",
                "core/a has 2 types `Row`: core/a/src/one.rs, core/a/src/two.rs",
            ]
        );
    }
}
