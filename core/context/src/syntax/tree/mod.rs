//! Syntax by tree-sitter: a grammar a language, and one file of queries for it.
//!
//! The idea: a grammar gives a tree, and `queries/LANGUAGE.scm` says which of its
//! nodes are definitions, imports, statements and so on, so that nothing in Rust
//! knows a language. Trees of the last documents are kept, and a text that is read
//! again is compared with its last state, so that only what changed is parsed.
//!
//! Work is bounded by steps and not by time, since nothing here reads a clock. A
//! text that is too long, or takes more steps than a text of its length should, is
//! answered by [`Lexical`]. In a file with errors that is longer than
//! `FRESH_BYTES` the tree may depend on how the text came about, within the
//! stretch that has the error: tree-sitter recovers from where it was.

mod around;
mod document;
mod grammar;
#[cfg(feature = "grammars")]
mod grammars;
mod insertion;
mod outline;
mod queries;
mod risks;

use std::ops::ControlFlow;

use tree_sitter::{Parser, QueryCursor, QueryCursorState};
pub use tree_sitter_language::LanguageFn;

use super::{Insertion, Lexical, Outline, Syntax, SyntaxFacts};
use crate::Source;
use document::{Document, Documents};
use grammar::Grammar;
pub use queries::{QUERIES, Queries};

/// Most matches of a query that may be under way at once.
const MATCHES: u32 = 4096;

/// Ends a query after so many hundreds of steps.
fn limited(left: &mut usize) -> impl FnMut(&QueryCursorState) -> ControlFlow<()> + '_ {
    move |_| match left.checked_sub(1) {
        Some(less) => {
            *left = less;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    }
}

/// What can be wrong with a grammar or its queries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrammarError {
    /// The name is not one of [`QUERIES`].
    #[error("load grammar: {name} is not known")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The grammar was made for another version of tree-sitter.
    #[error("load grammar {name}: its format {found} is not one of {oldest} to {newest}")]
    Version {
        /// Name of the grammar.
        name: &'static str,
        /// Version of its format.
        found: usize,
        /// The oldest that can be read.
        oldest: usize,
        /// The newest that can be read.
        newest: usize,
    },
    /// A query names a node or field that the grammar has not, or a risky pattern no rule.
    #[error("load grammar {name}: {what} in line {line} of its queries")]
    Query {
        /// Name of the grammar.
        name: &'static str,
        /// What is wrong with it.
        what: String,
        /// The line, from 1.
        line: usize,
    },
}

/// The [`Syntax`] of all languages whose grammars it was given; the others are
/// answered by [`Lexical`].
pub struct TreeSitter {
    grammars: Vec<Grammar>,
    documents: Documents,
    tools: Tools,
}

/// What tree-sitter wants to be reused.
pub(crate) struct Tools {
    pub(crate) parser: Parser,
    pub(crate) cursor: QueryCursor,
}

impl std::fmt::Debug for TreeSitter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TreeSitter").field("grammars", &self.grammars.len()).finish_non_exhaustive()
    }
}

impl Default for TreeSitter {
    fn default() -> Self {
        Self::new()
    }
}

