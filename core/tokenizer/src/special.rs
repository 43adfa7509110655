//! Tokens that are no text: which they are, which of them end a generation, which mark fill in the middle.
//!
//! The idea: metadata name few of them, so the rest is known by the names that code models gave them. Converters
//! disagree about types: a token that has a known name, or that is marked as user-defined and looks like a marker
//! (`<...>`), is taken for a control token whatever its type, so that no text in an editor ever becomes it.
//! Other user-defined tokens are texts (runs of spaces, letters) and remain texts.

use ghostlight_text::TokenId;

use crate::data::{TYPE_CONTROL, TYPE_UNKNOWN, TYPE_USER_DEFINED, TokenizerData};

/// The markers of fill in the middle that a vocabulary has.
///
/// `repo` is followed by a repository's name, `sep` by a file's path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FimTokens {
    /// Before the text that precedes the cursor.
    pub prefix: Option<TokenId>,
    /// Before the text that follows the cursor.
    pub suffix: Option<TokenId>,
    /// Before the text that the model writes.
    pub middle: Option<TokenId>,
    /// Filler; also ends a completion.
    pub pad: Option<TokenId>,
    /// Before a repository's name.
    pub repo: Option<TokenId>,
    /// Between files.
    pub sep: Option<TokenId>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Made by merges.
    Ordinary,
    /// A text that is matched before anything else.
    Literal,
    /// No text, and never made from text.
    Control,
}

const PREFIX: &[&str] = &[
    "<|fim_prefix|>",
    "<fim_prefix>",
    "<fim-prefix>",
    "<｜fim▁begin｜>",
    "<PRE>",
    "▁<PRE>",
    "<|code_prefix|>",
    "<|prefix|>",
];
const SUFFIX: &[&str] = &[
    "<|fim_suffix|>",
    "<fim_suffix>",
    "<fim-suffix>",
    "<｜fim▁hole｜>",
    "<SUF>",
    "▁<SUF>",
    "<|code_suffix|>",
    "<|suffix|>",
];
const MIDDLE: &[&str] = &[
    "<|fim_middle|>",
    "<fim_middle>",
    "<fim-middle>",
    "<｜fim▁end｜>",
    "<MID>",
    "▁<MID>",
    "<|code_middle|>",
    "<|middle|>",
];
const PAD: &[&str] = &["<|fim_pad|>", "<fim_pad>", "<fim-pad>", "<PAD>"];
const REPO: &[&str] = &["<|repo_name|>", "<|fim_repo|>", "<repo_name>", "<reponame>", "<fim-repo>", "<REPO>"];
const SEPARATOR: &[&str] = &["<|file_sep|>", "<file_sep>"];
const END_OF_TURN: &[&str] = &[
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<end_of_turn>",
    "<|EOT|>",
    "<EOT>",
    "_<EOT>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "<｜end▁of▁sentence｜>",
    "<end_of_utterance>",
];
/// Names that end a generation, beside those of [`END_OF_TURN`].
const END: &[&str] = &["<|eom_id|>", "<|return|>", "<|call|>", "</s>", "<eos>", "[EOT]", "[EOS]"];

/// All that is known about a vocabulary's special tokens.
#[derive(Debug)]
pub(crate) struct Specials {
    /// The kind of each token.
    pub(crate) kinds: Vec<Kind>,
    /// Names of the control tokens.
    pub(crate) names: Vec<(Box<str>, TokenId)>,
    /// The texts of [`Kind::Literal`], the longest first.
    pub(crate) literals: Vec<(Box<[u8]>, TokenId)>,
    /// Tokens that end a generation, in ascending order.
    pub(crate) ends: Vec<TokenId>,
    pub(crate) fim: FimTokens,
    pub(crate) eot: Option<TokenId>,
}

impl Specials {
    pub(crate) fn new(data: &TokenizerData<'_>) -> Self {
        let mut kinds = Vec::with_capacity(data.tokens.len());
        let (mut names, mut literals) = (Vec::new(), Vec::new());
        let types = data.token_types.as_deref().unwrap_or(&[]);
        for ((text, index), id) in data.tokens.iter().zip(0..).zip((0..).map(TokenId)) {
            let kind = kind(text, types.get::<usize>(index).copied());
            kinds.push(kind);
            match kind {
                Kind::Control => names.push((String::from_utf8_lossy(text).into(), id)),
                Kind::Literal => literals.push((text.into(), id)),
                Kind::Ordinary => {}
            }
        }
        literals.sort_by_key(|(text, _): &(Box<[u8]>, _)| std::cmp::Reverse(text.len()));

        let known = |known: &[&str]| known.iter().find_map(|name| find(&names, name));
        let fim = FimTokens {
            prefix: data.fim.prefix.or_else(|| known(PREFIX)),
            suffix: data.fim.suffix.or_else(|| known(SUFFIX)),
            middle: data.fim.middle.or_else(|| known(MIDDLE)),
            pad: data.fim.pad.or_else(|| known(PAD)),
            repo: data.fim.repo.or_else(|| known(REPO)),
            sep: data.fim.sep.or_else(|| known(SEPARATOR)),
        };
        let eot = data.eot.or_else(|| known(END_OF_TURN));
        let mut ends: Vec<_> = [END_OF_TURN, END, PAD, REPO, SEPARATOR]
            .iter()
            .flat_map(|known| known.iter().filter_map(|name| find(&names, name)))
            .chain([data.eos, eot, data.eom, fim.pad, fim.repo, fim.sep].into_iter().flatten())
            .collect();
        ends.sort();
        ends.dedup();
        Self { kinds, names, literals, ends, fim, eot }
    }

    /// Whether merges may make this token.
    pub(crate) fn is_ordinary(&self, id: TokenId) -> bool {
        self.kinds.get(id.index()) != Some(&Kind::Control)
    }
}

/// The control token of this name.
pub(crate) fn find(names: &[(Box<str>, TokenId)], name: &str) -> Option<TokenId> {
    names.iter().find(|(known, _)| **known == *name).map(|(_, id)| *id)
}

fn kind(text: &[u8], token_type: Option<i32>) -> Kind {
    let is_marker = || text.len() > 2 && text.starts_with(b"<") && text.ends_with(b">");
    match token_type {
        Some(TYPE_CONTROL | TYPE_UNKNOWN) => Kind::Control,
        Some(TYPE_USER_DEFINED) if is_marker() => Kind::Control,
        _ if is_known(text) => Kind::Control,
        Some(TYPE_USER_DEFINED) if !text.is_empty() => Kind::Literal,
        _ => Kind::Ordinary,
    }
}

/// Whether a text is one of the names above.
fn is_known(text: &[u8]) -> bool {
    // Nearly all tokens leave here, before the long comparison.
    if !matches!(text, [b'<', .., b'>'] | [b'[', .., b']'] | [b'_', .., b'>'] | [0xe2, .., b'>']) {
        return false;
    }
    let lists = [PREFIX, SUFFIX, MIDDLE, PAD, REPO, SEPARATOR, END_OF_TURN, END];
    lists.iter().any(|known| known.iter().any(|name| name.as_bytes() == text))
}
