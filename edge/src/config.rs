//! The configuration: one schema, in TOML or JSON, with a default for all that can have one.
//!
//! The idea: unknown fields are errors, so that a misspelt limit is not silently
//! none, and [`Config::parse`] gives back only what was checked as a whole. Secrets
//! are not in here, but names of environment variables that hold them.

mod check;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::EdgeError;
use crate::tenant::{Mode, Privacy, Sharing};

/// A whole configuration.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Bodies, origins, reloading.
    #[serde(default)]
    pub server: Server,
    /// Who may ask.
    pub auth: Auth,
    /// Where backends stand.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// Servers that run models.
    #[serde(default)]
    pub backends: Vec<Backend>,
    /// Models that clients can name.
    #[serde(default)]
    pub models: Vec<Model>,
    /// How backends are chosen.
    #[serde(default)]
    pub routing: Routing,
    /// Tokens per user and tenant.
    #[serde(default)]
    pub limits: Limits,
    /// What is kept of answers.
    #[serde(default)]
    pub cache: Cache,
    /// The index of repositories.
    #[serde(default)]
    pub index: Index,
    /// What answers are held to.
    #[serde(default)]
    pub guard: Guard,
    /// How far the text of files may go.
    #[serde(default)]
    pub privacy: PrivacyOptions,
    /// A/B tests.
    #[serde(default)]
    pub experiments: Vec<Experiment>,
}

/// Bodies, origins, reloading.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Exact origins of pages that may call, such as `https://ide.example`.
    pub cors_origins: Vec<String>,
    /// The longest body of `/v1/completions` and `/v1/feedback`, bytes.
    pub completion_body_bytes: usize,
    /// The longest body of `/v1/chat/completions`, bytes.
    pub chat_body_bytes: usize,
    /// The longest body of `/v1/index/sync`, bytes.
    pub index_body_bytes: usize,
    /// How long a body may take to arrive, milliseconds.
    pub body_timeout_ms: u64,
    /// How often KV is asked for a newer configuration, seconds.
    pub reload_seconds: u64,
    /// Whether `x-ghostlight-region` chooses the region where the platform does not say the
    /// client's place; only behind a proxy that sets it.
    pub trust_region_header: bool,
    /// Whether model files are served without credentials.
    pub public_files: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            cors_origins: Vec::new(),
            completion_body_bytes: 256 << 10,
            chat_body_bytes: 2 << 20,
            index_body_bytes: 4 << 20,
            body_timeout_ms: 10_000,
            reload_seconds: 30,
            trust_region_header: false,
            public_files: false,
        }
    }
}

/// Who may ask.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// API keys, as hashes.
    pub keys: Vec<ApiKey>,
    /// Tokens, if any are accepted.
    pub jwt: Option<Jwt>,
}

/// An API key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// SHA-256 of the key, 64 hexadecimal digits.
    pub sha256: String,
    /// Whose it is.
    pub tenant: String,
    /// The user inside the tenant.
    pub user: String,
    /// What it allows: `complete`, `chat`, `index`, `admin`.
    pub scopes: Vec<String>,
    /// What may be kept.
    #[serde(default)]
    pub privacy: Privacy,
    /// How far its text may go.
    #[serde(default)]
    pub mode: Mode,
}

/// Which tokens are accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// `iss` has to be this.
    pub issuer: String,
    /// `aud` has to hold one of these.
    pub audiences: Vec<String>,
    /// `EdDSA`, `ES256`, `HS256`.
    pub algorithms: Vec<String>,
    /// The secret for HS256: the name of an environment variable.
    #[serde(default)]
    pub secret_env: Option<String>,
    /// Public keys: a JWKS document.
    #[serde(default)]
    pub jwks: Option<serde_json::Value>,
    /// Public keys: where the JWKS document is fetched.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// How long fetched keys are used, seconds.
    #[serde(default = "default_jwks_ttl")]
    pub jwks_ttl_seconds: u64,
    /// The least time between two fetches, seconds: how soon a key that is new is known.
    #[serde(default = "default_jwks_pause")]
    pub jwks_pause_seconds: u64,
    /// How far clocks may be apart, seconds.
    #[serde(default = "default_leeway")]
    pub leeway_seconds: u64,
    /// The longest life of a token, seconds.
    #[serde(default = "default_lifetime")]
    pub max_lifetime_seconds: u64,
}

fn default_jwks_ttl() -> u64 {
    600
}
fn default_jwks_pause() -> u64 {
    10
}
fn default_leeway() -> u64 {
    30
}
fn default_lifetime() -> u64 {
    3600
}

