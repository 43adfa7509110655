//! Writes the lists of grammars and of their queries, by the language table.

use std::fmt::Write as _;
use std::path::Path;

use ghostlight_text::{Grammar, Language};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by its environment")]
fn main() {
    let variable = |name| std::env::var(name).expect("cargo sets it for a build script");
    let queries = Path::new(&variable("CARGO_MANIFEST_DIR")).join("queries");
    let out = variable("OUT_DIR");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", queries.display());
    let (mut rows, mut grammars) = (String::from("&[\n"), String::from("vec![\n"));
    for grammar in Grammar::all() {
        let Grammar { name, risky, without, is_narrow, .. } = *grammar;
        let include = |file: &str| {
            let path = queries.join(file);
            if !path.is_file() {
                let what = format!("the language table names the grammar `{name}`");
                println!("cargo::error={what}, which has no core/context/queries/{file}");
            }
            format!("include_str!({path:?})")
        };
        let text = include(&format!("{name}.scm"));
        let risky: Vec<String> = risky.iter().map(|name| include(&format!("risky/{name}.scm"))).collect();
        let reads = |language: &&Language| language.grammar.is_some_and(|grammar| grammar.name == name);
        let languages: Vec<&str> = Language::all().iter().filter(reads).map(|language| language.id).collect();
        let risky = match risky.len() {
            0 => "\"\"".to_owned(),
            _ => format!("concat!({})", risky.join(", ")),
        };
        writeln!(
            rows,
            "Queries {{ name: {name:?}, languages: &{languages:?}, text: {text}, \
             risky: {risky}, without: &{without:?}, narrow: {is_narrow} }},"
        )
        .expect("a string takes everything");
        writeln!(grammars, "({name:?}, {}),", grammar.path()).expect("a string takes everything");
    }
    for (name, list) in [("queries.rs", rows + "]"), ("grammars.rs", grammars + "]")] {
        std::fs::write(Path::new(&out).join(name), list).expect("cargo's own folder takes files");
    }
}
