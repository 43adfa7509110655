//! Words and signs that go round in circles, over lines too.
//!
//! After each token it is asked how far back the text repeats itself with a
//! period of some tokens. A short period has to come up more often before it is
//! a circle: `0, 0, 0` is a list, thirty tokens twice over are not. What is
//! kept is the first time round.

use super::{FilterOutput, Place, has_word};

/// Longest period, and how many tokens such a circle has at least.
const CIRCLES: [(usize, usize); 4] = [(1, 12), (10, 30), (20, 45), (30, 60)];

const LONGEST: usize = 30;

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let tokens = tokens(text);
    // A word at the end may still become another one.
    let open = place.growing && text.chars().next_back().is_some_and(char::is_alphanumeric);
    let mut agree = [0usize; LONGEST + 1];
    for at in 0..tokens.len() - usize::from(open && !tokens.is_empty()) {
        for period in 1..=LONGEST.min(at) {
            let same = tokens[at].1 == tokens[at - period].1;
            agree[period] = if same { agree[period] + 1 } else { 0 };
            let long = agree[period] + period;
            let least =
                CIRCLES.iter().find(|(longest, _)| period <= *longest).map_or(usize::MAX, |circle| circle.1);
            if agree[period] >= period && long >= least {
                let (first, second) = (at + 1 - long, at + 1 - long + period);
                if tokens[first..second].iter().any(|(_, token)| has_word(token)) {
                    return FilterOutput::cut(text, tokens[second].0);
                }
            }
        }
    }
    FilterOutput::all(text)
}

/// Words and signs with where they begin.
fn tokens(text: &str) -> Vec<(usize, &str)> {
    let mut tokens: Vec<(usize, &str)> = Vec::new();
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        let is_word = c.is_alphanumeric() || c == '_';
        if is_word && in_word {
            if let Some((start, token)) = tokens.last_mut() {
                *token = &text[*start..at + c.len_utf8()];
            }
        } else if !c.is_whitespace() {
            tokens.push((at, &text[at..at + c.len_utf8()]));
        }
        in_word = is_word;
    }
    tokens
}
