//! Which grammar of tree-sitter reads a language, and where its crate has it.

use crate::language::Language;

/// A grammar: a syntax pack in browsers, linked in natively. What is `None` is as most crates
/// have it.
#[derive(Debug, PartialEq, Eq)]
pub struct Grammar {
    /// Its name, and that of its pack, its file of queries and its sample.
    pub name: &'static str,
    /// The crate; else `tree-sitter-` and the name.
    pub package: Option<&'static str>,
    /// What the crate calls it; else `LANGUAGE`.
    pub item: Option<&'static str>,
    /// The folder of the crate with `parser.c` in it; else `src`.
    pub folder: Option<&'static str>,
    /// What the parser's function is called after `tree_sitter_`; else the name.
    pub symbol: Option<&'static str>,
    /// Files of `queries/risky` that fit it, which grammars with the same names of nodes share.
    pub risky: &'static [&'static str],
    /// Kinds of captures that make no sense in the language.
    pub without: &'static [&'static str],
    /// Whether its scanner looks characters up in C's table of 256, whatever they are: it is shown
    /// only such as are in there.
    pub is_narrow: bool,
}

impl Grammar {
    /// The grammar of this name in the crate that is called after it.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            package: None,
            item: None,
            folder: None,
            symbol: None,
            risky: &[],
            without: &[],
            is_narrow: false,
        }
    }

    /// Every grammar of the table, once, by name.
    #[must_use]
    pub fn all() -> Vec<&'static Grammar> {
        let mut all: Vec<_> = Language::all().iter().filter_map(|language| language.grammar).collect();
        all.sort_unstable_by_key(|grammar| grammar.name);
        all.dedup_by_key(|grammar| grammar.name);
        all
    }

    /// Name of the crate.
    ///
    /// ```
    /// use ghostlight_text::Grammar;
    /// assert_eq!(Grammar::new("go").package(), "tree-sitter-go");
    /// ```
    #[must_use]
    pub fn package(&self) -> String {
        self.package.map_or_else(|| format!("tree-sitter-{}", self.name), str::to_owned)
    }

    /// Path of the grammar in Rust, such as `tree_sitter_go::LANGUAGE`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}::{}", self.package().replace('-', "_"), self.item.unwrap_or("LANGUAGE"))
    }
}
