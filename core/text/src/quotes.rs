//! How languages write strings: where one begins and ends, what escapes, and
//! how values are put into it.

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

/// How values are put into a string (interpolation).
#[derive(Debug, PartialEq, Eq)]
pub struct Values {
    /// What begins a value, such as `${`, and the bracket that ends it.
    pub marks: &'static [(&'static str, u8)],
    /// Whether `$` and a name is one, too.
    pub names: bool,
    /// Whether a mark that stands twice means itself: `{{`.
    pub doubled: bool,
}

impl Values {
    /// None.
    pub const NONE: &'static Values = &Values { marks: &[], names: false, doubled: false };
    const BRACES: &'static Values = &Values { marks: &[("{", b'}')], names: false, doubled: true };
    const DOLLAR: &'static Values = &Values { marks: &[("${", b'}')], names: true, doubled: false };
    const DOLLAR_BRACES: &'static Values = &Values { marks: &[("${", b'}')], names: false, doubled: false };
    const DOLLAR_PARENS: &'static Values = &Values { marks: &[("$(", b')')], names: true, doubled: false };
    const SHELL: &'static Values =
        &Values { marks: &[("${", b'}'), ("$(", b')')], names: true, doubled: false };
    const PHP: &'static Values =
        &Values { marks: &[("{$", b'}'), ("${", b'}')], names: true, doubled: false };
    const HASH: &'static Values = &Values { marks: &[("#{", b'}')], names: false, doubled: false };
    const PARENS: &'static Values = &Values { marks: &[("\\(", b')')], names: false, doubled: false };
}

/// One way to write a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// What it begins with.
    pub open: &'static str,
    /// What it ends with.
    pub close: &'static str,
    /// The byte that takes the next character's meaning away, mostly `\`.
    pub escape: Option<u8>,
    /// How far it may reach.
    pub reach: Reach,
    /// Whether it may follow a letter or digit at once. An apostrophe does not: `don't`.
    pub after_word: bool,
    /// How values are put into it.
    pub values: &'static Values,
}

impl Quote {
    /// A string whose ends look the same, with `\` as escape and without values.
    #[must_use]
    pub const fn new(mark: &'static str, reach: Reach) -> Self {
        Self { open: mark, close: mark, escape: Some(b'\\'), reach, after_word: true, values: Values::NONE }
    }

    /// A string over several lines between two marks, without escapes and values.
    #[must_use]
    pub const fn raw(open: &'static str, close: &'static str) -> Self {
        Self { open, close, escape: None, reach: Reach::Lines, after_word: true, values: Values::NONE }
    }

    const fn with(self, values: &'static Values) -> Self {
        Self { values, ..self }
    }

    const fn apart(self) -> Self {
        Self { after_word: false, ..self }
    }
}

/// Letters before a quote that say how its string is read: `f"{x}"`. Their case does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// The letters.
    pub letters: &'static str,
    /// Whether nothing is escaped in such a string.
    pub raw: bool,
    /// How values are put into it, where not as without the letters.
    pub values: Option<&'static Values>,
}

const fn plain(letters: &'static str) -> Prefix {
    Prefix { letters, raw: false, values: None }
}

const fn filled(letters: &'static str, values: &'static Values) -> Prefix {
    Prefix { letters, raw: false, values: Some(values) }
}

const DOUBLE: Quote = Quote::new("\"", Reach::Line);
const SINGLE: Quote = Quote::new("'", Reach::Line).apart();
const CHAR: Quote = Quote::new("'", Reach::Char).apart();
const TRIPLE_DOUBLE: Quote = Quote::new("\"\"\"", Reach::Lines);
const TRIPLE_SINGLE: Quote = Quote::new("'''", Reach::Lines);
const BACKTICK: Quote = Quote::new("`", Reach::Lines);
const DOUBLE_LINES: Quote = Quote::new("\"", Reach::Lines);
const SINGLE_LINES: Quote = Quote::new("'", Reach::Lines);
const RAW_SINGLE: Quote = Quote::raw("'", "'");

pub(crate) const JSON: &[Quote] = &[DOUBLE];
pub(crate) const WEB: &[Quote] = &[DOUBLE, SINGLE];
pub(crate) const C: &[Quote] = &[DOUBLE, CHAR];
pub(crate) const CPP: &[Quote] = &[Quote::raw("R\"(", ")\""), DOUBLE, CHAR];
pub(crate) const CSHARP: &[Quote] = &[TRIPLE_DOUBLE, DOUBLE, CHAR];
pub(crate) const DART: &[Quote] = &[
    TRIPLE_DOUBLE.with(Values::DOLLAR),
    TRIPLE_SINGLE.with(Values::DOLLAR),
    DOUBLE.with(Values::DOLLAR),
    SINGLE.with(Values::DOLLAR),
];
pub(crate) const ELIXIR: &[Quote] = &[TRIPLE_DOUBLE.with(Values::HASH), DOUBLE_LINES.with(Values::HASH)];
pub(crate) const GO: &[Quote] = &[Quote::raw("`", "`"), DOUBLE, CHAR];
pub(crate) const JS: &[Quote] = &[BACKTICK.with(Values::DOLLAR_BRACES), DOUBLE, SINGLE];
pub(crate) const JULIA: &[Quote] =
    &[TRIPLE_DOUBLE.with(Values::DOLLAR_PARENS), DOUBLE_LINES.with(Values::DOLLAR_PARENS), CHAR];
