//! The guard of one answer: text comes in as it is made, what may be shown goes out.
//!
//! The idea: every detector reads byte by byte, so where the text is cut into
//! pieces cannot matter. Text that may still become a secret is held back, and
//! only that; so no part of a secret is ever shown, and the wait has a bound.
//! At the first hit the answer is over: what was shown has to be taken away,
//! and the event has the name of the rule, never the text.
//!
//! The guard does not decide whether a file may be completed or sent at all;
//! that is [`reach`](crate::reach)'s.

use crate::code_match::{CodeMatch, Fingerprints};
use crate::risky::{RiskyRule, RiskyRules, RiskyScan, Severity};
use crate::secrets::{SecretRules, SecretScan};

/// UTF-8 bytes before the cursor that are read first: more than any rule needs
/// to be in the middle of what it looks for.
const BEFORE_BYTES: usize = 4096;

/// What answers are held to. A part that is none is not looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy<'a> {
    /// Secrets.
    pub secrets: Option<&'a SecretRules>,
    /// Risky patterns of the file's language.
    pub risky: Option<&'a RiskyRules>,
    /// How bad a risky pattern has to be to end an answer; [`Severity::High`] if none.
    pub severity: Option<Severity>,
    /// Known sources that must not be repeated.
    pub known: Option<&'a Fingerprints>,
    /// How many of the 65 tokens of a copy the answer has to bring itself, so
    /// that text which stood there before is not held against it; [`OWN_TOKENS`] if none.
    pub own_tokens: Option<usize>,
}

impl Policy<'_> {
    /// The cut for rules that somebody else found broken, such as a reader of syntax
    /// trees: the first that is bad enough. None for ids that the language has not.
    ///
    /// ```
    /// # use ghostlight_guard::{Policy, RiskyRules};
    /// # use ghostlight_text::Language;
    /// let rules = Language::from_id("python").and_then(RiskyRules::builtin);
    /// let policy = Policy { risky: rules.as_ref(), ..Policy::default() };
    /// assert_eq!(policy.judge(["python-eval"]).map(|cut| cut.rule), Some("python-eval"));
    /// assert_eq!(policy.judge(["go-unknown"]), None);
    /// ```
    #[must_use]
    pub fn judge<'i>(&self, broken: impl IntoIterator<Item = &'i str>) -> Option<Cut> {
        let rules = self.risky?.rules();
        let known = |id: &str| rules.iter().find(|rule| rule.id == id);
        self.worst(broken.into_iter().filter_map(known))
    }

    /// The first rule that is bad enough.
    fn worst<'r>(&self, mut broken: impl Iterator<Item = &'r RiskyRule>) -> Option<Cut> {
        let least = self.severity.unwrap_or(Severity::High);
        broken.find(|rule| rule.severity >= least).map(|rule| Cut { rule: rule.id, document: None })
    }
}

/// Tokens of a copy that have to be the answer's own.
pub const OWN_TOKENS: usize = 16;

/// Why an answer was cut. It holds no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cut {
    /// The rule's id; [`CODE_MATCH`] for a copy.
    pub rule: &'static str,
    /// For a copy, the source by its index in the fingerprint file.
    pub document: Option<usize>,
}

/// The rule's id of a verbatim copy.
pub const CODE_MATCH: &str = "code-match";

/// What may be done with an answer so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// This text may be shown after what was shown before; it may be empty.
    Show(&'a str),
    /// The answer is over, and what was shown of it has to go.
    Cut(Cut),
}

/// The guard of one answer.
///
/// ```
/// use ghostlight_guard::{Guard, Policy, SecretRules, Verdict};
/// let secrets = SecretRules::builtin();
/// let mut guard = Guard::new(Policy { secrets: Some(&secrets), ..Policy::default() }, "key = ");
/// assert_eq!(guard.push("1 + g"), Verdict::Show("1 + "));
/// assert_eq!(guard.push("reat"), Verdict::Show("great"));
/// assert_eq!(guard.finish(), Verdict::Show(""));
/// ```
#[derive(Debug, Clone)]
pub struct Guard<'a> {
    policy: Policy<'a>,
    secrets: Option<SecretScan>,
    risky: Option<RiskyScan>,
    copies: Option<CodeMatch>,
    /// Bytes read before the answer began.
    before: usize,
    /// Text of the answer that is not shown yet, after `shown` bytes of it that are.
    text: String,
    shown: usize,
    /// Bytes of the answer that have left `text`.
    gone: usize,
    cut: Option<Cut>,
    broken: Vec<usize>,
}

