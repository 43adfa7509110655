//! Which language has which rules: one file a language, and how it is read.
//!
//! To add a rule see `CONTRIBUTING.md`.

use super::lexer::{Dialect, Interpolation};
use super::{Danger, RiskyRule};

mod c;
mod csharp;
mod go;
mod java;
mod javascript;
mod php;
mod python;
mod ruby;
mod rust;
mod shell;

/// Languages by id, how they are read, and their rules.
pub(super) const LANGUAGES: &[(&[&str], Dialect, &[RiskyRule])] = &[
    (&["python"], python::DIALECT, python::RULES),
    (
        &["javascript", "typescript", "javascriptreact", "typescriptreact"],
        javascript::DIALECT,
        javascript::RULES,
    ),
    (&["go"], go::DIALECT, go::RULES),
    (&["java", "kotlin", "scala"], java::DIALECT, java::RULES),
    (&["c", "cpp"], c::DIALECT, c::RULES),
    (&["csharp"], csharp::DIALECT, csharp::RULES),
    (&["ruby"], ruby::DIALECT, ruby::RULES),
    (&["php"], php::DIALECT, php::RULES),
    (&["rust"], rust::DIALECT, rust::RULES),
    (&["shellscript"], shell::DIALECT, shell::RULES),
];

pub(super) fn of(id: &str) -> Option<(Dialect, &'static [RiskyRule])> {
    LANGUAGES.iter().find(|(ids, ..)| ids.contains(&id)).map(|(_, dialect, rules)| (*dialect, *rules))
}

/// A language with `//` and `/* */` comments and double quotes, to begin from.
const C_LIKE: Dialect = Dialect {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: b"\"'",
    triple: b"",
    raw: b"",
    multiline: b"",
    interpolation: Interpolation::Never,
    in_words: b"",
    lifetimes: false,
};
