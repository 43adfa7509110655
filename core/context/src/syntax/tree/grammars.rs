//! The grammars that are linked into native builds.

use tree_sitter_language::LanguageFn;

/// All of them, by their names in [`QUERIES`](super::QUERIES). `build.rs` makes the list of the
/// language table; the crates are dependencies under the feature `grammars`.
pub(super) fn all() -> Vec<(&'static str, LanguageFn)> {
    include!(concat!(env!("OUT_DIR"), "/grammars.rs"))
}
