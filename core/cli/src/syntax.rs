//! Who reads source text: trees of every grammar that is linked in, as in a browser.

use ghostlight_context::syntax::Syntax;

/// A reader of all languages.
pub(crate) fn reader() -> impl Syntax + 'static {
    #[cfg(feature = "grammars")]
    return ghostlight_context::syntax::TreeSitter::with_all();
    #[cfg(not(feature = "grammars"))]
    ghostlight_context::syntax::Lexical
}