impl<'a> Guard<'a> {
    /// Of an answer that is to stand after `before`. What is there already is
    /// read, but never held against the answer.
    ///
    /// ```
    /// # use ghostlight_guard::{Guard, Policy, RiskyRules, Verdict};
    /// # use ghostlight_text::Language;
    /// let rules = Language::from_id("python").and_then(RiskyRules::builtin);
    /// let policy = Policy { risky: rules.as_ref(), ..Policy::default() };
    /// let mut guard = Guard::new(policy, "eval(text)\n");
    /// assert_eq!(guard.push("print(1)\n"), Verdict::Show("print(1)\n"));
    /// ```
    #[must_use]
    pub fn new(policy: Policy<'a>, before: &str) -> Self {
        let before = &before[before.ceil_char_boundary(before.len().saturating_sub(BEFORE_BYTES))..];
        let mut guard = Self {
            secrets: policy.secrets.map(SecretScan::new),
            risky: policy.risky.map(RiskyScan::new),
            copies: policy.known.map(|_| CodeMatch::new()),
            policy,
            before: before.len(),
            text: String::new(),
            shown: 0,
            gone: 0,
            cut: None,
            broken: Vec::new(),
        };
        if let Some(scan) = &mut guard.risky {
            scan.begin_existing();
        }
        for byte in before.bytes() {
            // Hits end before the answer begins, so they are not its fault.
            guard.read(byte, false);
        }
        if let Some(scan) = &mut guard.risky {
            scan.begin_generated();
        }
        if let Some(copies) = &mut guard.copies {
            copies.begin_generated();
        }
        guard
    }

