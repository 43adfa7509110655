//! The table of grammars: which languages each reads, and its file of queries.
//!
//! A file has two parts. The first is run over whole files: `@definition.KIND`
//! with its `@name` and, where the head is shorter than the whole, `@body`;
//! `@import` with `@import.module` and `@import.name`. The second, after the line
//! `; place`, is run near a cursor: `@comment`, `@string`, `@statement`, `@block`
//! and `@reference`. CONTRIBUTING says how to add one.
//!
//! Files of their own, in `queries/risky`, find risky patterns in a text that is
//! inserted: `@risk` is the node at fault, and `#set! rule` names the rule of
//! `ghostlight-guard` that it breaks, which has the rest. Grammars share them where
//! they call things the same.

/// The queries of one grammar.
#[derive(Debug, PartialEq, Eq)]
pub struct Queries {
    /// Name of the grammar, of its file of queries and of its pack.
    pub name: &'static str,
    /// Ids in the language table of the languages that it reads.
    pub languages: &'static [&'static str],
    /// The file.
    pub text: &'static str,
    /// The files of `queries/risky` that it shares, one after the other; empty for a
    /// grammar without.
    pub risky: &'static str,
    /// Captures that make no sense in this language.
    pub without: &'static [&'static str],
    /// Whether its scanner looks characters up in C's table of 256, whatever they are: it
    /// is shown only such as are in there.
    pub narrow: bool,
}

impl Queries {
    /// Every kind of capture, by the beginning of its name.
    pub const KINDS: [&'static str; 7] =
        ["definition", "import", "comment", "string", "statement", "block", "reference"];

    /// The part for whole files, and the one for what is near a cursor.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &'static str) {
        let at = self.text.find("; place\n").unwrap_or(self.text.len());
        self.text.split_at(at)
    }
}

macro_rules! queries {
    ($($name:literal: $languages:expr, $(risky [$($risky:literal),*],)? without $without:expr $(, $narrow:ident)?;)*) => {
        /// Every grammar, by name.
        pub static QUERIES: &[Queries] = &[$(Queries {
            name: $name,
            languages: &$languages,
            text: include_str!(concat!("../../../queries/", $name, ".scm")),
            risky: concat!($($(include_str!(concat!("../../../queries/risky/", $risky, ".scm"))),*)?),
            without: &$without,
            narrow: !stringify!($($narrow)?).is_empty(),
        }),*];
    };
}

queries! {
    "bash": ["shellscript"], risky ["bash"], without [], narrow;
    "c": ["c"], risky ["c"], without [];
    "cpp": ["cpp"], risky ["c", "cpp"], without [];
    "csharp": ["csharp"], risky ["csharp"], without [];
    "css": ["css"], without [];
    "go": ["go"], risky ["go"], without [];
    "html": ["html"], without ["import"];
    "java": ["java"], risky ["java"], without [];
    "javascript": ["javascript", "javascriptreact"], risky ["javascript", "jsx"], without [];
    "json": ["json", "jsonc"], without ["import"];
    "kotlin": ["kotlin"], without [];
    "lua": ["lua"], without [];
    "markdown": ["markdown"], without ["import", "string", "reference"];
    "php": ["php"], risky ["php"], without [];
    "python": ["python"], risky ["python"], without [];
    "ruby": ["ruby"], risky ["ruby"], without [];
    "rust": ["rust"], risky ["rust"], without [];
    "scala": ["scala"], without [];
    "sql": ["sql"], without ["import"];
    "swift": ["swift"], without [];
    "toml": ["toml"], without ["import"];
    "tsx": ["typescriptreact"], risky ["javascript", "jsx"], without [];
    "typescript": ["typescript"], risky ["javascript"], without [];
    "yaml": ["yaml"], without ["import"];
}
