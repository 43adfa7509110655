// A tokenizer with one token a byte, and models that know a text by heart. Examples in the documentation
// include this file.

use ghostlight_complete::{Session, SessionOptions, Vocabulary};
use ghostlight_context::{ModelFacts, Role, TokenBudget, Tokens};
use ghostlight_decode::{ScriptedDecoder, TokenText};
use ghostlight_text::TokenId;

/// Ends a generation.
pub(crate) const END: TokenId = TokenId(256);
const MARKER: u32 = 257;
const VOCAB: u32 = 300;

/// Every byte.
static ALL: [u8; 256] = {
    let mut all = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        all[byte] = byte as u8;
        byte += 1;
    }
    all
};

/// One token a byte, and control tokens by name.
#[derive(Debug, Default, Clone)]
pub(crate) struct Bytes(pub(crate) &'static [&'static str]);

impl Tokens for Bytes {
    fn encode(&self, text: &str) -> Vec<TokenId> {
        text.bytes().map(|byte| TokenId(byte.into())).collect()
    }

    fn token_bytes(&self, token: TokenId) -> &[u8] {
        ALL.get(token.index()..=token.index()).unwrap_or_default()
    }

    fn control(&self, name: &str) -> Option<TokenId> {
        self.0.iter().position(|known| *known == name).map(marker)
    }

    fn fim(&self, _: Role) -> Option<TokenId> {
        None
    }

    fn first(&self) -> Option<TokenId> {
        None
    }
}

/// The control token with this place in the list of names.
pub(crate) fn marker(at: usize) -> TokenId {
    TokenId(MARKER + at as u32)
}

/// Whole characters of the bytes so far.
#[derive(Debug, Default)]
pub(crate) struct ByteText {
    held: Vec<u8>,
    out: String,
}

impl TokenText for ByteText {
    fn push(&mut self, token: TokenId) -> &str {
        self.out.clear();
        self.held.extend(u8::try_from(token.0).ok());
        if let Ok(text) = std::str::from_utf8(&self.held) {
            self.out.push_str(text);
            self.held.clear();
        }
        &self.out
    }

    fn finish(&mut self) -> &str {
        "\u{FFFD}"
    }

    fn is_end(&self, token: TokenId) -> bool {
        token == END
    }
}

impl Vocabulary for Bytes {
    type Text<'a> = ByteText;

    fn text(&self) -> ByteText {
        ByteText::default()
    }
}

/// Goes on as `text` does wherever the cache is a beginning of it, else ends.
pub(crate) fn knowing(text: &str) -> ScriptedDecoder {
    let tokens: Vec<TokenId> = Bytes::default().encode(text);
    ScriptedDecoder::new(VOCAB, 4096, move |cache| {
        let known = tokens.starts_with(cache).then(|| tokens.get(cache.len()).copied());
        known.flatten().unwrap_or(END)
    })
}

/// Goes on as `text` does wherever the end of the cache is a beginning of it, whatever stands before.
pub(crate) fn knowing_anywhere(text: &str) -> ScriptedDecoder {
    let tokens: Vec<TokenId> = Bytes::default().encode(text);
    ScriptedDecoder::new(VOCAB, 4096, move |cache| {
        let written = (0..=cache.len()).find(|&at| tokens.starts_with(&cache[at..]));
        written.and_then(|at| tokens.get(cache.len() - at)).copied().unwrap_or(END)
    })
}

/// Writes `answer` and an end after any prompt that ends with `cue`.
pub(crate) fn answering(cue: TokenId, answer: &str) -> ScriptedDecoder {
    let answer = Bytes::default().encode(answer);
    ScriptedDecoder::new(VOCAB, 4096, move |cache| {
        let at = cache.iter().rposition(|&token| token == cue);
        let written = at.map(|at| &cache[at + 1..]);
        let known = written.filter(|written| answer.starts_with(written));
        known.and_then(|written| answer.get(written.len())).copied().unwrap_or(END)
    })
}

/// Writes something that depends on every token before it.
pub(crate) fn babbling() -> ScriptedDecoder {
    let alphabet = "aab,() {}\n\n  ;=x";
    ScriptedDecoder::new(VOCAB, 400, move |cache| {
        let mix = |h: u64, token: &TokenId| {
            (h ^ u64::from(token.0)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
        };
        let h = cache.iter().fold(7, mix);
        match h % 23 {
            0 => END,
            _ => TokenId(alphabet.as_bytes()[(h >> 32) as usize % alphabet.len()].into()),
        }
    })
}

/// A session that remembers suggestions or not.
pub(crate) fn session(
    decoder: ScriptedDecoder,
    names: &'static [&'static str],
    remembered: usize,
) -> Session<ScriptedDecoder, Bytes> {
    // Scripted probabilities mean nothing, so everything is shown.
    let options =
        SessionOptions { budget: TokenBudget(300), remembered, threshold: 0.0, ..Default::default() };
    Session::new(decoder, Bytes(names), ModelFacts::default(), options).expect("room for a prompt")
}