    /// More of the answer. After a cut it stays cut.
    ///
    /// ```
    /// # use ghostlight_guard::{Cut, Guard, Policy, RiskyRules, Verdict};
    /// # use ghostlight_text::Language;
    /// # let rules = Language::from_id("python").and_then(RiskyRules::builtin);
    /// # let policy = Policy { risky: rules.as_ref(), ..Policy::default() };
    /// let mut guard = Guard::new(policy, "total = ");
    /// assert_eq!(guard.push("len(text)\n"), Verdict::Show("len(text)\n"));
    /// assert_eq!(guard.push("eval(text)\n"), Verdict::Cut(Cut { rule: "python-eval", document: None }));
    /// ```
    pub fn push(&mut self, delta: &str) -> Verdict<'_> {
        self.text.drain(..self.shown);
        self.gone += self.shown;
        self.shown = 0;
        for byte in delta.bytes() {
            if self.cut.is_none() {
                self.cut = self.read(byte, true);
            }
        }
        if let Some(cut) = self.cut {
            self.text.clear();
            return Verdict::Cut(cut);
        }
        self.text.push_str(delta);
        let held_from = match (&self.secrets, self.policy.secrets) {
            (Some(scan), Some(rules)) => scan.held_from(rules),
            _ => usize::MAX,
        };
        let held_from = held_from.saturating_sub(self.before).saturating_sub(self.gone);
        self.shown = self.text.floor_char_boundary(held_from);
        Verdict::Show(&self.text[..self.shown])
    }

    /// The answer has ended: gives what was held back of it.
    ///
    /// ```
    /// # use ghostlight_guard::{Guard, Policy, SecretRules, Verdict};
    /// # let secrets = SecretRules::builtin();
    /// # let policy = Policy { secrets: Some(&secrets), ..Policy::default() };
    /// let mut guard = Guard::new(policy, "");
    /// assert_eq!(guard.push("a + g"), Verdict::Show("a + "));
    /// assert_eq!(guard.finish(), Verdict::Show("g"));
    /// ```
    pub fn finish(&mut self) -> Verdict<'_> {
        if self.cut.is_none() {
            self.cut = self.ended();
        }
        if let Some(cut) = self.cut {
            self.text.clear();
            return Verdict::Cut(cut);
        }
        self.text.drain(..self.shown);
        self.gone += self.shown;
        self.shown = self.text.len();
        Verdict::Show(&self.text)
    }

    /// UTF-8 bytes of the answer that are held back now.
    ///
    /// ```
    /// # use ghostlight_guard::{Guard, Policy, SecretRules};
    /// # let secrets = SecretRules::builtin();
    /// # let policy = Policy { secrets: Some(&secrets), ..Policy::default() };
    /// let mut guard = Guard::new(policy, "");
    /// guard.push("a + ghp_8Zq1");
    /// assert_eq!(guard.held(), "ghp_8Zq1".len());
    /// ```
    #[must_use]
    pub fn held(&self) -> usize {
        self.text.len() - self.shown
    }

    /// Has all detectors read a byte; secrets come before copies, and those before patterns.
    fn read(&mut self, byte: u8, is_answer: bool) -> Option<Cut> {
        let Policy { secrets, risky, known, .. } = self.policy;
        let mut cut = None;
        if let (Some(scan), Some(rules)) = (&mut self.secrets, secrets) {
            let found = scan.push(rules, byte).filter(|found| is_answer && found.end > self.before);
            cut = found.map(|found| Cut { rule: found.rule, document: None });
        }
        if let (Some(copies), Some(known)) = (&mut self.copies, known) {
            let own = self.policy.own_tokens.unwrap_or(OWN_TOKENS).max(1);
            let found = copies.push(known, byte, own);
            cut = cut.or(found.map(|document| Cut { rule: CODE_MATCH, document: Some(document) }));
        }
        if let (Some(scan), Some(rules)) = (&mut self.risky, risky) {
            scan.push(rules, byte, &mut self.broken);
            cut = cut.or(self.worst(rules));
        }
        cut
    }

    fn ended(&mut self) -> Option<Cut> {
        let Policy { secrets, risky, known, .. } = self.policy;
        let mut cut = None;
        if let (Some(scan), Some(rules)) = (&mut self.secrets, secrets) {
            let found = scan.finish(rules).filter(|found| found.end > self.before);
            cut = found.map(|found| Cut { rule: found.rule, document: None });
        }
        if let (Some(copies), Some(known)) = (&mut self.copies, known) {
            let own = self.policy.own_tokens.unwrap_or(OWN_TOKENS).max(1);
            let found = copies.finish(known, own);
            cut = cut.or(found.map(|document| Cut { rule: CODE_MATCH, document: Some(document) }));
        }
        if let (Some(scan), Some(rules)) = (&mut self.risky, risky) {
            scan.finish(rules, &mut self.broken);
            cut = cut.or(self.worst(rules));
        }
        cut
    }

    /// The first rule broken just now that is bad enough.
    fn worst(&mut self, rules: &RiskyRules) -> Option<Cut> {
        self.policy.worst(self.broken.drain(..).map(|rule| &rules.rules()[rule]))
    }
}

/// Reads a whole answer at once.
///
/// ```
/// use ghostlight_guard::{Policy, RiskyRules, check};
/// # use ghostlight_text::Language;
/// let rules = Language::from_id("python").and_then(RiskyRules::builtin);
/// let policy = Policy { risky: rules.as_ref(), ..Policy::default() };
/// assert_eq!(check(policy, "total = ", "eval(text)\n").map(|cut| cut.rule), Some("python-eval"));
/// assert_eq!(check(policy, "total = ", "len(text)\n"), None);
/// ```
#[must_use]
pub fn check(policy: Policy<'_>, before: &str, answer: &str) -> Option<Cut> {
    let mut guard = Guard::new(policy, before);
    guard.push(answer);
    match guard.finish() {
        Verdict::Show(_) => None,
        Verdict::Cut(cut) => Some(cut),
    }
}
