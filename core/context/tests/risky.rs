//! Risky patterns by tree, and their twins by tokens.
//!
//! `core/guard/tests/risky` has what both find and what neither does, `risky/NAME.txt`
//! here what only the trees see. In both a line that begins with `+` breaks the rule
//! named above, one that begins with `-` breaks none; `\n` is a line end.
#![allow(clippy::disallowed_methods, reason = "queries are files")]
#![cfg(feature = "grammars")]

#[path = "../../guard/tests/risky/examples.rs"]
mod examples;

use std::cell::RefCell;
use std::collections::BTreeSet;

use ghostlight_context::Source;
use ghostlight_context::syntax::{Insertion, Lexical, QUERIES, Remote, Syntax, TreeSitter, answer, limits};
use ghostlight_guard::{RiskyRule, RiskyRules};
use ghostlight_text::Language;
use proptest::prelude::*;

use examples::examples;

/// A grammar, the file and the cursor (`▮`) at which examples stand, and its examples.
#[derive(Debug)]
struct Twin {
    name: &'static str,
    path: &'static str,
    frame: &'static str,
    /// What tokens and trees agree about.
    shared: &'static str,
    /// What only trees see.
    own: &'static str,
}

macro_rules! twins {
    ($($name:literal: $path:literal, $frame:literal, $shared:literal, [$($own:literal),*];)*) => {
        const TWINS: &[Twin] = &[$(Twin {
            name: $name,
            path: $path,
            frame: $frame,
            shared: include_str!(concat!("../../guard/tests/risky/", $shared, ".txt")),
            own: concat!($(include_str!(concat!("risky/", $own, ".txt"))),*),
        }),*];
    };
}

twins! {
    "bash": "a.sh", "▮\n", "shell", ["bash"];
    "c": "a.c", "void f(void) {\n  ▮\n}\n", "c", ["c"];
    "cpp": "a.cpp", "void f() {\n  ▮\n}\n", "c", ["c", "cpp"];
    "csharp": "a.cs", "▮\n", "csharp", ["csharp"];
    "go": "a.go", "package a\n\nfunc f() {\n\t▮\n}\n", "go", ["go"];
    "java": "a.java", "▮\n", "java", ["java"];
    "javascript": "a.jsx", "▮\n", "javascript", ["javascript"];
    "php": "a.php", "<?php\n▮\n", "php", ["php"];
    "python": "a.py", "▮\n", "python", ["python"];
    "ruby": "a.rb", "▮\n", "ruby", ["ruby"];
    "rust": "a.rs", "fn f() {\n    ▮\n}\n", "rust", ["rust"];
    "tsx": "a.tsx", "▮\n", "javascript", ["javascript"];
    "typescript": "a.ts", "▮\n", "javascript", ["javascript"];
}

impl Twin {
    fn source(&self) -> Source<'static> {
        let (prefix, suffix) = self.frame.split_once('▮').expect("a cursor");
        Source { path: self.path, prefix, suffix }
    }

    /// Rules of the language, by tokens.
    fn tokens(&self) -> RiskyRules {
        let language = Language::from_path(self.path).expect("a language");
        RiskyRules::builtin(language).expect("rules")
    }

    /// Ids of the rules that have a query.
    fn queried(&self) -> BTreeSet<&'static str> {
        let queries = QUERIES.iter().find(|queries| queries.name == self.name).expect("a grammar");
        queried(queries.risky)
    }
}

