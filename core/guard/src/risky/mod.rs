//! Patterns that are known to be dangerous: injection, `eval`, weak
//! cryptography, credentials in the source, paths from strangers.
//!
//! The idea: a rule is a short sequence of tokens, such as
//! `subprocess . run ( ... shell = True`, matched on the tokens of the language,
//! so that comments and the insides of strings are never taken for code. It
//! needs no tree, works on half a line as well as on a file, and reads every
//! byte once, which is what a text that streams asks for.
//!
//! This finds what can be told from a few tokens; where a value comes from is
//! not followed. Where there is a tree, queries find more under the names of the same
//! rules (`core/context/queries/risky`), and [`Policy::judge`](crate::Policy::judge)
//! says what becomes of it. Nothing here knows of trees.

mod lexer;
mod pattern;
mod rules;
mod scan;

use ghostlight_text::Language;

use crate::error::GuardError;
use pattern::Pattern;
pub(crate) use scan::RiskyScan;

/// How sure and how bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Often right where it stands; a reviewer would ask.
    Medium,
    /// Hardly ever what one wants from a suggestion.
    High,
}

/// What is dangerous about a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Danger {
    /// Data that becomes code, a command, a query or markup.
    Injection,
    /// Code run from text.
    Eval,
    /// Cryptography that is broken, or switched off.
    WeakCrypto,
    /// A password or key in the source.
    Credentials,
    /// A path that a stranger chooses.
    PathTraversal,
    /// Objects made from bytes of a stranger.
    Deserialization,
    /// Memory that is written beyond its end, and files that others may replace.
    Memory,
    /// Settings that open what should be closed.
    Exposure,
}

/// A dangerous pattern of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskyRule {
    /// Name in events, such as `python-eval`. Never changes once published.
    pub id: &'static str,
    /// What is wrong, for people.
    pub what: &'static str,
    /// Its kind.
    pub danger: Danger,
    /// Number in the Common Weakness Enumeration.
    pub cwe: u16,
    /// How bad it is.
    pub severity: Severity,
    /// Sequences of tokens, any of which is a hit.
    pub patterns: &'static [&'static str],
}

impl RiskyRule {
    const fn new(
        id: &'static str,
        danger: Danger,
        cwe: u16,
        what: &'static str,
        patterns: &'static [&'static str],
    ) -> Self {
        Self { id, what, danger, cwe, severity: Severity::High, patterns }
    }

    const fn medium(self) -> Self {
        Self { severity: Severity::Medium, ..self }
    }
}

/// The rules of one language, ready to run.
#[derive(Debug, Clone)]
pub struct RiskyRules {
    rules: Vec<RiskyRule>,
    patterns: Vec<(usize, Pattern)>,
    language: &'static Language,
}

impl RiskyRules {
    /// The rules that come with Ghostlight for a language; none where its row names none.
    ///
    /// ```
    /// use ghostlight_guard::RiskyRules;
    /// use ghostlight_text::Language;
    /// assert!(Language::from_id("python").and_then(RiskyRules::builtin).is_some());
    /// assert!(Language::from_id("markdown").and_then(RiskyRules::builtin).is_none());
    /// ```
    #[must_use]
    pub fn builtin(language: &'static Language) -> Option<Self> {
        let rules = rules::named(language.risky_rules?)?;
        Some(Self::compile(language, rules).expect("a test compiles the rules of every language"))
    }

    /// Ids of the languages that have rules.
    ///
    /// ```
    /// use ghostlight_guard::RiskyRules;
    /// assert!(RiskyRules::languages().any(|id| id == "typescript"));
    /// ```
    pub fn languages() -> impl Iterator<Item = &'static str> {
        Language::all().iter().filter(|language| language.risky_rules.is_some()).map(|language| language.id)
    }

    /// Names of all sets of rules, which rows of the language table name.
    ///
    /// ```
    /// use ghostlight_guard::RiskyRules;
    /// assert!(RiskyRules::names().any(|name| name == "javascript"));
    /// ```
    pub fn names() -> impl Iterator<Item = &'static str> {
        rules::SETS.iter().map(|(name, _)| *name)
    }

    fn compile(language: &'static Language, rules: &[RiskyRule]) -> Result<Self, GuardError> {
        let mut patterns = Vec::new();
        for (nth, rule) in rules.iter().enumerate() {
            for pattern in rule.patterns {
                let pattern = Pattern::parse(pattern, language)
                    .map_err(|part| GuardError::Risky { rule: rule.id, part })?;
                patterns.push((nth, pattern));
            }
        }
        Ok(Self { rules: rules.to_vec(), patterns, language })
    }

    /// The rules, in their order.
    ///
    /// ```
    /// # use ghostlight_guard::RiskyRules;
    /// # use ghostlight_text::Language;
    /// let python = Language::from_id("python").and_then(RiskyRules::builtin).unwrap();
    /// assert!(python.rules().iter().any(|rule| rule.id == "python-eval" && rule.cwe == 95));
    /// ```
    #[must_use]
    pub fn rules(&self) -> &[RiskyRule] {
        &self.rules
    }

    /// Ids of all rules that a whole text breaks, in the order in which it does.
    ///
    /// ```
    /// # use ghostlight_guard::RiskyRules;
    /// # use ghostlight_text::Language;
    /// let python = Language::from_id("python").and_then(RiskyRules::builtin).unwrap();
    /// assert_eq!(python.scan("total = eval(text)  # not eval(line)\n"), ["python-eval"]);
    /// ```
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<&'static str> {
        let mut scan = RiskyScan::new(self);
        let mut all = Vec::new();
        for byte in text.bytes() {
            scan.push(self, byte, &mut all);
        }
        scan.finish(self, &mut all);
        all.into_iter().map(|rule| self.rules[rule].id).collect()
    }
}