impl TreeSitter {
    /// Without a grammar yet.
    ///
    /// ```
    /// use ghostlight_context::syntax::TreeSitter;
    /// assert_eq!(TreeSitter::new().names().count(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        let tools = Tools { parser: Parser::new(), cursor: QueryCursor::new() };
        Self { grammars: Vec::new(), documents: Documents::default(), tools }
    }

    /// With every grammar that is linked in. Queries are compiled at first use.
    ///
    /// ```
    /// use ghostlight_context::syntax::TreeSitter;
    /// assert!(TreeSitter::with_all().names().any(|name| name == "rust"));
    /// ```
    #[cfg(feature = "grammars")]
    #[must_use]
    pub fn with_all() -> Self {
        let mut all = Self::new();
        for (name, language) in grammars::all() {
            all.add(name, language).expect("a test loads every grammar that is linked in");
        }
        all
    }

    /// Adds the grammar of this name in [`QUERIES`].
    ///
    /// ```
    /// # #[cfg(feature = "grammars")] {
    /// use ghostlight_context::syntax::{GrammarError, TreeSitter};
    /// let mut trees = TreeSitter::new();
    /// trees.add("rust", tree_sitter_rust::LANGUAGE)?;
    /// let unknown = trees.add("no such grammar", tree_sitter_rust::LANGUAGE);
    /// assert!(matches!(unknown, Err(GrammarError::Unknown { .. })));
    /// # }
    /// # Ok::<(), ghostlight_context::syntax::GrammarError>(())
    /// ```
    ///
    /// # Errors
    /// [`GrammarError::Unknown`] and [`GrammarError::Version`]; what is wrong with
    /// queries is found by [`TreeSitter::check`].
    pub fn add(&mut self, name: &str, language: LanguageFn) -> Result<(), GrammarError> {
        let queries = QUERIES.iter().find(|queries| queries.name == name);
        let queries = queries.ok_or_else(|| GrammarError::Unknown { name: name.to_owned() })?;
        self.grammars.push(Grammar::new(queries, language)?);
        Ok(())
    }

    /// Compiles the queries of all grammars, but those for risky patterns: they take
    /// longest, and who only reads outlines never needs them.
    ///
    /// ```
    /// # #[cfg(feature = "grammars")] {
    /// use ghostlight_context::syntax::TreeSitter;
    /// assert_eq!(TreeSitter::with_all().check(), Ok(()));
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`GrammarError::Query`], the first.
    pub fn check(&self) -> Result<(), GrammarError> {
        self.grammars.iter().try_for_each(|grammar| grammar.queries().map(drop))
    }

    /// Compiles the queries for risky patterns, which the first insertion would wait for: up to a
    /// fifth of a second for a language.
    ///
    /// ```
    /// # #[cfg(feature = "grammars")] {
    /// use ghostlight_context::Source;
    /// use ghostlight_context::syntax::{Syntax, TreeSitter};
    /// let mut trees = TreeSitter::new();
    /// trees.add("rust", tree_sitter_rust::LANGUAGE)?;
    /// trees.prepare(); // nothing is compiled by the next call
    /// assert!(trees.insertion(Source { path: "a.rs", ..Source::default() }, "fn a() {}").risks.is_empty());
    /// # }
    /// # Ok::<(), ghostlight_context::syntax::GrammarError>(())
    /// ```
    pub fn prepare(&self) {
        // One that does not compile gives no risks; a test compiles all of them.
        self.grammars.iter().for_each(|grammar| drop(grammar.risks()));
    }

    /// Forgets what was read under a path, such as when its file is closed.
    ///
    /// ```
    /// use ghostlight_context::syntax::TreeSitter;
    /// let mut trees = TreeSitter::new();
    /// trees.forget("a.rs"); // nothing was read under it
    /// assert!(!trees.reads("a.rs"));
    /// ```
    pub fn forget(&mut self, path: &str) {
        self.documents.forget(path);
    }

    /// How many parse errors a whole file has; none where no grammar reads it,
    /// where it is too long or too wild to be parsed, and where all of it is one
    /// error, in which others cannot be told apart.
    ///
    /// It is parsed from nothing, so that the number depends on the text alone.
    ///
    /// ```
    /// # #[cfg(feature = "grammars")] {
    /// use ghostlight_context::syntax::TreeSitter;
    /// let mut trees = TreeSitter::with_all();
    /// assert_eq!(trees.errors("a.rs", "fn a() {}\n"), Some(0));
    /// assert_eq!(trees.errors("a.txt", "fn a() {}\n"), None);
    /// # }
    /// ```
    pub fn errors(&mut self, path: &str, text: &str) -> Option<usize> {
        let grammar = self.grammars.iter().find(|grammar| grammar.reads(path))?;
        let tree = document::parse(text, None, grammar, &mut self.tools)?;
        if tree.root_node().is_error() {
            return None;
        }
        let mut errors = 0;
        around::visit_errors(&tree, &mut |_| {
            errors += 1;
            true
        });
        Some(errors)
    }

    /// Whether a grammar reads files of this name.
    ///
    /// ```
    /// # #[cfg(feature = "grammars")] {
    /// use ghostlight_context::syntax::TreeSitter;
    /// let trees = TreeSitter::with_all();
    /// assert!(trees.reads("a.rs") && !trees.reads("a.txt"));
    /// # }
    /// ```
    #[must_use]
    pub fn reads(&self, path: &str) -> bool {
        self.grammars.iter().any(|grammar| grammar.reads(path))
    }

    /// Names of the grammars.
    ///
    /// ```
    /// # #[cfg(feature = "grammars")] {
    /// use ghostlight_context::syntax::TreeSitter;
    /// let mut trees = TreeSitter::new();
    /// trees.add("rust", tree_sitter_rust::LANGUAGE)?;
    /// assert!(trees.names().eq(["rust"]));
    /// # }
    /// # Ok::<(), ghostlight_context::syntax::GrammarError>(())
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.grammars.iter().map(|grammar| grammar.name())
    }

    /// The document of a text, parsed; none where only [`Lexical`] can say something.
    fn open(&mut self, path: &str, text: String) -> Option<(&Grammar, &mut Document, &mut Tools)> {
        let index = self.grammars.iter().position(|grammar| grammar.reads(path))?;
        let grammar = &self.grammars[index];
        grammar.queries().ok()?;
        let document = self.documents.read(path, text, index, grammar, &mut self.tools)?;
        Some((grammar, document, &mut self.tools))
    }
}

impl Syntax for TreeSitter {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        let cursor = source.prefix.len();
        match self.open(source.path, [source.prefix, source.suffix].concat()) {
            Some((grammar, document, tools)) => around::read(grammar, document, tools, cursor),
            None => Lexical.facts(source),
        }
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        let cursor = source.prefix.len();
        let read = self
            .open(source.path, [source.prefix, source.suffix].concat())
            .and_then(|(grammar, document, tools)| insertion::read(grammar, document, tools, cursor, text));
        read.unwrap_or_else(|| Lexical.insertion(source, text))
    }

    fn outline(&mut self, path: &str, text: &str) -> Outline {
        let index = self.grammars.iter().position(|grammar| grammar.reads(path));
        let read = index.and_then(|index| {
            let grammar = &self.grammars[index];
            let queries = grammar.queries().ok()?;
            // The file that somebody works on is known; of all others nothing is kept.
            let tree = if self.documents.has(path, index) {
                self.documents.read(path, text.to_owned(), index, grammar, &mut self.tools)?.tree.clone()
            } else {
                document::parse(text, None, grammar, &mut self.tools)?
            };
            Some(outline::read(grammar.table(path)?.id, queries, &tree, text, &mut self.tools.cursor))
        });
        read.unwrap_or_else(|| Lexical.outline(path, text))
    }
}
