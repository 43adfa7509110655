//! Making a fingerprint file from sources.
//!
//! The caller brings texts in an order of its own; the same texts in the same
//! order give the same bytes. Texts too short to hold a copy are left out.

use super::file::{HEADER, MAGIC, VERSION};
use super::lexeme::Lexemes;
use super::{GRAM, Rolling, TOKENS, WINDOW};
use crate::error::GuardError;

/// Tokens in one file: offsets are 32-bit numbers.
const MOST_TOKENS: usize = u32::MAX as usize;

/// Collects sources and writes them as a fingerprint file.
///
/// ```
/// use ghostlight_guard::{FingerprintBuilder, Fingerprints};
/// let mut builder = FingerprintBuilder::new();
/// builder.add("lib/a.c", "int a; ".repeat(40).as_str())?;
/// let fingerprints = Fingerprints::parse(builder.finish())?;
/// assert_eq!(fingerprints.documents(), 1);
/// # Ok::<(), ghostlight_guard::GuardError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct FingerprintBuilder {
    names: Vec<u8>,
    name_ends: Vec<u32>,
    token_ends: Vec<u32>,
    tags: Vec<u8>,
    /// Hash and index of the run's first token.
    kept: Vec<(u32, u32)>,
}

impl FingerprintBuilder {
    /// Without sources.
    ///
    /// ```
    /// # use ghostlight_guard::{FingerprintBuilder, Fingerprints};
    /// let file = FingerprintBuilder::new().finish();
    /// assert!(Fingerprints::parse(file)?.is_empty());
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source by the name it will be reported under; says whether it
    /// was long enough to be kept.
    ///
    /// ```
    /// # use ghostlight_guard::FingerprintBuilder;
    /// let mut builder = FingerprintBuilder::new();
    /// assert!(builder.add("long.c", &"int a; ".repeat(40))?);
    /// assert!(!builder.add("short.c", "int a;")?);
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`GuardError::TooLarge`] when there are more tokens than can be counted.
    pub fn add(&mut self, name: &str, text: &str) -> Result<bool, GuardError> {
        let lexemes = Lexemes::all(text);
        if lexemes.len() < TOKENS {
            return Ok(false);
        }
        let first = self.tags.len();
        let tokens = first + lexemes.len();
        let names_fit = u32::try_from(self.names.len() + name.len()).is_ok();
        let too_large = GuardError::TooLarge { tokens, most: MOST_TOKENS };
        let (Ok(end), true) = (u32::try_from(tokens), names_fit) else { return Err(too_large) };
        let mut rolling = Rolling::new();
        let hashes: Vec<u32> = lexemes.iter().filter_map(|lexeme| rolling.push(*lexeme)).collect();
        let at = |gram: usize| u32::try_from(first + gram).expect("below `end`, which fits");
        self.kept.extend(winnow(&hashes).map(|gram| (hashes[gram], at(gram))));
        self.tags.extend(lexemes.iter().map(|lexeme| lexeme.tag()));
        self.token_ends.push(end);
        self.names.extend_from_slice(name.as_bytes());
        self.name_ends.push(u32::try_from(self.names.len()).expect("checked above"));
        Ok(true)
    }

    /// The file; its layout is described at [`Fingerprints`](super::Fingerprints).
    ///
    /// ```
    /// # use ghostlight_guard::FingerprintBuilder;
    /// let mut builder = FingerprintBuilder::new();
    /// builder.add("a.c", &"int a; ".repeat(40))?;
    /// assert!(builder.finish().starts_with(b"GLFP"));
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.kept.sort_unstable();
        let number = |n: usize| u32::try_from(n).expect("at most as many as tokens or bytes of names");
        let mut file = Vec::with_capacity(HEADER + self.tags.len() + self.names.len() + 8 * self.kept.len());
        file.extend_from_slice(MAGIC);
        for value in [
            VERSION,
            number(GRAM),
            number(WINDOW),
            number(self.token_ends.len()),
            number(self.names.len()),
            number(self.tags.len()),
            number(self.kept.len()),
        ] {
            file.extend(value.to_le_bytes());
        }
        let numbers = self.token_ends.iter().chain(&self.name_ends).copied();
        file.extend(numbers.flat_map(u32::to_le_bytes));
        file.extend(self.kept.iter().flat_map(|(hash, _)| hash.to_le_bytes()));
        file.extend(self.kept.iter().flat_map(|(_, at)| at.to_le_bytes()));
        file.extend(&self.names);
        file.extend(&self.tags);
        file
    }
}

/// Which hashes to keep: the least of every window, the last of equal ones, each once.
fn winnow(hashes: &[u32]) -> impl Iterator<Item = usize> {
    let mut previous = None;
    let mut least: Option<usize> = None;
    (WINDOW..=hashes.len()).filter_map(move |end| {
        let start = end - WINDOW;
        least = match least {
            // The one from before is still in the window: only the newcomer can be less.
            Some(at) if at >= start => Some(if hashes[end - 1] <= hashes[at] { end - 1 } else { at }),
            _ => (start..end).rev().min_by_key(|at| hashes[*at]),
        };
        let new = least.filter(|_| least != previous);
        previous = least;
        new
    })
}
