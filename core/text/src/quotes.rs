//! How languages write strings, as far as it takes to know where one ends.
//!
//! Code inside of strings (`${x}`) counts as string, and a quote that no rule
//! explains, such as the one of a Rust lifetime, as nothing.

/// How far a string may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// One character, perhaps escaped; else the quote opens nothing.
    Char,
    /// To the end of its line.
    Line,
    /// Over several lines.
    Lines,
}

/// One way to write a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quote {
    /// What it begins with.
    pub open: &'static str,
    /// What it ends with.
    pub close: &'static str,
    /// Whether `\` takes the next character's meaning away.
    pub escapes: bool,
    /// How far it may reach.
    pub reach: Reach,
}

const fn quote(open: &'static str, escapes: bool, reach: Reach) -> Quote {
    Quote { open, close: open, escapes, reach }
}

const fn between(open: &'static str, close: &'static str) -> Quote {
    Quote { open, close, escapes: false, reach: Reach::Lines }
}

const DOUBLE: Quote = quote("\"", true, Reach::Line);
const SINGLE: Quote = quote("'", true, Reach::Line);
const CHAR: Quote = quote("'", true, Reach::Char);
const TRIPLE_DOUBLE: Quote = quote("\"\"\"", true, Reach::Lines);
const TRIPLE_SINGLE: Quote = quote("'''", true, Reach::Lines);

pub(crate) const NONE: &[Quote] = &[];
pub(crate) const JSON: &[Quote] = &[DOUBLE];
pub(crate) const WEB: &[Quote] = &[DOUBLE, SINGLE];
pub(crate) const C: &[Quote] = &[DOUBLE, CHAR];
pub(crate) const CPP: &[Quote] = &[between("R\"(", ")\""), DOUBLE, CHAR];
pub(crate) const CSHARP: &[Quote] = &[TRIPLE_DOUBLE, between("$@\"", "\""), between("@\"", "\""), DOUBLE, CHAR];
pub(crate) const GO: &[Quote] = &[quote("`", false, Reach::Lines), DOUBLE, CHAR];
pub(crate) const JS: &[Quote] = &[quote("`", true, Reach::Lines), DOUBLE, SINGLE];
pub(crate) const LUA: &[Quote] = &[between("[==[", "]==]"), between("[=[", "]=]"), between("[[", "]]"), DOUBLE, SINGLE];
pub(crate) const PYTHON: &[Quote] = &[TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE];
pub(crate) const RUST: &[Quote] =
    &[between("r##\"", "\"##"), between("r#\"", "\"#"), between("r\"", "\""), quote("\"", true, Reach::Lines), CHAR];
pub(crate) const SHELL: &[Quote] = &[quote("\"", true, Reach::Lines), quote("'", false, Reach::Lines)];
pub(crate) const SQL: &[Quote] = &[quote("'", false, Reach::Lines), quote("\"", false, Reach::Line)];
pub(crate) const TOML: &[Quote] = &[TRIPLE_DOUBLE, quote("'''", false, Reach::Lines), DOUBLE, quote("'", false, Reach::Line)];
pub(crate) const TRIPLE: &[Quote] = &[TRIPLE_DOUBLE, DOUBLE];
pub(crate) const TRIPLE_CHAR: &[Quote] = &[TRIPLE_DOUBLE, DOUBLE, CHAR];