/// Where backends stand, and which clients are near.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// ISO codes of countries.
    #[serde(default)]
    pub countries: Vec<String>,
    /// Codes of continents.
    #[serde(default)]
    pub continents: Vec<String>,
    /// Regions to try when this one is down, nearest first.
    #[serde(default)]
    pub fallback: Vec<String>,
}

/// A server that runs models and speaks OpenAI's protocol.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backend {
    /// Its name, shown in metrics.
    pub id: String,
    /// Where it stands; empty with a single region.
    #[serde(default)]
    pub region: String,
    /// Base address, up to and including `/v1`.
    pub url: String,
    /// The name of an environment variable with its key.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// Its share of requests, relative to others.
    #[serde(default = "one")]
    pub weight: f64,
    /// Whether it is the organisation's own, so that text which may go no further than
    /// the edge may go there.
    #[serde(default)]
    pub own: bool,
    /// A path below `url` for the scheduled probe.
    #[serde(default = "default_health")]
    pub health_path: String,
}

fn one() -> f64 {
    1.0
}
fn default_health() -> String {
    "/models".to_owned()
}

/// A model that clients can name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its public name.
    pub id: String,
    /// What backends call it, by backend.
    pub backends: BTreeMap<String, String>,
    /// How a hole is shown to it: a family of `ghostlight-context`, or `native` to
    /// hand `prompt` and `suffix` on as they are.
    #[serde(default = "default_fim")]
    pub fim: String,
    /// Counts up when the prompt's form changes, so that old answers are not used.
    #[serde(default)]
    pub template_version: u32,
    /// The most bytes of context in a prompt.
    #[serde(default = "default_context")]
    pub context_bytes: usize,
    /// The most tokens of an answer.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: u32,
    /// The tokens of a completion that says no number.
    #[serde(default = "default_tokens")]
    pub default_tokens: u32,
    /// A smaller model to take when the backends of this one are overloaded.
    #[serde(default)]
    pub smaller: Option<String>,
    /// Files of it that can be fetched, by name.
    #[serde(default)]
    pub files: Vec<String>,
}

fn default_fim() -> String {
    "native".to_owned()
}
fn default_context() -> usize {
    16 << 10
}
fn default_max_tokens() -> u32 {
    4096
}
fn default_tokens() -> u32 {
    64
}

/// How backends are chosen, retried, hedged and spared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Routing {
    /// The region of clients that no other rule places.
    pub default_region: String,
    /// Tries for a request, the first included.
    pub attempts: u32,
    /// Retries as a share of requests, percent.
    pub retry_percent: u32,
    /// How long a backend may take until its first byte, milliseconds.
    pub first_byte_ms: u64,
    /// How long a backend may be silent in the middle, milliseconds.
    pub idle_ms: u64,
    /// How long an answer may take in all, milliseconds.
    pub total_ms: u64,
    /// How much more than its share a backend may carry before others are taken.
    pub bounded_load: f64,
    /// The most requests in flight to a backend from one isolate.
    pub max_in_flight: u32,
    /// Second requests for completions, percent of all; 0 for none.
    pub hedge_percent: u32,
    /// The least time before a second request, milliseconds.
    pub hedge_min_ms: u64,
    /// When a backend counts as down.
    pub breaker: BreakerOptions,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            default_region: String::new(),
            attempts: 3,
            retry_percent: 20,
            first_byte_ms: 10_000,
            idle_ms: 15_000,
            total_ms: 120_000,
            bounded_load: 1.25,
            max_in_flight: 64,
            hedge_percent: 5,
            hedge_min_ms: 50,
            breaker: BreakerOptions::default(),
        }
    }
}

/// When a backend counts as down.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerOptions {
    /// Failures in a row.
    pub consecutive: u32,
    /// Share of failures in the last ten seconds, percent.
    pub percent: u32,
    /// Requests in the last ten seconds before the share counts.
    pub min_requests: u32,
    /// How long it is left alone at first, milliseconds; doubled with each failed probe.
    pub open_ms: u64,
    /// The longest that it is left alone, milliseconds.
    pub max_open_ms: u64,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self { consecutive: 3, percent: 50, min_requests: 10, open_ms: 2000, max_open_ms: 60_000 }
    }
}

/// Tokens per user and tenant.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Of one user.
    pub user: Allowance,
    /// Of all users of a tenant together.
    pub tenant: Allowance,
    /// Tokens that an isolate takes from the store at once; more for who uses more, up to an
    /// eighth of the smaller bucket; 0 asks the store each time.
    pub lease_tokens: u32,
    /// How long an isolate may use what it took, milliseconds.
    pub lease_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            user: Allowance { burst: 60_000, per_minute: 60_000 },
            tenant: Allowance { burst: 1_000_000, per_minute: 1_000_000 },
            lease_tokens: 4000,
            lease_ms: 10_000,
        }
    }
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Its size.
    pub burst: u32,
    /// What comes back in a minute.
    pub per_minute: u32,
}

