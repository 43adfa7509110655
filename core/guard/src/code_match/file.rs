//! The fingerprint file, read with suspicion.

use super::{GRAM, TOKENS, WINDOW};
use crate::error::GuardError;

pub(super) const MAGIC: &[u8; 4] = b"GLFP";
pub(super) const VERSION: u32 = 1;

/// Bytes before the tables.
pub(super) const HEADER: usize = 32;

/// Known sources as fingerprints: which runs of tokens stand where.
///
/// # Layout
///
/// Little-endian 32-bit numbers, version 1:
///
/// | bytes | what |
/// |---|---|
/// | 4 | `GLFP` |
/// | 28 | version, tokens in a run, window, documents `d`, bytes of names `n`, tokens `t`, fingerprints `f` |
/// | 4 `d` | where the tokens of each document end, rising, the last is `t` |
/// | 4 `d` | where the name of each document ends, rising, the last is `n` |
/// | 4 `f` | hashes, rising |
/// | 4 `f` | for each of them the index of the run's first token |
/// | `n` | names, UTF-8 |
/// | `t` | a byte of each token's hash |
///
/// That is about 1.5 bytes a token. The text cannot be had back from it.
#[derive(Debug, Clone)]
pub struct Fingerprints {
    bytes: Vec<u8>,
    documents: usize,
    fingerprints: usize,
    /// Where the tables begin.
    name_ends: usize,
    hashes: usize,
    positions: usize,
    names: usize,
    tags: usize,
}

