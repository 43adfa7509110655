//! What follows the cursor on its line.

/// Whether a rest of a line is nothing but closing brackets, quotes and separators.
///
/// ```
/// use ghostlight_context::only_closes;
/// assert!(only_closes("\"]);") && only_closes(""));
/// assert!(!only_closes(") {"));
/// ```
#[must_use]
pub fn only_closes(rest: &str) -> bool {
    rest.chars().all(|c| {
        matches!(c, ')' | ']' | '}' | '>' | '"' | '\'' | '`' | ',' | ';' | ':') || matches!(c, ' ' | '\t')
    })
}
