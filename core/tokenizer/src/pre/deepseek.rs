//! DeepSeek-Coder's words: five expressions, each of which cuts the pieces that the one before it left.
//!
//! `[\r\n]`, `\s?\p{L}+`, `\s?\p{P}+`, `[U+0800-U+9FA5 U+AC00-U+D7FF]+`, `\p{N}`: a match is a piece by itself, and
//! so is what lies between two matches.

use super::{is, run};
use crate::{chars::Char, class::Class};

/// The ends of the words of `chars`.
pub(super) fn words(chars: &[Char]) -> Vec<usize> {
    let break_at = |text: &[Char], at: usize| text[at].is_any(b"\r\n").then_some(at + 1);
    let number_at = |text: &[Char], at: usize| text[at].is(Class::NUMBER).then_some(at + 1);
    let script_at = |text: &[Char], at: usize| Some(run(text, at, is_script)).filter(|&end| end > at);
    let mut ends = if chars.is_empty() { Vec::new() } else { vec![chars.len()] };
    ends = cut(chars, &ends, break_at);
    ends = cut(chars, &ends, |text, at| spaced_run(text, at, Class::LETTER));
    ends = cut(chars, &ends, |text, at| spaced_run(text, at, Class::PUNCTUATION));
    ends = cut(chars, &ends, script_at);
    cut(chars, &ends, number_at)
}

/// Cuts each of the pieces that end at `ends`: `find` gives the end of a match that begins at a place of a piece.
fn cut(chars: &[Char], ends: &[usize], find: impl Fn(&[Char], usize) -> Option<usize>) -> Vec<usize> {
    let mut cuts = Vec::with_capacity(ends.len() * 2);
    let mut start = 0;
    for &end in ends {
        let (piece, mut at, mut after_match) = (&chars[start..end], 0, 0);
        while at < piece.len() {
            let Some(match_end) = find(piece, at) else {
                at += 1;
                continue;
            };
            if at > after_match {
                cuts.push(start + at);
            }
            cuts.push(start + match_end);
            (at, after_match) = (match_end, match_end);
        }
        if after_match < piece.len() {
            cuts.push(end);
        }
        start = end;
    }
    cuts
}

/// `\s?` and then one or more characters of `class`.
fn spaced_run(text: &[Char], at: usize, class: Class) -> Option<usize> {
    let body = at + usize::from(text[at].is(Class::SPACE));
    is(text, body, class).then(|| run(text, body, |c| c.is(class)))
}

/// The scripts from Samaritan to the common Chinese ideographs, and Hangul. llama.cpp takes white space out of them.
fn is_script(char: Char) -> bool {
    matches!(char.code, 0x0800..=0x9fa5 | 0xac00..=0xd7ff) && !char.is(Class::SPACE)
}

#[cfg(test)]
mod tests {
    use crate::pre::cut;

    #[test]
    fn one_space_goes_with_letters_and_with_punctuation() {
        assert_eq!(cut("deepseek-coder", "if  (a1 == 20) {\n\n"), "if| | (|a|1| == |2|0|)| {|\n|\n");
        assert_eq!(cut("deepseek-coder", "a\tb\t\tc  "), "a|\tb|\t|\tc|  ");
    }

    #[test]
    fn scripts_are_cut_out_of_words() {
        assert_eq!(cut("deepseek-coder", "x 漢字é，の"), "x| |漢字|é|，|の");
        assert_eq!(cut("deepseek-coder", "नमस्ते"), "नमस|्|त|े", "marks are not letters");
        assert_eq!(cut("deepseek-coder", "あ\u{2028}\u{2028}い"), "あ|\u{2028}|\u{2028}|い");
    }
}
