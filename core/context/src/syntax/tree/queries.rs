//! The table of grammars: which languages each reads, and its file of queries.
//!
//! A file has two parts. The first is run over whole files: `@definition.KIND`
//! with its `@name` and, where the head is shorter than the whole, `@body`;
//! `@import` with `@import.module` and `@import.name`. The second, after the line
//! `; place`, is run near a cursor: `@comment`, `@string`, `@statement`, `@block`
//! and `@reference`. CONTRIBUTING says how to add one.

/// The queries of one grammar.
#[derive(Debug, PartialEq, Eq)]
pub struct Queries {
    /// Name of the grammar, of its file of queries and of its pack.
    pub name: &'static str,
    /// Ids in the language table of the languages that it reads.
    pub languages: &'static [&'static str],
    /// The file.
    pub text: &'static str,
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
    ($($name:literal: $languages:expr, without $without:expr $(, $narrow:ident)?;)*) => {
        /// Every grammar, by name.
        pub static QUERIES: &[Queries] = &[$(Queries {
            name: $name,
            languages: &$languages,
            text: include_str!(concat!("../../../queries/", $name, ".scm")),
            without: &$without,
            narrow: !stringify!($($narrow)?).is_empty(),
        }),*];
    };
}

queries! {
    "bash": ["shellscript"], without [], narrow;
    "c": ["c"], without [];
    "cpp": ["cpp"], without [];
    "csharp": ["csharp"], without [];
    "css": ["css"], without [];
    "go": ["go"], without [];
    "html": ["html"], without ["import"];
    "java": ["java"], without [];
    "javascript": ["javascript", "javascriptreact"], without [];
    "json": ["json", "jsonc"], without ["import"];
    "kotlin": ["kotlin"], without [];
    "lua": ["lua"], without [];
    "markdown": ["markdown"], without ["import", "string", "reference"];
    "php": ["php"], without [];
    "python": ["python"], without [];
    "ruby": ["ruby"], without [];
    "rust": ["rust"], without [];
    "scala": ["scala"], without [];
    "sql": ["sql"], without ["import"];
    "swift": ["swift"], without [];
    "toml": ["toml"], without ["import"];
    "tsx": ["typescriptreact"], without [];
    "typescript": ["typescript"], without [];
    "yaml": ["yaml"], without ["import"];
}
