//! Words of code, and queries made of nothing but words.
//!
//! `parseHttpHeader` is found by itself, by `parse`, `http` and `header`. A query
//! becomes a list of quoted words with OR between them: in FTS5 a quoted word is
//! never syntax.

/// The most words of a query.
const MOST_WORDS: usize = 48;
/// The longest word, bytes.
const LONGEST_WORD: usize = 64;

/// All words of a text, with the parts of compound names, lower case, in order.
#[must_use]
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for name in text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty()) {
        let whole: String = name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
        let parts = parts(name);
        if parts.len() > 1 {
            words.extend(parts);
        }
        if !whole.is_empty() && whole.len() <= LONGEST_WORD {
            words.push(whole);
        }
    }
    words
}

/// `parseHTTPHeader_v2` is `parse`, `http`, `header`, `v`, `2`.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last: Option<char> = None;
    let mut at = name.chars().peekable();
    while let Some(c) = at.next() {
        if c == '_' {
            last = None;
            continue;
        }
        let begins = match last {
            None => true,
            Some(last) => {
                let next_is_lower = at.peek().is_some_and(|next| next.is_lowercase());
                (c.is_uppercase() && (last.is_lowercase() || next_is_lower))
                    || c.is_numeric() != last.is_numeric()
            }
        };
        if begins || parts.is_empty() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
        last = Some(c);
    }
    parts.retain(|part| !part.is_empty() && part.len() <= LONGEST_WORD);
    parts
}

/// The different words of a query, rare enough in number to be searched for.
#[must_use]
pub fn search_terms(query: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for word in words(query) {
        if word.chars().count() > 1 && !terms.contains(&word) {
            terms.push(word);
            if terms.len() == MOST_WORDS {
                break;
            }
        }
    }
    terms
}

/// The expression for `MATCH`; `None` if the query has no words.
#[must_use]
pub fn match_expression(query: &str) -> Option<String> {
    let terms = search_terms(query);
    // Words are alphanumeric, so no quote can be in one.
    let quoted: Vec<String> = terms.iter().map(|term| format!("\"{term}\"")).collect();
    (!quoted.is_empty()).then(|| quoted.join(" OR "))
}
