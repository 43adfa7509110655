//! What a text says about itself: scopes, imports, definitions, where statements end.
//!
//! The idea: one trait of three calls, text in and plain data out. Behind it
//! stands [`Lexical`], which knows brackets, indentation, comments and strings of
//! every language of the table, or a syntax tree (feature `tree-sitter`), or, in
//! a browser, a pack that was fetched and runs beside the engine. Who asks cannot
//! tell them apart but by [`SyntaxFacts::origin`].
//!
//! Nobody reports edits: a reader compares a text with the last one it has seen
//! under the same path, which costs a microsecond for ten kilobytes and can never
//! be out of step with the editor.
//!
//! Offsets are UTF-8 bytes from the start of `prefix`, on through `suffix`, unless
//! a field says otherwise. Lists and strings are bounded; see [`limits`].

mod facts;
mod lexical;
mod pack;
#[cfg(feature = "tree-sitter")]
mod tree;

pub use facts::{
    Definition, DefinitionKind, Import, Insertion, Origin, Outline, Reference, Scope, StatementEnd,
    SyntaxFacts, Within, limits,
};
pub use lexical::{Lexical, LexicalOf};
pub use pack::{Remote, answer, pack_of};
pub(crate) use pack::{SpanBounds, read_facts, write_facts};
#[cfg(feature = "tree-sitter")]
pub use tree::{GrammarError, LanguageFn, QUERIES, Queries, TreeSitter};

use crate::Source;

/// Reads source text. A call is a pure function of its arguments; what an
/// implementation remembers only makes the next call on a similar text faster.
pub trait Syntax {
    /// What stands around the cursor, which is at the end of `source.prefix`.
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts;

    /// What `text` would be, typed at the cursor. Cheap enough to be asked after
    /// every token of a suggestion that grows.
    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion;

    /// What a whole file defines and imports, and where it may be cut.
    fn outline(&mut self, path: &str, text: &str) -> Outline;
}

impl<T: Syntax + ?Sized> Syntax for &mut T {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        (**self).facts(source)
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        (**self).insertion(source, text)
    }

    fn outline(&mut self, path: &str, text: &str) -> Outline {
        (**self).outline(path, text)
    }
}

impl<T: Syntax + ?Sized> Syntax for Box<T> {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        (**self).facts(source)
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        (**self).insertion(source, text)
    }

    fn outline(&mut self, path: &str, text: &str) -> Outline {
        (**self).outline(path, text)
    }
}
