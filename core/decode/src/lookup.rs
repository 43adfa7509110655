//! Where the end of a text has stood before.
//!
//! The idea: code repeats itself, so the tokens that followed the last few
//! tokens the last time are a guess at what follows them now. A plain scan from
//! the end: of the longest agreement the latest place. At a few thousand tokens
//! that is microseconds, and a step of a model is milliseconds, so there is no
//! index to keep.

use ghostlight_text::TokenId;

/// Tokens that are compared at most: beyond that, longer says no more.
pub(crate) const LONGEST: usize = 16;

/// Stands between texts that did not follow each other. No token is like it, so no agreement reaches over it.
pub(crate) const BREAK: TokenId = TokenId(u32::MAX);

/// An earlier place whose tokens agree with the last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    /// Index of the token that followed.
    pub(crate) next: usize,
    /// How many tokens agree, at most [`LONGEST`].
    pub(crate) len: usize,
}

/// The best match of at least `shortest` tokens.
pub(crate) fn lookup(tokens: &[TokenId], shortest: usize) -> Option<Match> {
    let (&last, before) = tokens.split_last()?;
    let mut best = None;
    let mut longest = shortest.max(1) - 1;
    for (at, &token) in before.iter().enumerate().rev() {
        if token != last || before.get(at + 1) == Some(&BREAK) {
            continue;
        }
        let pairs = before[..at].iter().rev().zip(before.iter().rev());
        let len = 1 + pairs.take(LONGEST - 1).take_while(|(a, b)| a == b).count();
        if len > longest {
            longest = len;
            best = Some(Match { next: at + 1, len });
            if len == LONGEST {
                break;
            }
        }
    }
    best
}

/// The `i`-th token after a match. What it copies may run into what is being
/// written, so a short period goes on for ever.
pub(crate) fn follow(tokens: &[TokenId], found: Match, i: usize) -> TokenId {
    let period = tokens.len() - found.next;
    tokens[found.next + i % period]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shortest: usize, want: Option<(usize, &str)>) {
        let tokens: Vec<TokenId> = text.bytes().map(|byte| TokenId(byte.into())).collect();
        let found = lookup(&tokens, shortest);
        let next = |found| (0..4).map(|i| char::from(follow(&tokens, found, i).0 as u8)).collect::<String>();
        let got = found.map(|found| (found.len, next(found)));
        assert_eq!(got, want.map(|(len, next)| (len, next.to_owned())), "{text:?}");
    }

    #[test]
    fn the_longest_and_then_the_latest() {
        check("abcd/abXY+ab", 2, Some((2, "XY+a")));
        check("+abcd/abXY+ab", 2, Some((3, "cd/a")));
        check("fn a(x)\nfn b(x)\nfn ", 2, Some((7, "b(x)")));
        check("fn a(x)\nfn b(y)\nfn ", 2, Some((5, "b(y)")));
        check("abc", 1, None);
        check("", 2, None);
        check("a", 1, None);
    }

    #[test]
    fn nothing_agrees_over_a_break_or_leads_to_one() {
        let ids = |ids: &[u32]| ids.iter().map(|&id| TokenId(id)).collect::<Vec<_>>();
        let broken = BREAK.0;
        assert_eq!(lookup(&ids(&[1, 2, broken, 3, 1, 2]), 2), None);
        let found = lookup(&ids(&[9, 1, broken, 2, 4, 9, 1, 2]), 1);
        assert_eq!(found, Some(Match { next: 4, len: 1 }));
    }

    #[test]
    fn too_short_an_agreement_is_none() {
        check("ab cb", 1, Some((1, " cb ")));
        check("ab cb", 2, None);
    }

    #[test]
    fn a_period_goes_on() {
        check("x = 0, 0, 0,", 2, Some((6, " 0, ")));
        check("zzzz", 2, Some((3, "zzzz")));
        check(&"z".repeat(100), 2, Some((LONGEST, "zzzz")));
    }
}
