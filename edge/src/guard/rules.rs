//! Guard rules of a configuration, compiled, with a version for the cache's keys.

use ghostlight_guard::{Fingerprints, GuardError, Policy, RiskyRules, SecretRules, Severity};
use ghostlight_text::Language;
use sha2::{Digest, Sha256};

use crate::config::{Guard, Risky};

/// Counts up when the way in which answers are watched changes.
const VERSION: u32 = 1;

/// What answers are held to.
#[derive(Debug)]
pub struct Rules {
    secrets: Option<SecretRules>,
    /// By the id of a language.
    risky: Vec<(&'static str, RiskyRules)>,
    severity: Severity,
    known: Option<Fingerprints>,
    own_tokens: usize,
    version: String,
}

impl Rules {
    /// The rules that `options` ask for; `None` if they ask for none. `file` is the
    /// fingerprint file, where one is named.
    ///
    /// # Errors
    /// For a file that is no fingerprint file.
    pub fn new(options: &Guard, file: Option<Vec<u8>>) -> Result<Option<Self>, GuardError> {
        let severity = match options.risky {
            Risky::Off => None,
            Risky::High => Some(Severity::High),
            Risky::Medium => Some(Severity::Medium),
        };
        if !options.secrets && severity.is_none() && file.is_none() {
            return Ok(None);
        }
        let mut version = Version::default();
        version.add(&[env!("CARGO_PKG_VERSION"), &VERSION.to_string(), &options.own_tokens.to_string()]);
        let secrets = options.secrets.then(SecretRules::builtin);
        for rule in secrets.iter().flat_map(SecretRules::rules) {
            version.add(rule.keywords);
            let judged = format!("{:?} {:?} {} {:?}", rule.case, rule.end, rule.entropy, rule.mix);
            version.add(&[rule.id, rule.pattern, &judged]);
        }
        let mut risky = Vec::new();
        for id in severity.iter().flat_map(|_| RiskyRules::languages()) {
            let Some(rules) = Language::from_id(id).and_then(RiskyRules::builtin) else { continue };
            version.add(&[id, &format!("{severity:?}")]);
            for rule in rules.rules() {
                version.add(rule.patterns);
                version.add(&[rule.id, &format!("{:?}", rule.severity)]);
            }
            risky.push((id, rules));
        }
        if let Some(file) = &file {
            version.0.update(Sha256::digest(file));
        }
        let known = file.map(Fingerprints::parse).transpose()?;
        Ok(Some(Self {
            secrets,
            risky,
            severity: severity.unwrap_or(Severity::High),
            known,
            own_tokens: options.own_tokens,
            version: version.text(),
        }))
    }

    /// Another one for other rules.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What text that is no code is held to.
    pub(super) fn prose(&self) -> Policy<'_> {
        Policy {
            secrets: self.secrets.as_ref(),
            known: self.known.as_ref(),
            own_tokens: Some(self.own_tokens),
            ..Policy::default()
        }
    }

    /// Risky patterns of a language alone; `None` where there are no rules for it.
    pub(super) fn risky(&self, language: &Language) -> Option<Policy<'_>> {
        let (_, rules) = self.risky.iter().find(|(id, _)| *id == language.id)?;
        Some(Policy { risky: Some(rules), severity: Some(self.severity), ..Policy::default() })
    }

    /// What code of a language is held to.
    pub(super) fn code(&self, language: Option<&Language>) -> Policy<'_> {
        let risky = language.and_then(|language| self.risky(language)).unwrap_or_default();
        Policy { risky: risky.risky, severity: risky.severity, ..self.prose() }
    }
}

#[derive(Default)]
struct Version(Sha256);

impl Version {
    fn add(&mut self, fields: &[&str]) {
        for field in fields {
            self.0.update((field.len() as u64).to_le_bytes());
            self.0.update(field.as_bytes());
        }
    }

    fn text(self) -> String {
        self.0.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}
