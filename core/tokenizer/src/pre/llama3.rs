//! Llama 3's words, and Qwen 2's, which differ in how many digits go together:
//! `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.

use super::{contraction, is, is_other, run, spaces};
use crate::{chars::Char, class::Class};

/// Appends the ends of the words of `chars`, with at most `digits` numbers in one.
pub(super) fn words(chars: &[Char], digits: usize, ends: &mut Vec<usize>) {
    let mut at = 0;
    while at < chars.len() {
        at = contraction(chars, at, true).unwrap_or_else(|| word(chars, at, digits));
        ends.push(at);
    }
}

/// The end of the word at `at` when it is no contraction.
fn word(chars: &[Char], at: usize, digits: usize) -> usize {
    let letters = |from| run(chars, from, |c| c.is(Class::LETTER));
    let is_break = |c: Char| c.is_any(b"\r\n");
    let first = chars[at];
    if first.is(Class::LETTER) {
        return letters(at);
    }
    if first.is(Class::NUMBER) {
        return run(&chars[..chars.len().min(at + digits)], at, |c| c.is(Class::NUMBER));
    }
    if !is_break(first) && is(chars, at + 1, Class::LETTER) {
        return letters(at + 1);
    }
    let body = at + usize::from(first.is_any(b" "));
    if chars.get(body).is_some_and(|&c| is_other(c)) {
        return run(chars, run(chars, body, is_other), is_break);
    }
    let end = run(chars, at, |c| c.is(Class::SPACE));
    match chars[at..end].iter().rposition(|&c| is_break(c)) {
        Some(last_break) => at + last_break + 1,
        None => spaces(chars, at),
    }
}

#[cfg(test)]
mod tests {
    use crate::pre::cut;

    #[test]
    fn numbers_come_in_threes_or_alone() {
        assert_eq!(cut("llama-bpe", "x = 1234567;"), "x| =| |123|456|7|;");
        assert_eq!(cut("qwen2", "x = 123;"), "x| =| |1|2|3|;");
        assert_eq!(cut("llama-bpe", "٣٤٥٦"), "٣٤٥|٦");
    }

    #[test]
    fn any_sign_before_letters_goes_with_them() {
        assert_eq!(cut("qwen2", "self.name (x)\t\tdef _a"), "self|.name| (|x|)|\t|\tdef| _|a");
    }

    #[test]
    fn line_breaks_end_words() {
        assert_eq!(cut("qwen2", "a;\r\n\r\n  b\n  \n c"), "a|;\r\n\r\n| | b|\n  \n| c");
        assert_eq!(cut("qwen2", "a  \n"), "a|  \n");
        assert_eq!(cut("qwen2", "a   "), "a|   ");
    }

    #[test]
    fn contractions_ignore_case() {
        assert_eq!(cut("qwen2", "I'LL you'Ve 'R"), "I|'LL| you|'Ve| '|R");
    }
}
