//! Secrets in a text that streams: keys, tokens, passwords.
//!
//! The idea: almost every issuer of tokens gives them a fixed beginning, so a
//! rule is a keyword and a short pattern for what follows. Rules are data, one
//! file a kind of issuer in `rules`. Matches are judged by randomness and by a
//! list of placeholders.
//!
//! No token is ever tried on its issuer, and no rule guesses at secrets without
//! a keyword near them: long random text alone is not one.

mod judge;
mod machine;
mod pattern;
mod rules;

use crate::error::GuardError;
use machine::{Machine, Match, Run};

/// Whether keywords are meant as they are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Case {
    /// As spelled, at the beginning of a word.
    Exact,
    /// In any case, also within a name: `MY_API_KEY`, `myApiKey`.
    Any,
}

/// What has to follow a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Nothing: it counts as soon as it is complete.
    Open,
    /// Anything but a letter, a digit, `_` or `-`, or the end of the text.
    Word,
    /// Anything but a character of base64 in either alphabet, or the end of the text.
    Base64,
}

/// Which characters a secret cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mix {
    /// None.
    Any,
    /// A letter and a digit.
    LetterAndDigit,
    /// A lower-case letter, an upper-case letter and a digit.
    BothCasesAndDigit,
}

/// What a kind of secret looks like.
///
/// `pattern` says how the text goes on after one of the keywords, in a bounded
/// part of regular expressions: literals, `[a-z]`, `[^a-z]`, `\s`, `\d`, `\w`,
/// `(?:a|b)`, `?`, `{n}` and `{m,n}`. A capturing group marks the secret where
/// the rest is its surroundings; without one the whole match is the secret.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SecretRule {
    /// Name in events, such as `github-token`. Never changes once published.
    pub id: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// What one of stands before the pattern.
    pub keywords: &'static [&'static str],
    /// How keywords are spelled.
    pub case: Case,
    /// What follows a keyword.
    pub pattern: &'static str,
    /// What has to follow the match.
    pub end: End,
    /// Least Shannon entropy of the part after the keyword, or of the marked part, in bits a byte.
    pub entropy: f32,
    /// Which characters that part has to have.
    pub mix: Mix,
}

impl SecretRule {
    /// A token with a fixed beginning, as spelled.
    const fn token(
        id: &'static str,
        what: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
    ) -> Self {
        let (case, end, mix) = (Case::Exact, End::Word, Mix::Any);
        Self { id, what, keywords, case, pattern, end, entropy: 2.5, mix }
    }

    /// A value that a name in any case stands before.
    const fn named(
        id: &'static str,
        what: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
    ) -> Self {
        let (case, end, mix) = (Case::Any, End::Base64, Mix::Any);
        Self { id, what, keywords, case, pattern, end, entropy: 3.0, mix }
    }

    const fn entropy(self, entropy: f32) -> Self {
        Self { entropy, ..self }
    }

    const fn end(self, end: End) -> Self {
        Self { end, ..self }
    }

    const fn mix(self, mix: Mix) -> Self {
        Self { mix, ..self }
    }
}

/// Rules, ready to run.
#[derive(Debug, Clone)]
pub struct SecretRules {
    rules: Vec<SecretRule>,
    machine: Machine,
}

impl SecretRules {
    /// The rules that come with Ghostlight.
    ///
    /// ```
    /// use ghostlight_guard::SecretRules;
    /// assert!(SecretRules::builtin().rules().iter().any(|rule| rule.id == "github-token"));
    /// ```
    #[must_use]
    pub fn builtin() -> Self {
        let rules: Vec<SecretRule> = rules::ALL.iter().flat_map(|rules| rules.iter().copied()).collect();
        Self::compile(rules).expect("a test compiles the rules that come with the crate")
    }

