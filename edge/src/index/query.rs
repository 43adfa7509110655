//! Full-text queries: the terms of a question as an FTS5 expression that holds no syntax.
//!
//! Terms are those of the tab's own index (`ghostlight_context::index::terms`), so
//! both find the same names: `parseHttpHeader` by itself, by `parse`, `http` and
//! `header`. A query becomes a list of quoted terms with OR between them: in FTS5 a
//! quoted term is never syntax.

use ghostlight_context::index::terms;

/// The most terms of a query.
const MOST_TERMS: usize = 48;

/// All terms of a text in their order, with a blank between two, as the store indexes them.
pub(super) fn indexed(text: &str) -> String {
    let mut indexed = String::new();
    terms(text, |term| {
        if !indexed.is_empty() {
            indexed.push(' ');
        }
        indexed.push_str(term);
    });
    indexed
}

/// The different terms of a query, the first 48.
#[must_use]
pub fn search_terms(query: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    terms(query, |term| {
        if found.len() < MOST_TERMS && !found.iter().any(|known| known == term) {
            found.push(term.to_owned());
        }
    });
    found
}

/// The expression for `MATCH`; `None` if the query has no terms.
#[must_use]
pub fn match_expression(query: &str) -> Option<String> {
    // Terms are alphanumeric, so no quote can be in one.
    let quoted: Vec<String> = search_terms(query).iter().map(|term| format!("\"{term}\"")).collect();
    (!quoted.is_empty()).then(|| quoted.join(" OR "))
}
