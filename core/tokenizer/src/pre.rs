//! Pre-tokenizers: the rules that cut text into words, within which merges then happen.
//!
//! The idea: models publish these rules as regular expressions. Seven names and their aliases come down to five
//! rules, each written here as a scanner over character classes with its expression in the comment. Where llama.cpp
//! departs from a model's published expression, the scanner follows llama.cpp: models are converted, tested and
//! served with it.
//!
//! What it does not do: expressions beyond these five.

mod deepseek;
mod gpt2;
mod llama3;

use crate::{chars::Char, class::Class};

/// A rule that cuts text into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// GPT-2's expression.
    Gpt2,
    /// Every digit by itself, then GPT-2's expression on what lies between.
    Digits,
    /// Llama 3's expression with at most so many digits in a word.
    Llama3 { digits: usize },
    /// DeepSeek-Coder's five expressions, one after the other.
    DeepSeekCoder,
}

/// What a value of `tokenizer.ggml.pre` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PreTokenizer {
    rule: Rule,
    /// A word that is a token is that token, whether merges lead there or not.
    pub(crate) whole_words: bool,
    /// Whether prompts begin with the beginning-of-text token unless the metadata say otherwise.
    pub(crate) add_bos: bool,
}

/// The supported names; the first of each row is the one that messages name.
const NAMES: [(&[&str], PreTokenizer); 7] = [
    (&["smollm"], pre(Rule::Digits)),
    (&["starcoder", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"], pre(Rule::Digits)),
    (&["refact"], pre(Rule::Digits)),
    (
        &[
            "gpt-2",
            "phi-2",
            "jina-es",
            "jina-de",
            "gigachat",
            "jina-v2-es",
            "jina-v2-de",
            "a.x-4.0",
            "mellum",
            "modern-bert",
            "jina-v1-en",
            "jina-v2-code",
            "roberta-bpe",
            "exaone4",
            "mpt",
            "olmo",
            "jais",
            "trillion",
            "granite-docling",
        ],
        pre(Rule::Gpt2),
    ),
    (
        &[
            "qwen2",
            "deepseek-r1-qwen",
            "kormo",
            "f2llmv2",
            "megrez",
            "stablelm2",
            "hunyuan",
            "solar-open",
            "grok-2",
        ],
        pre(Rule::Llama3 { digits: 1 }),
    ),
    (
        &[
            "llama-bpe",
            "llama3",
            "llama-v3",
            "falcon3",
            "falcon-h1",
            "pixtral",
            "midm-2.0",
            "lfm2",
            "jina-v5-nano",
        ],
        PreTokenizer { rule: Rule::Llama3 { digits: 3 }, whole_words: true, add_bos: true },
    ),
    (&["deepseek-coder"], pre(Rule::DeepSeekCoder)),
];

const fn pre(rule: Rule) -> PreTokenizer {
    PreTokenizer { rule, whole_words: false, add_bos: false }
}

impl PreTokenizer {
    /// The pre-tokenizer of this name or alias.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(names, _)| names.contains(&name)).map(|(_, pre)| *pre)
    }

    /// The supported names without aliases, for messages.
    pub(crate) fn supported() -> String {
        NAMES.map(|(names, _)| names[0]).join(", ")
    }

    /// Cuts a text into words: where each ends, counted in characters.
    pub(crate) fn ends(self, chars: &[Char]) -> Vec<usize> {
        let mut ends = Vec::with_capacity(chars.len() / 3);
        match self.rule {
            Rule::Gpt2 => gpt2::words(chars, 0, &mut ends),
            Rule::Digits => {
                let mut start = 0;
                for piece in chars.chunk_by(|a, b| !a.is(Class::NUMBER) && !b.is(Class::NUMBER)) {
                    gpt2::words(piece, start, &mut ends);
                    start += piece.len();
                }
            }
            Rule::Llama3 { digits } => llama3::words(chars, digits, &mut ends),
            Rule::DeepSeekCoder => ends = deepseek::words(chars),
        }
        ends
    }
}

/// Whether `chars` has a character of `class` at `at`.
fn is(chars: &[Char], at: usize, class: Class) -> bool {
    chars.get(at).is_some_and(|c| c.is(class))
}

/// The end of the characters from `at` on that `wanted` holds for.
fn run(chars: &[Char], at: usize, wanted: impl Fn(Char) -> bool) -> usize {
    chars[at..].iter().position(|&c| !wanted(c)).map_or(chars.len(), |len| at + len)
}

/// Whether a character is neither letter nor number nor white space: `[^\s\p{L}\p{N}]`.
fn is_other(char: Char) -> bool {
    !char.is(Class::WORD_OR_SPACE)
}

/// The end of an English contraction at `at`: `'s|'t|'re|'ve|'m|'ll|'d`.
fn contraction(chars: &[Char], at: usize, ignore_case: bool) -> Option<usize> {
    let letter = |i: usize| {
        let letter = u8::try_from(chars.get(at + i)?.code).ok()?;
        Some(if ignore_case { letter.to_ascii_lowercase() } else { letter })
    };
    match (letter(0)?, letter(1)?) {
        (b'\'', b's' | b't' | b'm' | b'd') => Some(at + 2),
        (b'\'', first @ (b'r' | b'v' | b'l')) => {
            let second = if first == b'l' { b'l' } else { b'e' };
            (letter(2)? == second).then_some(at + 3)
        }
        _ => None,
    }
}

/// The end of the word that white space at `at` makes: `\s+(?!\S)|\s+`. All of it at the end of the text, otherwise
/// all but the last, which goes with what follows.
fn spaces(chars: &[Char], at: usize) -> usize {
    let end = run(chars, at, |c| c.is(Class::SPACE));
    if end < chars.len() && end > at + 1 { end - 1 } else { end }
}

/// Test helper: cuts `text` and joins the words with `|`.
#[cfg(test)]
fn cut(name: &str, text: &str) -> String {
    let (_, chars) = crate::chars::chars(text.as_bytes());
    let ends = PreTokenizer::named(name).expect("a supported name").ends(&chars);
    assert_eq!(ends.last().copied().unwrap_or(0), chars.len(), "the last word ends with the text");
    let text: Vec<char> = text.chars().collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let words: Vec<String> =
        starts.zip(&ends).map(|(start, &end)| text[start..end].iter().collect()).collect();
    assert!(!words.iter().any(String::is_empty), "no word is empty: {words:?}");
    words.join("|")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_listed_once() {
        let mut names: Vec<_> = NAMES.iter().flat_map(|(names, _)| names.iter()).collect();
        names.sort();
        let listed = names.len();
        names.dedup();
        assert_eq!(names.len(), listed);
        assert_eq!(PreTokenizer::named("tekken"), None);
        assert_eq!(
            PreTokenizer::supported(),
            "smollm, starcoder, refact, gpt-2, qwen2, llama-bpe, deepseek-coder"
        );
    }

    #[test]
    fn digits_stand_alone_and_cut_white_space() {
        assert_eq!(cut("smollm", "x12  3  y"), "x|1|2|  |3| | y");
        assert_eq!(cut("gpt-2", "x12  3  y"), "x|12| | 3| | y");
    }

    proptest! {
        #[test]
        fn words_are_never_empty_and_cover_the_text(text in r"([ \t\r\n]|[a-z']|[0-9٣]|[.(_]|é|漢|\PC){0,40}") {
            for (names, _) in NAMES {
                cut(names[0], &text);
            }
        }
    }
}