impl Fingerprints {
    /// Checks a file and takes it.
    ///
    /// Nothing is allocated; the time is linear in the file's size, with a
    /// search among the documents for each fingerprint.
    ///
    /// ```
    /// # use ghostlight_guard::{FingerprintBuilder, Fingerprints};
    /// let mut builder = FingerprintBuilder::new();
    /// builder.add("a.c", &"int a; ".repeat(40))?;
    /// assert!(Fingerprints::parse(builder.finish()).is_ok());
    /// assert!(Fingerprints::parse(b"int a;".to_vec()).is_err());
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`GuardError::Fingerprints`] for anything but a complete file of this version.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, GuardError> {
        let fault = |what, at| Err(GuardError::Fingerprints { what, at });
        if bytes.len() < HEADER || !bytes.starts_with(MAGIC) {
            return fault("no header", 0);
        }
        let field = |nth: usize| number(&bytes, 4 + 4 * nth);
        if field(0) as u32 != VERSION {
            return fault("another version", 4);
        }
        if (field(1), field(2)) != (GRAM, WINDOW) {
            return fault("other runs or windows", 8);
        }
        let [documents, names_len, tokens, fingerprints] = std::array::from_fn(|nth| field(3 + nth));
        // 64 bits hold any sum of these, also where `usize` has 32.
        let expected =
            [HEADER as u64, 8 * documents as u64, 8 * fingerprints as u64, names_len as u64, tokens as u64];
        if expected.iter().sum::<u64>() != bytes.len() as u64 {
            return fault("another length than the header says", 16);
        }
        let name_ends = HEADER + 4 * documents;
        let hashes = name_ends + 4 * documents;
        let positions = hashes + 4 * fingerprints;
        let names = positions + 4 * fingerprints;
        let tags = names + names_len;
        let this = Self { documents, fingerprints, name_ends, hashes, positions, names, tags, bytes };
        this.check(names_len, tokens)?;
        Ok(this)
    }

    fn check(&self, names_len: usize, tokens: usize) -> Result<(), GuardError> {
        let fault = |what, at| Err(GuardError::Fingerprints { what, at });
        let (mut token, mut name) = (0, 0);
        for nth in 0..self.documents {
            let ends = (self.token_end(nth), self.name_end(nth));
            if ends.0 < token + TOKENS {
                return fault("a document too short", HEADER + 4 * nth);
            }
            if ends.1 < name || ends.1 > names_len {
                return fault("a name's end", self.name_ends + 4 * nth);
            }
            if std::str::from_utf8(&self.bytes[self.names + name..self.names + ends.1]).is_err() {
                return fault("a name that is not UTF-8", self.names + name);
            }
            (token, name) = ends;
        }
        if token != tokens || name != names_len {
            return fault("tokens or names of no document", 16);
        }
        let mut before = 0;
        for nth in 0..self.fingerprints {
            let hash = self.hash(nth);
            if hash < before {
                return fault("hashes out of order", self.hashes + 4 * nth);
            }
            before = hash;
            let at = self.position(nth);
            let inside = at < tokens && at + GRAM <= self.token_end(self.document_of(at));
            if !inside {
                return fault("a run outside of its document", self.positions + 4 * nth);
            }
        }
        Ok(())
    }

    /// How many sources there are.
    ///
    /// ```
    /// # use ghostlight_guard::{FingerprintBuilder, Fingerprints};
    /// # let mut builder = FingerprintBuilder::new();
    /// # builder.add("a.c", &"int a; ".repeat(40))?;
    /// let known = Fingerprints::parse(builder.finish())?;
    /// assert_eq!(known.documents(), 1);
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// How many runs were kept.
    ///
    /// ```
    /// # use ghostlight_guard::{FingerprintBuilder, Fingerprints};
    /// # let mut builder = FingerprintBuilder::new();
    /// # builder.add("a.c", &"int a; ".repeat(40))?;
    /// let known = Fingerprints::parse(builder.finish())?;
    /// assert!((1..known.tokens()).contains(&known.fingerprints()));
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn fingerprints(&self) -> usize {
        self.fingerprints
    }

    /// How many tokens the sources have.
    ///
    /// ```
    /// # use ghostlight_guard::{FingerprintBuilder, Fingerprints};
    /// # let mut builder = FingerprintBuilder::new();
    /// # builder.add("a.c", &"int a; ".repeat(40))?;
    /// let known = Fingerprints::parse(builder.finish())?;
    /// assert_eq!(known.tokens(), 120); // 40 times `int`, `a` and `;`
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.bytes.len() - self.tags
    }

    /// Bytes of the file.
    ///
    /// ```
    /// # use ghostlight_guard::{FingerprintBuilder, Fingerprints};
    /// # let mut builder = FingerprintBuilder::new();
    /// # builder.add("a.c", &"int a; ".repeat(40))?;
    /// let file = builder.finish();
    /// assert_eq!(Fingerprints::parse(file.clone())?.len(), file.len());
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are no sources.
    ///
    /// ```
    /// # use ghostlight_guard::{FingerprintBuilder, Fingerprints};
    /// let known = Fingerprints::parse(FingerprintBuilder::new().finish())?;
    /// assert!(known.is_empty());
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }

    /// The name of a source; none for an index that is not one.
    ///
    /// ```
    /// # use ghostlight_guard::{FingerprintBuilder, Fingerprints};
    /// # let mut builder = FingerprintBuilder::new();
    /// # builder.add("a.c", &"int a; ".repeat(40))?;
    /// let known = Fingerprints::parse(builder.finish())?;
    /// assert_eq!((known.name(0), known.name(1)), (Some("a.c"), None));
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn name(&self, document: usize) -> Option<&str> {
        if document >= self.documents {
            return None;
        }
        let start = document.checked_sub(1).map_or(0, |before| self.name_end(before));
        std::str::from_utf8(&self.bytes[self.names + start..self.names + self.name_end(document)]).ok()
    }

    /// Places of the runs with this hash.
    pub(super) fn places(&self, hash: u32) -> impl Iterator<Item = usize> {
        let (mut low, mut high) = (0, self.fingerprints);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.hash(middle) < hash { low = middle + 1 } else { high = middle }
        }
        (low..self.fingerprints).take_while(move |nth| self.hash(*nth) == hash).map(|nth| self.position(nth))
    }

    /// The source that a token belongs to, by its index.
    pub(super) fn document_of(&self, token: usize) -> usize {
        let (mut low, mut high) = (0, self.documents);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.token_end(middle) <= token { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The tokens of a source, as indices.
    pub(super) fn tokens_of(&self, document: usize) -> std::ops::Range<usize> {
        let start = document.checked_sub(1).map_or(0, |before| self.token_end(before));
        start..self.token_end(document)
    }

    pub(super) fn tag(&self, token: usize) -> u8 {
        self.bytes[self.tags + token]
    }

    fn token_end(&self, document: usize) -> usize {
        number(&self.bytes, HEADER + 4 * document)
    }

    fn name_end(&self, document: usize) -> usize {
        number(&self.bytes, self.name_ends + 4 * document)
    }

    fn hash(&self, nth: usize) -> u32 {
        number(&self.bytes, self.hashes + 4 * nth) as u32
    }

    fn position(&self, nth: usize) -> usize {
        number(&self.bytes, self.positions + 4 * nth)
    }
}

/// The number at a byte that is known to be there.
fn number(bytes: &[u8], at: usize) -> usize {
    let four = bytes[at..at + 4].try_into().expect("four bytes are four bytes");
    u32::from_le_bytes(four) as usize
}
