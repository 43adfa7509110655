//! What suggestions are held to.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

use crate::Bytes;

/// How far text may go at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum PrivacyMode {
    /// Nothing leaves the tab.
    #[default]
    TabOnly,
    /// To the organisation's own edge.
    OwnEdge,
    /// Through the edge to a backend.
    Backend,
}

/// How far the text of a file may go, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Not even into a prompt.
    #[default]
    Nowhere,
    /// Not out of the tab.
    Tab,
    /// To the organisation's own edge.
    Edge,
    /// Through the edge to a backend.
    Backend,
}

/// Which risky patterns end a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum RiskyPatterns {
    /// None.
    Off,
    /// Those that are hardly ever wanted.
    #[default]
    High,
    /// Also those that a reviewer would ask about.
    Medium,
}

/// What suggestions are held to, and which files are completed at all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct GuardOptions {
    /// Whether a secret (key, token, password) ends a suggestion.
    pub secrets: bool,
    /// Which risky patterns of the file's language do.
    pub risky: RiskyPatterns,
    /// How far text may go at most.
    pub privacy: PrivacyMode,
    /// Rules by path and repository, one a line, such as `nowhere *.env`; they
    /// come on top of those for files of secrets, and cannot loosen them.
    pub rules: String,
    /// Name of the repository that the files belong to, such as `github.com/owner/name`; empty if unknown.
    pub repository: String,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self {
            secrets: true,
            risky: RiskyPatterns::High,
            privacy: PrivacyMode::TabOnly,
            rules: String::new(),
            repository: String::new(),
        }
    }
}

/// What suggestions are held to, with what is known of other people's code.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct GuardSettings {
    /// The options.
    pub options: GuardOptions,
    /// A fingerprint file of known sources, if there is one.
    pub known: Option<Bytes>,
}
