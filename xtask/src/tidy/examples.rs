//! Examples of the core's functions: each `pub fn` has one in its documentation, or in that of the `pub use` that
//! takes it out of its module, that is compiled and run.
//!
//! What is `pub` can be reached from other crates: the lint `unreachable_pub` sees to that. Methods of traits
//! and of their implementations are not `pub`, and what macros make is not looked at.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use syn::{Attribute, Expr, ExprLit, ImplItem, Item, Lit, Meta, UseTree, Visibility};

/// The folders of the crates whose functions are looked at.
const CRATES: &[&str] = &["core/complete/src/", "core/context/src/", "core/eval/src/", "core/guard/src/"];

/// Functions without an example; `texts` are the repository's files with their texts.
pub(super) fn check(texts: &[(String, String)]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for folder in CRATES {
        let mut found = Functions::default();
        for (file, text) in texts.iter().filter(|(file, _)| file.starts_with(folder) && file.ends_with(".rs"))
        {
            let parsed = syn::parse_file(text).with_context(|| format!("cannot read {file}"))?;
            found.add(file, &parsed.items);
        }
        faults.extend(found.faults());
    }
    Ok(faults)
}

/// What a crate has of functions without an example.
#[derive(Default)]
struct Functions {
    /// File and name; whether it is a method.
    without: Vec<(String, String, bool)>,
    /// Names that a `pub use` has an example for.
    re_exported: BTreeSet<String>,
}

impl Functions {
    /// Looks at the items of a file, and of the modules in it.
    fn add(&mut self, file: &str, items: &[Item]) {
        for item in items {
            match item {
                Item::Fn(item) => {
                    self.look(file, &item.attrs, &item.vis, item.sig.ident.to_string(), false);
                }
                Item::Impl(item) => {
                    for item in &item.items {
                        if let ImplItem::Fn(item) = item {
                            self.look(file, &item.attrs, &item.vis, item.sig.ident.to_string(), true);
                        }
                    }
                }
                Item::Mod(module) => {
                    if let Some((_, items)) = &module.content {
                        self.add(file, items);
                    }
                }
                Item::Use(item) if matches!(item.vis, Visibility::Public(_)) => {
                    self.re_exported.extend(last(&item.tree).filter(|name| has_example(&item.attrs, name)));
                }
                _ => {}
            }
        }
    }

    fn look(
        &mut self,
        file: &str,
        docs: &[Attribute],
        visibility: &Visibility,
        name: String,
        is_method: bool,
    ) {
        if matches!(visibility, Visibility::Public(_)) && !has_example(docs, &name) {
            self.without.push((file.to_owned(), name, is_method));
        }
    }

    fn faults(self) -> impl Iterator<Item = String> {
        let Self { without, re_exported } = self;
        let bare =
            without.into_iter().filter(move |(_, name, is_method)| *is_method || !re_exported.contains(name));
        bare.map(|(file, name, _)| {
            format!("{file}: the documentation of `{name}` has no example that calls it and is run")
        })
    }
}

/// The name that a `use` of one item ends with.
fn last(tree: &UseTree) -> Option<String> {
    match tree {
        UseTree::Path(path) => last(&path.tree),
        UseTree::Name(name) => Some(name.ident.to_string()),
        _ => None,
    }
}

/// Whether a documentation has a block of code that rustdoc runs and that calls the function.
fn has_example(attributes: &[Attribute], name: &str) -> bool {
    let text = attributes.iter().filter_map(documentation).collect::<Vec<_>>().join("\n");
    // Blocks and what stands between them take turns.
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.split_once('\n')).any(|(info, code)| {
        let runs = info.trim().split(',').all(|word| matches!(word, "" | "rust" | "should_panic"));
        let lines = code.lines().map(|line| line.trim().trim_start_matches("# "));
        let lines: Vec<&str> = lines.filter(|line| !line.starts_with("use ")).collect();
        let is_used = |name: &str, least: usize| {
            lines.iter().flat_map(|line| words(line)).filter(|word| *word == name).count() >= least
        };
        // What stands in a function of the example is run if that is called.
        let mut functions = lines.iter().filter_map(|line| function(line));
        runs && is_used(name, 1) && functions.all(|function| is_used(function, 2))
    })
}

/// The name of the function that a line begins to declare.
fn function(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    words(rest).next()
}

/// The text of a line or a block of documentation.
fn documentation(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Names and other words of a line of code.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the check says of a file with this text.
    fn found(text: &str) -> Vec<String> {
        let faults = check(&[("core/guard/src/a.rs".to_owned(), text.to_owned())]).unwrap();
        let name = |fault: String| fault.split('`').nth(1).unwrap().to_owned();
        faults.into_iter().map(name).collect()
    }

    #[test]
    fn public_functions_have_examples() {
        let text = "/// Adds.\npub fn add() {}\nimpl Row {\n    pub const fn get(&self) {}\n    fn own() {}\n}\n\
                    mod inner {\n    pub(crate) fn add() {}\n    pub async fn deep() {}\n}\n\
                    impl Read for Row {\n    fn read() {}\n}\n";
        assert_eq!(found(text), ["add", "get", "deep"]);
        for example in [
            "```\n/// # use a::add;\n/// add();\n/// ```",
            "```rust,should_panic\n/// fn f() {\n/// x.map(add)\n/// }\n/// f();\n/// ```",
        ] {
            assert_eq!(found(&format!("/// Adds.\n///\n/// {example}\npub fn add() {{}}\n")), [""; 0]);
        }
    }

    #[test]
    fn an_example_may_stand_where_a_function_is_taken_out_of_its_module() {
        let module =
            "mod inner {\n    pub fn add() {}\n    pub fn sub() {}\n}\nimpl Row {\n    pub fn add() {}\n}\n";
        let docs = "/// ```\n/// add();\n/// ```\n";
        assert_eq!(
            found(&format!("{module}{docs}pub use inner::add;\npub use inner::sub;\n")),
            ["sub", "add"]
        );
        assert_eq!(found(&format!("{module}{docs}use inner::add;\n")), ["add", "sub", "add"]);
    }

    #[test]
    fn what_is_not_run_or_calls_something_else_is_none() {
        for example in [
            "add()",
            "```text\n/// add()\n/// ```",
            "```no_run\n/// add()\n/// ```",
            "```\n/// use a::add;\n/// added();\n/// ```",
            "```\n/// other();\n/// ```\n/// add",
            "```\n/// # fn example() {\n/// add();\n/// # }\n/// ```",
        ] {
            let text = format!("/// Adds.\n///\n/// {example}\npub fn add() {{}}\n");
            assert_eq!(found(&text), ["add"], "{example}");
        }
    }

    #[test]
    fn only_sources_of_the_named_crates_are_looked_at() {
        let texts =
            ["core/guard/src/a/b.rs", "core/guard/tests/a.rs", "core/text/src/a.rs", "core/guard/src/a.md"];
        let texts: Vec<_> = texts.map(|file| (file.to_owned(), "pub fn f() {}".to_owned())).into();
        let faults = check(&texts).unwrap();
        assert!(faults.len() == 1 && faults[0].starts_with("core/guard/src/a/b.rs: "), "{faults:?}");
    }
}