/// Ids of the rules that queries are for.
fn queried(queries: &'static str) -> BTreeSet<&'static str> {
    queries.split("(#set! rule \"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

thread_local! {
    /// Compiling queries takes longer than all that the cases do.
    static TREES: RefCell<TreeSitter> = RefCell::new(TreeSitter::with_all());
}

/// Rules that `text` breaks at the cursor `▮` of `file`.
fn risks(path: &str, file: &str, text: &str) -> Vec<String> {
    let (prefix, suffix) = file.split_once('▮').expect("a cursor");
    TREES.with_borrow_mut(|trees| trees.insertion(Source { path, prefix, suffix }, text).risks)
}

#[test]
fn every_query_is_for_a_rule_of_its_language() {
    let mut all = BTreeSet::new();
    for queries in QUERIES.iter().filter(|queries| !queries.risky.is_empty()) {
        let twin = TWINS.iter().find(|twin| twin.name == queries.name).expect("a row in the table above");
        let rules: Vec<RiskyRule> = twin.tokens().rules().to_vec();
        for id in twin.queried() {
            assert!(rules.iter().any(|rule| rule.id == id), "{}: {id} is no rule", queries.name);
            assert!(id.len() <= limits::NAME);
            all.insert(id);
        }
    }
    assert!(all.len() >= 40, "{} rules have queries", all.len());
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/risky");
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(QUERIES.iter().any(|queries| queries.risky.contains(&text)), "a file that no grammar has");
    }
}

#[test]
fn tokens_and_trees_agree_on_the_examples_of_the_guard() {
    let mut faults = Vec::new();
    for twin in TWINS {
        let queried = twin.queried();
        for (id, is_bad, code) in examples(twin.shared) {
            if twin.name == "typescript" && code.starts_with('<') {
                // Markup is not of that language.
                continue;
            }
            let found = risks(twin.path, twin.frame, &code);
            let expected: &[&str] = if is_bad && queried.contains(id) { &[id] } else { &[] };
            if found != expected {
                faults.push(format!("{}: {found:?} instead of {expected:?} in {code:?}", twin.name));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn trees_see_what_tokens_do_not() {
    let mut faults = Vec::new();
    for twin in TWINS {
        let (queried, tokens) = (twin.queried(), twin.tokens());
        let mut shown = BTreeSet::new();
        for (id, is_bad, code) in examples(twin.own) {
            if !queried.contains(id) {
                // Of a file that two grammars share, one may have a part only.
                continue;
            }
            let found = risks(twin.path, twin.frame, &code);
            let expected: &[&str] = if is_bad { &[id] } else { &[] };
            if found != expected {
                faults.push(format!("{}: {found:?} instead of {expected:?} in {code:?}", twin.name));
            }
            if is_bad && !tokens.scan(&code).is_empty() {
                faults.push(format!("{}: tokens see {:?} too: {code:?}", twin.name, tokens.scan(&code)));
            }
            shown.extend(is_bad.then_some(id));
        }
        assert!(!shown.is_empty(), "{} has no example of its own", twin.name);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn what_was_there_is_not_held_against_a_text() {
    for (file, text, expected) in [
        // Outside: before, behind, and in the same statement.
        ("os.system(cmd)\n▮\nos.system(cmd)\n", "x = 1", None),
        ("subprocess.run(cmd, ▮, shell=True)\n", "cwd=path", None),
        ("▮\nos.system(cmd)\n", "x = 1\n", None),
        // Around.
        ("os.system(build(▮))\n", "path", None),
        ("os.system(cmd▮)\n", "and_line", None),
        ("rows = db.execute(f\"SELECT a FROM t WHERE a = {a} ▮\")\n", "AND b = 1", None),
        // The text's own, whole or in part.
        ("▮os.system(cmd)\n", "os.system(other)\n", Some("python-os-system")),
        ("subprocess.run(cmd, ▮)\n", "shell=True", Some("python-subprocess-shell")),
        ("subprocess.run(▮, shell=True)\n", "cmd", None),
        ("subprocess.▮(cmd, shell=True)\n", "run", Some("python-subprocess-shell")),
        ("os.system(▮)\n", "cmd", Some("python-os-system")),
        ("rows = db.execute(f\"SELECT a FROM t WHERE a = ▮\")\n", "{a}", Some("python-sql")),
        // Not finished, and not there.
        ("os.system(▮", "cmd)", Some("python-os-system")),
        ("# os.▮\n", "system(cmd)", None),
        ("x = '▮'\n", "os.system(cmd)", None),
        ("os.system(cmd)▮\n", "", None),
    ] {
        let found = risks("a.py", file, text);
        assert!(found.iter().map(String::as_str).eq(expected), "{found:?}: {text:?} in {file:?}");
    }
}

#[test]
fn a_rule_is_named_once_and_without_trees_none_is() {
    let text = "os.system(a)\n".repeat(40) + "eval(b)\n";
    assert_eq!(risks("a.py", "▮\n", &text), ["python-eval", "python-os-system"]);
    let source = Source { path: "a.py", prefix: "", suffix: "" };
    assert_eq!(Lexical.insertion(source, &text).risks, [""; 0]);
}

/// What a pack answers, changed on its way by `change`.
fn remote(source: Source<'_>, text: &str, change: impl Fn(&mut Vec<u8>)) -> Insertion {
    TREES.with_borrow_mut(|trees| {
        let mut remote = Remote::new(|_: &str, question: &[u8]| {
            let mut bytes = answer(&mut *trees, question)?;
            change(&mut bytes);
            Some(bytes)
        });
        remote.insertion(source, text)
    })
}

/// An example of any language, of its guard or its own.
fn example() -> impl Strategy<Value = (&'static Twin, String)> {
    (prop::sample::select(TWINS.iter().collect::<Vec<_>>()), any::<prop::sample::Index>()).prop_map(
        |(twin, at)| {
            let all: Vec<_> = examples(twin.shared).chain(examples(twin.own)).collect();
            (twin, at.get(&all).2.clone())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// As bytes, cut in two by the cursor, and when the bytes are damaged.
    #[test]
    fn risks_cross_as_bytes((twin, code) in example(), cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let cut = code.floor_char_boundary(cut.index(code.len() + 1));
        let Source { path, prefix, suffix } = twin.source();
        let prefix = [prefix, &code[..cut]].concat();
        let source = Source { path, prefix: &prefix, suffix };
        let insertion = TREES.with_borrow_mut(|trees| trees.insertion(source, &code[cut..]));
        prop_assert_eq!(&remote(source, &code[cut..], |_| {}), &insertion);
        let damaged = remote(source, &code[cut..], |bytes| {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        });
        prop_assert!(damaged.risks.len() <= limits::RISKS);
        prop_assert!(damaged.risks.iter().all(|rule| rule.len() <= limits::NAME));
    }
}
