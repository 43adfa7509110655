//! The guard of a session: which files are completed at all, and what is never shown.
//!
//! The idea: the detectors of `ghostlight-guard` are compiled when they are
//! first needed, those of a language when its first file is completed, and then
//! serve every answer. A file whose text may go nowhere is refused before a
//! prompt is made of it, so not even the model reads it.
//!
//! What a detector looks for is the guard's own business; how its verdict ends
//! an answer is the session's.

use std::rc::Rc;

use ghostlight_guard::{
    Fingerprints, Policy, PrivacyMode, PrivacyRules, Reach, RiskyRules, SecretRules, Severity, reach,
};
use ghostlight_text::Language;

/// What answers are held to, and which files are completed.
#[derive(Debug, Clone)]
pub struct GuardOptions {
    /// Whether a secret ends an answer.
    pub secrets: bool,
    /// How bad a risky pattern has to be to end an answer; none looks for no patterns.
    pub risky: Option<Severity>,
    /// Known sources of which an answer must not repeat 65 tokens.
    pub known: Option<Fingerprints>,
    /// How far the user lets text go at most.
    pub mode: PrivacyMode,
    /// Rules by path and repository, in layers of which none loosens another.
    pub rules: Vec<PrivacyRules>,
    /// Name of the repository that the files belong to, such as `github.com/owner/name`.
    pub repository: Option<String>,
}

impl Default for GuardOptions {
    /// Secrets and grave patterns end an answer; files that are secrets are not completed.
    fn default() -> Self {
        Self {
            secrets: true,
            risky: Some(Severity::High),
            known: None,
            mode: PrivacyMode::TabOnly,
            rules: vec![PrivacyRules::builtin()],
            repository: None,
        }
    }
}

impl GuardOptions {
    /// Nothing is looked for and every file is completed.
    ///
    /// ```
    /// use ghostlight_complete::GuardOptions;
    /// assert!(!GuardOptions::off().secrets);
    /// ```
    #[must_use]
    pub fn off() -> Self {
        Self { secrets: false, risky: None, rules: Vec::new(), ..Self::default() }
    }

    /// How far the text of a file may go.
    ///
    /// ```
    /// use ghostlight_complete::GuardOptions;
    /// use ghostlight_guard::Reach;
    /// assert_eq!(GuardOptions::default().reach(".env"), Reach::Nowhere);
    /// ```
    #[must_use]
    pub fn reach(&self, path: &str) -> Reach {
        reach(self.mode, &self.rules, self.repository.as_deref(), path)
    }
}

/// The options, and the rules that were compiled for them.
#[derive(Debug)]
pub(crate) struct CompiledGuard {
    options: Rc<GuardOptions>,
    secrets: Option<SecretRules>,
    /// By a language's id, as they were needed; none where a language has no rules.
    risky: Vec<(&'static str, Option<RiskyRules>)>,
}

impl CompiledGuard {
    pub(crate) fn new(options: Rc<GuardOptions>) -> Self {
        Self { options, secrets: None, risky: Vec::new() }
    }

    pub(crate) fn options(&self) -> &Rc<GuardOptions> {
        &self.options
    }

    /// Compiles what answers in this language need, once.
    pub(crate) fn prepare(&mut self, language: Option<&'static Language>) {
        if self.options.secrets && self.secrets.is_none() {
            self.secrets = Some(SecretRules::builtin());
        }
        let (Some(language), Some(_)) = (language, self.options.risky) else { return };
        if self.rules_of(language).is_none() {
            self.risky.push((language.id, RiskyRules::builtin(language)));
        }
    }

    /// What an answer in this language is held to; [`CompiledGuard::prepare`] comes first.
    pub(crate) fn policy(&self, language: Option<&Language>) -> Policy<'_> {
        let risky = language.and_then(|language| self.rules_of(language)?.as_ref());
        Policy {
            secrets: self.secrets.as_ref().filter(|_| self.options.secrets),
            risky: risky.filter(|_| self.options.risky.is_some()),
            severity: self.options.risky,
            known: self.options.known.as_ref(),
            own_tokens: None,
        }
    }

    fn rules_of(&self, language: &Language) -> Option<&Option<RiskyRules>> {
        self.risky.iter().find(|(id, _)| *id == language.id).map(|(_, rules)| rules)
    }
}
