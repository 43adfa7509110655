//! The grammars of the language table, each with its file of queries.
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
    ///
    /// ```
    /// use ghostlight_context::syntax::QUERIES;
    /// let rust = QUERIES.iter().find(|queries| queries.name == "rust").unwrap();
    /// let (outline, place) = rust.parts();
    /// assert!(outline.contains("@definition.function") && place.contains("@reference"));
    /// ```
    #[must_use]
    pub fn parts(&self) -> (&'static str, &'static str) {
        let at = self.text.find("; place\n").unwrap_or(self.text.len());
        self.text.split_at(at)
    }
}

/// Every grammar, by name. `build.rs` makes the list of the language table.
pub static QUERIES: &[Queries] = include!(concat!(env!("OUT_DIR"), "/queries.rs"));
