//! GPT-2's words: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.

use super::{contraction, is_other, run, spaces};
use crate::{chars::Char, class::Class};

/// Appends the ends of the words of `chars`, which begin `base` characters into the text.
pub(super) fn words(chars: &[Char], base: usize, ends: &mut Vec<usize>) {
    let mut at = 0;
    while at < chars.len() {
        at = contraction(chars, at, false).unwrap_or_else(|| word(chars, at));
        ends.push(base + at);
    }
}

/// The end of the word at `at` when it is no contraction.
fn word(chars: &[Char], at: usize) -> usize {
    let body = at + usize::from(chars[at].is_any(b" "));
    match chars.get(body) {
        Some(c) if c.is(Class::LETTER) => run(chars, body, |c| c.is(Class::LETTER)),
        Some(c) if c.is(Class::NUMBER) => run(chars, body, |c| c.is(Class::NUMBER)),
        Some(&c) if is_other(c) => run(chars, body, is_other),
        _ => spaces(chars, at),
    }
}

#[cfg(test)]
mod tests {
    use crate::pre::cut;

    #[test]
    fn one_space_goes_with_the_word_after_it() {
        assert_eq!(cut("gpt-2", "if  (a1 == 20)"), "if| | (|a|1| ==| 20|)");
        assert_eq!(cut("gpt-2", "a\t\tb\n\n  c\n"), "a|\t|\t|b|\n\n | c|\n");
        assert_eq!(cut("gpt-2", "end   "), "end|   ");
    }

    #[test]
    fn contractions_are_lower_case_only() {
        assert_eq!(cut("gpt-2", "I'll we're don't 'x' I'LL"), "I|'ll| we|'re| don|'t| '|x|'| I|'|LL");
        assert_eq!(cut("gpt-2", "it's'"), "it|'s|'");
        assert_eq!(cut("gpt-2", "'r 'v 'l"), "'|r| '|v| '|l");
    }

    #[test]
    fn marks_are_neither_letters_nor_spaces() {
        assert_eq!(cut("gpt-2", "e\u{301}a नी"), "e|\u{301}|a| न|ी");
    }
}
