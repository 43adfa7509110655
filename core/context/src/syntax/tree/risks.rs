//! Risky patterns in an inserted text: what a tree shows and a few tokens cannot.
//!
//! The idea: the queries of `queries/risky` run where the text stands in the tree of
//! the file with it. A match is held against the text if one of its nodes has some of
//! it and the file without the text has no such match, so that nobody is blamed for
//! what was there. Which rule is how bad is the business of `ghostlight-guard`; where a
//! value comes from is not followed here either.

use std::ops::Range;

use tree_sitter::{Query, QueryCursor, QueryCursorOptions, StreamingIterator, Tree};

use super::GrammarError;
use super::document::Document;
use super::queries::Queries;
use crate::syntax::limits;

/// The query for the risky patterns of a grammar.
pub(super) struct Risks {
    query: Query,
    /// The rule that each pattern finds broken, by the pattern's index.
    rules: Vec<Box<str>>,
    /// Index of the capture of the node at fault; none without a pattern.
    fault: Option<u32>,
}

impl Risks {
    /// Reads from a query which rule each of its patterns is for.
    pub(super) fn new(query: Query, source: &Queries) -> Result<Self, GrammarError> {
        let rule = |pattern: usize| {
            let mut set = query.property_settings(pattern).iter();
            let rule = set.find(|property| &*property.key == "rule");
            rule.and_then(|property| property.value.clone()).ok_or_else(|| {
                let start = query.start_byte_for_pattern(pattern).min(source.risky.len());
                let line = source.risky.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count() + 1;
                GrammarError::Query { name: source.name, what: "a pattern without a rule".to_owned(), line }
            })
        };
        let rules = (0..query.pattern_count()).map(rule).collect::<Result<_, _>>()?;
        let fault = query.capture_index_for_name("risk");
        Ok(Self { query, rules, fault })
    }
}

/// A match: its pattern, and where the node at fault begins in the text without the
/// inserted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RiskMatch {
    pattern: usize,
    at: usize,
}

/// Rules that the text at `inserted` breaks, each once. `document` is the file without it.
pub(super) fn broken(
    risks: &Risks,
    (text, tree): (&str, &Tree),
    document: &Document,
    inserted: Range<usize>,
    cursor: &mut QueryCursor,
) -> Vec<String> {
    if risks.rules.is_empty() || inserted.is_empty() {
        return Vec::new();
    }
    let (own, others): (Vec<_>, Vec<_>) =
        find(risks, (text, tree), &inserted, cursor).into_iter().partition(|(_, is_new)| *is_new);
    let mut found: Vec<RiskMatch> = own.into_iter().map(|(found, _)| found).collect();
    if !others.is_empty() {
        // A node that goes on beyond the text may have been at fault without it.
        let before = inserted.start..inserted.start;
        let known = find(risks, (&document.text, &document.tree), &before, cursor);
        let is_known = |found: &RiskMatch| known.iter().any(|(known, _)| known == found);
        found.extend(others.into_iter().map(|(found, _)| found).filter(|found| !is_known(found)));
    }
    found.sort_unstable_by_key(|found| found.pattern);
    let mut rules: Vec<String> = Vec::new();
    for rule in found.into_iter().map(|found| &*risks.rules[found.pattern]) {
        if rules.len() < limits::RISKS && !rules.iter().any(|known| known == rule) {
            rules.push(rule.to_owned());
        }
    }
    rules
}

/// Matches that have some of a range, which may be empty, and whether the node at fault
/// can only be of what the range holds.
fn find(
    risks: &Risks,
    (text, tree): (&str, &Tree),
    range: &Range<usize>,
    cursor: &mut QueryCursor,
) -> Vec<(RiskMatch, bool)> {
    let mut found = Vec::new();
    // A match is found by any of its nodes, so its statement need not be looked for.
    cursor.set_byte_range(range.start.saturating_sub(1)..range.end + 1).set_match_limit(super::MATCHES);
    let mut left = 1024 + range.len() / 4;
    let mut limited = super::limited(&mut left);
    let options = QueryCursorOptions::new().progress_callback(&mut limited);
    let mut matches = cursor.matches_with_options(&risks.query, tree.root_node(), text.as_bytes(), options);
    while let Some(one) = matches.next() {
        let touches = one.captures().iter().map(|capture| capture.node.byte_range()).any(|node| {
            range.is_empty() && node.start <= range.end && range.start <= node.end
                || node.start < range.end && range.start < node.end
        });
        let fault = one.captures().iter().find(|capture| Some(capture.index) == risks.fault);
        if let Some(fault) = fault.filter(|_| touches && found.len() < MOST) {
            let (start, end) = (fault.node.start_byte(), fault.node.end_byte());
            let is_new = range.contains(&start) && (start > range.start || end <= range.end);
            let at = if start < range.end { start } else { start - range.len() };
            found.push((RiskMatch { pattern: one.pattern_index, at }, is_new));
        }
    }
    found
}

/// Most matches that are looked at; who breaks that many rules is withheld by the first.
const MOST: usize = 256;
