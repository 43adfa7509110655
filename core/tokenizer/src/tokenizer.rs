//! The tokenizer: text to ids and back.
//!
//! The idea: texts of user-defined tokens are cut out first, the pre-tokenizer cuts the rest into words, merges turn
//! each word into tokens. All of it goes over borrowed text and numbers; the only strings kept are the tokens' bytes,
//! in one buffer.
//!
//! What it does not do: put markers around a prompt. Callers do, with the ids that [`Tokenizer::special`],
//! [`Tokenizer::fim`] and [`Tokenizer::bos`] give.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use ghostlight_gguf::{Metadata, Strings};
use ghostlight_text::TokenId;
use hashbrown::HashTable;

use crate::{
    FimTokens, TokenizerError, alphabet, chars,
    data::{MODEL, TokenizerData},
    merges::{Merges, Scratch},
    pre::PreTokenizer,
    special::{self, Kind, Specials},
};

/// A byte-level BPE tokenizer.
#[derive(Debug)]
pub struct Tokenizer {
    pre: PreTokenizer,
    merges: Merges,
    specials: Specials,
    /// The bytes that each token stands for; of control tokens, none.
    bytes: Strings,
    /// Tokens by their bytes, where the pre-tokenizer takes whole words.
    words: Option<HashTable<TokenId>>,
    hasher: FixedState,
    bos: Option<TokenId>,
    eos: Option<TokenId>,
    add_bos: bool,
}

impl Tokenizer {
    /// The tokenizer that a model's metadata describe.
    ///
    /// # Errors
    /// [`TokenizerError::Metadata`] when a key is missing or has another type, [`TokenizerError::Model`] for
    /// another kind of tokenizer; else as [`Tokenizer::new`].
    pub fn from_gguf(metadata: &Metadata) -> Result<Self, TokenizerError> {
        Self::new(&TokenizerData::from_metadata(metadata)?)
    }

    /// The tokenizer of these data.
    ///
    /// # Errors
    /// [`TokenizerError::Model`], [`TokenizerError::Pre`] and [`TokenizerError::NoPre`] for kinds that are not supported,
    /// [`TokenizerError::Empty`] without a token, [`TokenizerError::Types`] when there are fewer types than tokens.
    pub fn new(data: &TokenizerData<'_>) -> Result<Self, TokenizerError> {
        let short = |name: &str| name.chars().take(80).collect::<String>();
        if data.model != MODEL {
            return Err(TokenizerError::Model { model: short(data.model) });
        }
        let supported = PreTokenizer::supported;
        let name = data.pre.ok_or_else(|| TokenizerError::NoPre { supported: supported() })?;
        let pre = PreTokenizer::named(name)
            .ok_or_else(|| TokenizerError::Pre { pre: short(name), supported: supported() })?;
        if data.tokens.is_empty() {
            return Err(TokenizerError::Empty);
        }
        if let Some(types) = data.token_types.as_deref().filter(|types| types.len() < data.tokens.len()) {
            return Err(TokenizerError::Types { tokens: data.tokens.len(), types: types.len() });
        }
        let specials = Specials::new(data);
        let merges = Merges::new(data.tokens, data.merges, |id| specials.is_ordinary(id));
        let hasher = FixedState::default();
        let (bytes, words) = bytes(data.tokens, &specials, &hasher, pre.whole_words);
        let (bos, eos) = (data.bos, data.eos);
        let add_bos = bos.is_some() && data.add_bos.unwrap_or(pre.add_bos);
        Ok(Self { pre, merges, specials, bytes, words, hasher, bos, eos, add_bos })
    }

    /// The ids of a text, which need not be UTF-8.
    ///
    /// This is ordinary encoding: a text that spells a control token's name gives the tokens of its letters, and no
    /// beginning-of-text token is added. Invalid UTF-8 is encoded as U+FFFD. Bytes that the vocabulary has no token
    /// for give no id; vocabularies that lack some exist (SmolLM's has no token for 21 bytes, control characters and
    /// ones that UTF-8 hardly or never uses).
    pub fn encode(&self, text: impl AsRef<[u8]>) -> Vec<TokenId> {
        let text = text.as_ref();
        let mut out = Vec::with_capacity(text.len() / 3 + 1);
        self.encode_around(text, &self.specials.literals, &mut Scratch::default(), &mut out);
        out
    }

    /// Cuts the literals out of `text` and encodes what lies between.
    fn encode_around(
        &self,
        text: &[u8],
        literals: &[(Box<[u8]>, TokenId)],
        scratch: &mut Scratch,
        out: &mut Vec<TokenId>,
    ) {
        let Some(((literal, id), shorter)) = literals.split_first() else {
            return self.encode_words(text, scratch, out);
        };
        let mut rest = text;
        while let Some(at) = find(rest, literal) {
            self.encode_around(&rest[..at], shorter, scratch, out);
            out.push(*id);
            rest = &rest[at + literal.len()..];
        }
        self.encode_around(rest, shorter, scratch, out);
    }

