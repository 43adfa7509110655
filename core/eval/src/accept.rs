//! A simulated typist: what is taken of a suggestion, and what typing it saves.
//!
//! The typist knows what is to be written. A suggestion that is all of it is
//! taken with one key. Of another one the words at its start that are right are
//! taken, one key a word, as editors offer it; the rest is typed. A suggestion
//! whose first word is wrong is read for nothing and costs the look at it.

use crate::measure::normalized;

/// What the typist did with one suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Acceptance {
    /// Whether there was something to look at.
    pub shown: bool,
    /// Whether all of it was taken, and was all that was to be written.
    pub whole: bool,
    /// Characters of the truth that were taken.
    pub taken: usize,
    /// Keys pressed to take them.
    pub keys: usize,
    /// Characters of the truth.
    pub chars: usize,
}

impl Acceptance {
    /// Keys that were saved: characters taken, less the keys for them.
    ///
    /// ```
    /// use ghostlight_eval::accept;
    /// assert_eq!(accept("price", "price").saved(), 4); // five characters with one key
    /// ```
    #[must_use]
    pub fn saved(&self) -> usize {
        self.taken.saturating_sub(self.keys)
    }
}

/// Simulates the typist.
///
/// ```
/// use ghostlight_eval::accept;
/// let some = accept("price * count", "price * total");
/// assert_eq!((some.whole, some.taken, some.keys), (false, "price * ".len(), 2));
/// ```
#[must_use]
pub fn accept(suggestion: &str, truth: &str) -> Acceptance {
    let (suggestion, truth) = (normalized(suggestion), normalized(truth));
    let chars = truth.chars().count();
    if suggestion.is_empty() {
        return Acceptance { chars, ..Acceptance::default() };
    }
    if suggestion == truth {
        return Acceptance { shown: true, whole: true, taken: chars, keys: 1, chars };
    }
    // The end of the last word that both have whole.
    let common: usize = suggestion.chars().zip(truth.chars()).take_while(|(a, b)| a == b).count();
    let text: Vec<char> = truth.chars().collect();
    let ends = |at: usize, whole: &[char]| {
        let inside = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
        at == 0 || !(inside(whole.get(at - 1)) && inside(whole.get(at)))
    };
    let other: Vec<char> = suggestion.chars().collect();
    let mut taken = common;
    while taken > 0 && !(ends(taken, &text) && ends(taken, &other)) {
        taken -= 1;
    }
    let words = (1..=taken).filter(|&at| {
        let here = text[at - 1];
        !here.is_whitespace() && ends(at, &text[..taken])
    });
    Acceptance { shown: true, whole: false, taken, keys: words.count(), chars }
}
