//! Too little to be worth a glance.
//!
//! A suggestion needs a letter, a digit, or something that closes or ends what
//! was begun; a lone comma or operator is noise.

use super::{FilterOutput, Place, has_word};

pub(super) fn filter<'a>(_: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let closes = |c: char| matches!(c, ')' | ']' | '}' | '>' | '"' | '\'' | '`' | ';');
    let worth = has_word(text) || text.contains(closes);
    FilterOutput::held(text, if worth { text.len() } else { 0 })
}