    fn encode_words(&self, text: &[u8], scratch: &mut Scratch, out: &mut Vec<TokenId>) {
        let (text, chars) = chars::chars(text);
        let (mut chars, mut before) = (chars.as_slice(), 0);
        let mut rest = &*text;
        for end in self.pre.ends(chars) {
            let (word, after) = chars.split_at(end - before);
            let (word, tail) = rest.split_at(word.iter().map(|c| c.len()).sum());
            match self.word(word) {
                Some(id) => out.push(id),
                None => self.merges.encode(word, scratch, out),
            }
            (chars, before, rest) = (after, end, tail);
        }
    }

    /// The token that is this whole word, where the pre-tokenizer takes those.
    fn word(&self, word: &[u8]) -> Option<TokenId> {
        let words = self.words.as_ref()?;
        words.find(self.hasher.hash_one(word), |&id| self.token_bytes(id) == word).copied()
    }

    /// The bytes that a token stands for, a part of a character perhaps. None for control tokens and for ids outside
    /// the vocabulary.
    pub fn token_bytes(&self, id: TokenId) -> &[u8] {
        self.bytes.get(id.index()).unwrap_or_default()
    }

    /// The text of these tokens; what is not UTF-8 becomes U+FFFD.
    pub fn decode(&self, ids: &[TokenId]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|&id| self.token_bytes(id)).copied().collect();
        String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
    }

    /// The token that begins a text.
    pub fn bos(&self) -> Option<TokenId> {
        self.bos
    }

    /// The token that ends a text.
    pub fn eos(&self) -> Option<TokenId> {
        self.eos
    }

    /// The token that ends a turn of a conversation.
    pub fn eot(&self) -> Option<TokenId> {
        self.specials.eot
    }

    /// Whether a prompt should begin with [`Tokenizer::bos`], which then is there.
    pub fn add_bos(&self) -> bool {
        self.add_bos
    }

    /// Whether a generation ends with this token: end of text, of turn, of message, of file.
    pub fn is_end(&self, id: TokenId) -> bool {
        self.specials.ends.binary_search(&id).is_ok()
    }

    /// The control token of this name, such as `<|im_start|>`.
    pub fn special(&self, name: &str) -> Option<TokenId> {
        special::find(&self.specials.names, name)
    }

    /// The name of a control token, `None` for all others.
    pub fn special_name(&self, id: TokenId) -> Option<&str> {
        self.specials.names.iter().find(|(_, known)| *known == id).map(|(name, _)| &**name)
    }

    /// The markers of fill in the middle: those that the metadata name, else those with names that models are known
    /// to use.
    pub fn fim(&self) -> FimTokens {
        self.specials.fim
    }

    /// Number of tokens, control tokens included.
    pub fn vocab_size(&self) -> usize {
        self.bytes.len()
    }
}

/// The bytes of each token and, if wanted, the tokens by their bytes.
fn bytes(
    tokens: &Strings,
    specials: &Specials,
    hasher: &FixedState,
    by_word: bool,
) -> (Strings, Option<HashTable<TokenId>>) {
    let mut bytes = Strings::with_capacity(tokens.len(), tokens.total_bytes());
    let mut words = by_word.then(|| HashTable::with_capacity(tokens.len()));
    let mut buffer = Vec::new();
    for ((text, kind), id) in tokens.iter().zip(&specials.kinds).zip((0..).map(TokenId)) {
        buffer.clear();
        let spelled = match kind {
            Kind::Ordinary => spell(text, &mut buffer),
            Kind::Literal => {
                buffer.extend_from_slice(text);
                false
            }
            Kind::Control => false,
        };
        bytes.push(&buffer);
        if let Some(words) = words.as_mut().filter(|_| spelled) {
            let text_of = |id: &TokenId| bytes.get(id.index()).unwrap_or_default();
            let hash = hasher.hash_one(&*buffer);
            match words.find_mut(hash, |known| text_of(known) == buffer) {
                Some(known) => *known = id,
                None => {
                    words.insert_unique(hash, id, |known| hasher.hash_one(text_of(known)));
                }
            }
        }
    }
    (bytes, words)
}

/// Appends the bytes that a token's text spells; characters outside the alphabet stand for themselves, and the result
/// is then `false`.
fn spell(text: &[u8], bytes: &mut Vec<u8>) -> bool {
    let mut spelled = true;
    let mut rest = text;
    while let Some(&itself) = rest.first() {
        let first = alphabet::first(rest);
        spelled &= first.is_some();
        let (byte, len) = first.unwrap_or((itself, 1));
        bytes.push(byte);
        rest = &rest[len..];
    }
    spelled
}

/// Where `needle`, which is not empty, first occurs.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        from += text[from..].iter().position(|&byte| byte == needle[0])?;
        if text[from..].starts_with(needle) {
            return Some(from);
        }
        from += 1;
    }
}