    /// Rules of the caller's.
    ///
    /// ```
    /// use ghostlight_guard::{Case, End, Mix, SecretRule, SecretRules};
    /// let (id, what, keywords, pattern) = ("acme", "Acme key", &["acme_"], "[0-9a-z]{8}");
    /// let (case, end, mix) = (Case::Exact, End::Word, Mix::LetterAndDigit);
    /// let rule = SecretRule { id, what, keywords, case, pattern, end, entropy: 2.5, mix };
    /// let rules = SecretRules::compile(vec![rule])?;
    /// assert_eq!(rules.scan("key = acme_k7q2m9x4").len(), 1);
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`GuardError::Pattern`], [`GuardError::Keyword`] or [`GuardError::States`]
    /// for a rule that cannot be compiled.
    pub fn compile(rules: Vec<SecretRule>) -> Result<Self, GuardError> {
        let machine = Machine::compile(&rules)?;
        Ok(Self { rules, machine })
    }

    /// The rules, in their order.
    ///
    /// ```
    /// use ghostlight_guard::SecretRules;
    /// let rules = SecretRules::builtin();
    /// assert!(rules.rules().iter().all(|rule| !rule.keywords.is_empty()));
    /// ```
    #[must_use]
    pub fn rules(&self) -> &[SecretRule] {
        &self.rules
    }

    /// UTF-8 bytes that are held back at most.
    ///
    /// ```
    /// use ghostlight_guard::SecretRules;
    /// assert!(SecretRules::builtin().longest() >= "ghp_".len() + 36);
    /// ```
    #[must_use]
    pub fn longest(&self) -> usize {
        self.machine.longest()
    }

    /// Every secret in a whole text.
    ///
    /// ```
    /// use ghostlight_guard::SecretRules;
    /// let found = SecretRules::builtin().scan("f(ghp_8Zq1mT4vXc7Ry2Wk9Ld3Ns6Bf0Gh5Jp1QaEu)");
    /// assert_eq!((found[0].rule, found[0].start, found[0].end), ("github-token", 2, 42));
    /// ```
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<FoundSecret> {
        let mut scan = SecretScan::new(self);
        let mut all = Vec::new();
        for byte in text.bytes() {
            all.extend(scan.push(self, byte));
        }
        all.extend(scan.finish(self));
        all
    }
}

/// A secret in a text: where, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FoundSecret {
    /// The rule's id.
    pub rule: &'static str,
    /// Where the secret begins, in UTF-8 bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// Where a scan is in a text that streams.
#[derive(Debug, Clone)]
pub(crate) struct SecretScan {
    run: Run,
    /// The end of the text, as far as a match may need it; begins at `kept_from`.
    kept: Vec<u8>,
    kept_from: usize,
    found: Vec<Match>,
}

/// Bytes that may pile up before those that nothing needs are let go.
const TIDY_AT: usize = 4096;

impl SecretScan {
    pub(crate) fn new(rules: &SecretRules) -> Self {
        Self { run: Run::new(&rules.machine), kept: Vec::new(), kept_from: 0, found: Vec::new() }
    }

    /// Reads a byte; gives the secret that ends here, the first in the order of rules.
    pub(crate) fn push(&mut self, rules: &SecretRules, byte: u8) -> Option<FoundSecret> {
        self.kept.push(byte);
        if self.kept.len() >= TIDY_AT {
            // The machine has not read this byte yet, so it needs nothing beyond it.
            let unneeded = self.run.needed_from() - self.kept_from;
            self.kept.drain(..unneeded);
            self.kept_from += unneeded;
        }
        self.run.push(&rules.machine, byte, &mut self.found);
        self.judge(rules)
    }

    /// The text has ended.
    pub(crate) fn finish(&mut self, rules: &SecretRules) -> Option<FoundSecret> {
        self.run.finish(&rules.machine, &mut self.found);
        self.judge(rules)
    }

    /// From where on the text may still become a secret, in bytes from its start.
    pub(crate) fn held_from(&self, rules: &SecretRules) -> usize {
        self.run.held_from(&rules.machine)
    }

    fn judge(&mut self, rules: &SecretRules) -> Option<FoundSecret> {
        if self.found.is_empty() {
            return None;
        }
        let Self { found, kept, kept_from, .. } = self;
        let real = found.iter().filter(|found| {
            let random = &kept[found.random - *kept_from..found.end - *kept_from];
            judge::is_secret(&rules.rules[found.rule], random)
        });
        let first = real.min_by_key(|found| (found.rule, found.start)).copied();
        found.clear();
        let rule = |found: Match| rules.rules[found.rule].id;
        first.map(|found| FoundSecret { rule: rule(found), start: found.start, end: found.end })
    }
}
