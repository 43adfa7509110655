//! Whether every grammar that the language table names has its queries, sample, Cargo lines and size.

use ghostlight_text::Grammar;

/// What a grammar lacks; `read` gives a file of the repository, if it is there.
pub(super) fn check(grammars: &[&Grammar], read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for grammar in grammars {
        let name = grammar.name;
        let mut fault = |what: String| {
            faults.push(format!("the grammar `{name}` of core/text/src/languages.rs has no {what}"));
        };
        let queries = format!("core/context/queries/{name}.scm");
        let sample = format!("core/context/tests/syntax/{name}.txt");
        let risky = grammar.risky.iter().map(|name| format!("core/context/queries/risky/{name}.scm"));
        for file in [queries, sample].into_iter().chain(risky) {
            if read(&file).is_none() {
                fault(format!("file {file}"));
            }
        }
        let package = grammar.package();
        for (file, line) in [
            ("Cargo.toml", format!("\n{package} = \"=")),
            ("core/context/Cargo.toml", format!("\n{package} = {{ workspace = true, optional = true }}")),
            ("core/context/Cargo.toml", format!("\"dep:{package}\"")),
            ("tests/sizes.json", format!("\"syntax/{name}\": {{")),
        ] {
            if !read(file).is_some_and(|text| text.contains(&line)) {
                fault(format!("`{}` in {file}", line.trim()));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Option<String> {
        std::fs::read_to_string(crate::sh::root().join(file)).ok()
    }

    #[test]
    fn the_table_is_complete() {
        assert_eq!(check(&Grammar::all(), read), [""; 0]);
    }

    #[test]
    fn what_a_new_grammar_lacks_is_named() {
        let grammar = Grammar { risky: &["made-up"], ..Grammar::new("made-up") };
        let faults = check(&[&grammar], read);
        assert_eq!(faults.len(), 7, "{faults:?}");
        for what in [
            "queries/made-up.scm",
            "syntax/made-up.txt",
            "risky/made-up.scm",
            "`\"dep:tree-sitter-made-up\"`",
        ] {
            assert!(faults.iter().any(|fault| fault.contains(what)), "{what}: {faults:?}");
        }
    }
}