pub(crate) const KOTLIN: &[Quote] =
    &[Quote { escape: None, ..TRIPLE_DOUBLE.with(Values::DOLLAR) }, DOUBLE.with(Values::DOLLAR), CHAR];
pub(crate) const LUA: &[Quote] =
    &[Quote::raw("[==[", "]==]"), Quote::raw("[=[", "]=]"), Quote::raw("[[", "]]"), DOUBLE, SINGLE];
pub(crate) const PERL: &[Quote] = &[DOUBLE_LINES.with(Values::DOLLAR), SINGLE_LINES.apart(), BACKTICK];
pub(crate) const PHP: &[Quote] =
    &[DOUBLE_LINES.with(Values::PHP), SINGLE_LINES.apart(), BACKTICK.with(Values::PHP)];
pub(crate) const POWERSHELL: &[Quote] = &[
    Quote::raw("@\"", "\"@").with(Values::DOLLAR_PARENS),
    Quote::raw("@'", "'@"),
    Quote { escape: Some(b'`'), ..DOUBLE_LINES.with(Values::DOLLAR_PARENS) },
    RAW_SINGLE.apart(),
];
pub(crate) const PYTHON: &[Quote] = &[TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE];
pub(crate) const R: &[Quote] = &[DOUBLE_LINES, SINGLE_LINES];
pub(crate) const RUBY: &[Quote] =
    &[DOUBLE_LINES.with(Values::HASH), SINGLE_LINES.apart(), BACKTICK.with(Values::HASH)];
pub(crate) const RUST: &[Quote] = &[
    Quote::raw("r###\"", "\"###"),
    Quote::raw("r##\"", "\"##"),
    Quote::raw("r#\"", "\"#"),
    Quote::raw("r\"", "\""),
    DOUBLE_LINES,
    CHAR,
];
pub(crate) const SCALA: &[Quote] = &[Quote { escape: None, ..TRIPLE_DOUBLE }, DOUBLE, CHAR];
pub(crate) const SHELL: &[Quote] =
    &[DOUBLE_LINES.with(Values::SHELL), Quote { open: "$'", ..SINGLE_LINES }, RAW_SINGLE];
pub(crate) const SQL: &[Quote] = &[
    RAW_SINGLE,
    Quote { reach: Reach::Line, ..Quote::raw("\"", "\"") },
    Quote { reach: Reach::Line, ..Quote::raw("`", "`") },
];
pub(crate) const SWIFT: &[Quote] =
    &[Quote::raw("#\"", "\"#"), TRIPLE_DOUBLE.with(Values::PARENS), DOUBLE.with(Values::PARENS)];
pub(crate) const TOML: &[Quote] =
    &[TRIPLE_DOUBLE, Quote::raw("'''", "'''"), DOUBLE, Quote { reach: Reach::Line, ..RAW_SINGLE.apart() }];
pub(crate) const TRIPLE_CHAR: &[Quote] = &[TRIPLE_DOUBLE, DOUBLE, CHAR];

pub(crate) const C_PREFIXES: &[Prefix] = &[plain("L"), plain("u8"), plain("u")];
/// In a verbatim string a quote is written twice, which reads as two strings side by side.
pub(crate) const CSHARP_PREFIXES: &[Prefix] = &[
    Prefix { letters: "@", raw: true, values: None },
    filled("$", Values::BRACES),
    Prefix { letters: "$@", raw: true, values: Some(Values::BRACES) },
    Prefix { letters: "@$", raw: true, values: Some(Values::BRACES) },
];
pub(crate) const DART_PREFIXES: &[Prefix] = &[Prefix { letters: "r", raw: true, values: Some(Values::NONE) }];
/// A backslash keeps a quote from ending even a string with `r`.
pub(crate) const PYTHON_PREFIXES: &[Prefix] = &[
    plain("r"),
    plain("b"),
    plain("u"),
    plain("rb"),
    plain("br"),
    filled("f", Values::BRACES),
    filled("rf", Values::BRACES),
    filled("fr", Values::BRACES),
];
pub(crate) const RUST_PREFIXES: &[Prefix] = &[plain("b"), plain("c")];
pub(crate) const SCALA_PREFIXES: &[Prefix] =
    &[filled("s", Values::DOLLAR), filled("f", Values::DOLLAR), filled("raw", Values::DOLLAR)];