/// What is kept of answers.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// Whether completions are kept at all.
    pub enabled: bool,
    /// Memory in an isolate, bytes.
    pub memory_bytes: usize,
    /// The largest answer that is kept, bytes.
    pub entry_bytes: usize,
    /// How long an answer is fresh, seconds.
    pub ttl_seconds: u64,
    /// How much longer it may be used while a new one is made, seconds.
    pub stale_seconds: u64,
    /// How much of the text before the cursor is in a key, bytes.
    pub prefix_bytes: usize,
    /// How much of the text after the cursor is in a key, bytes.
    pub suffix_bytes: usize,
    /// Who shares answers.
    pub sharing: Sharing,
    /// Whether the data centre's cache is used.
    pub cache_api: bool,
    /// Whether KV is used, where it is bound.
    pub kv: bool,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            enabled: true,
            memory_bytes: 12 << 20,
            entry_bytes: 64 << 10,
            ttl_seconds: 3600,
            stale_seconds: 600,
            prefix_bytes: 2048,
            suffix_bytes: 512,
            sharing: Sharing::Tenant,
            cache_api: true,
            kv: false,
        }
    }
}

/// The index of repositories.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Index {
    /// Tenants that opted in.
    pub tenants: Vec<String>,
    /// Text of one repository, bytes.
    pub repo_bytes: u64,
    /// Files of one repository.
    pub repo_files: u64,
    /// The longest file that is taken, bytes.
    pub file_bytes: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self { tenants: Vec::new(), repo_bytes: 64 << 20, repo_files: 20_000, file_bytes: 512 << 10 }
    }
}

/// What answers are held to before they are shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guard {
    /// Whether a secret ends an answer.
    pub secrets: bool,
    /// How bad a pattern has to be to end an answer.
    pub risky: Risky,
    /// A fingerprint file of code that must not be repeated, made by `ghostlight
    /// fingerprint`: its key in the bucket `GHOSTLIGHT_MODELS`, or its path among the
    /// static assets. While it cannot be had nothing is answered.
    pub fingerprints: Option<String>,
    /// The longest fingerprint file, bytes.
    pub fingerprint_bytes: usize,
    /// How many of the 65 tokens of a copy an answer has to bring itself.
    pub own_tokens: usize,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            secrets: true,
            risky: Risky::High,
            fingerprints: None,
            fingerprint_bytes: 16 << 20,
            own_tokens: ghostlight_guard::OWN_TOKENS,
        }
    }
}

/// From which severity on a risky pattern ends an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risky {
    /// None does.
    Off,
    /// What hardly anybody wants from a suggestion.
    #[default]
    High,
    /// Also what a reviewer would ask about.
    Medium,
}

/// How far the text of files may go, in rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacyOptions {
    /// Whether the rules that come with Ghostlight hold: no text of `.env` and its like.
    pub builtin: bool,
    /// Rules of the organisation, one a line: `nowhere`, `tab`, `edge` or `backend`,
    /// optionally `repo`, and a pattern.
    pub rules: String,
}

impl Default for PrivacyOptions {
    fn default() -> Self {
        Self { builtin: true, rules: String::new() }
    }
}

/// An A/B test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Its name; users are assigned anew when it changes.
    pub name: String,
    /// Only for this model.
    #[serde(default)]
    pub model: Option<String>,
    /// What users are assigned.
    pub variants: Vec<Variant>,
}

/// One side of an A/B test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its share of users, relative to the others.
    #[serde(default = "one_u32")]
    pub weight: u32,
    /// Another model.
    #[serde(default)]
    pub model: Option<String>,
    /// Another temperature.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// Another default number of tokens.
    #[serde(default)]
    pub default_tokens: Option<u32>,
}

fn one_u32() -> u32 {
    1
}

impl Config {
    /// Reads TOML, or JSON if the text begins with `{`, and checks it as a whole.
    ///
    /// # Errors
    /// With every fault that is found, each with the path of its field.
    pub fn parse(text: &str) -> Result<Self, EdgeError> {
        let config: Self = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| EdgeError::Config(error.to_string()))?
        } else {
            toml::from_str(text).map_err(|error| EdgeError::Config(error.to_string()))?
        };
        let faults = check::faults(&config);
        if faults.is_empty() { Ok(config) } else { Err(EdgeError::Config(faults.join("; "))) }
    }

    /// The model of a public name.
    #[must_use]
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }
}
