//! Whether a file still parses with the suggestion in it.
//!
//! The seam for a syntax checker: today there is none in the program, so nobody
//! looked, and the parse rate is `null`. What an [`Outcome`] says already, from
//! a file of outcomes, is kept.

use ghostlight_eval::{Case, Outcome};

/// Fills in [`Outcome::parses`] for the languages that can be checked.
pub(super) fn run(cases: &[Case], outcomes: &mut [Outcome]) {
    let by_id: std::collections::HashMap<&str, &Case> =
        cases.iter().map(|case| (case.id.as_str(), case)).collect();
    for outcome in outcomes {
        if let Some(case) = by_id.get(outcome.id.as_str())
            && let Some(parses) = parses(case, &outcome.text)
        {
            outcome.parses = Some(parses);
        }
    }
}

/// `None` where the language cannot be checked.
fn parses(_case: &Case, _text: &str) -> Option<bool> {
    None
}
