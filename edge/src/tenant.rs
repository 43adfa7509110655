//! Principals: tenant, user, scopes, privacy and mode of whoever asks.
//!
//! A [`TenantScope`] is what stores are keyed with. It comes from a [`Principal`]
//! only, and a principal from checked credentials: no header or body field that a
//! client can choose takes part.

use ghostlight_guard::PrivacyMode;

use crate::EdgeError;

/// The longest name of a tenant or a user, in bytes.
const LONGEST_NAME: usize = 128;

/// The name of a tenant: `a-z`, `A-Z`, `0-9`, `-`, `_`, `.`, at most 128 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(String);

/// The name of a user inside a tenant: printable ASCII, at most 128 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

impl TenantId {
    /// # Errors
    /// For an empty or long name, or one with other characters.
    pub fn new(name: &str) -> Result<Self, EdgeError> {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(fine) {
            return Err(EdgeError::invalid(
                "tenant",
                "a tenant is named by 1 to 128 of a-z, A-Z, 0-9, - _ .",
            ));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UserId {
    /// # Errors
    /// For an empty or long name, or one with other characters.
    pub fn new(name: &str) -> Result<Self, EdgeError> {
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EdgeError::invalid("user", "a user is named by 1 to 128 printable ASCII characters"));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a request may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `/v1/completions` and `/v1/feedback`.
    Complete,
    /// `/v1/chat/completions`.
    Chat,
    /// `/v1/index/*`.
    Index,
    /// `/metrics`.
    Admin,
}

impl Scope {
    /// All, with the names that keys and tokens use.
    pub const NAMES: [(&'static str, Scope); 4] = [
        ("complete", Scope::Complete),
        ("chat", Scope::Chat),
        ("index", Scope::Index),
        ("admin", Scope::Admin),
    ];

    /// The name in keys and tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, scope)| *scope == self).map_or("", |(name, _)| name)
    }
}

/// A set of [`Scope`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Reads names; what is not known grants nothing.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let bit = |name: &str| Scope::NAMES.iter().position(|(known, _)| *known == name);
        Self(names.into_iter().filter_map(bit).fold(0, |bits, at| bits | 1 << at))
    }

    /// Whether `scope` is in.
    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        Scope::NAMES.iter().position(|(_, known)| *known == scope).is_some_and(|at| self.0 & (1 << at) != 0)
    }
}

/// What may be kept of a tenant's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Privacy {
    /// Completions may be cached for the tenant.
    #[default]
    Standard,
    /// Nothing is kept, in memory or in any store.
    NoStore,
}

/// The most that text of a principal may travel: the modes of `ghostlight-guard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nothing leaves the tab, so nothing is taken.
    TabOnly,
    /// To the edge, and to backends that are the organisation's own.
    OwnEdge,
    /// To any backend.
    #[default]
    Backend,
}

impl From<Mode> for PrivacyMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::TabOnly => Self::TabOnly,
            Mode::OwnEdge => Self::OwnEdge,
            Mode::Backend => Self::Backend,
        }
    }
}

/// Somebody whose credentials were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    tenant: TenantId,
    user: UserId,
    scopes: Scopes,
    privacy: Privacy,
    mode: Mode,
}

impl Principal {
    /// Only checked credentials may lead here.
    #[must_use]
    pub fn new(tenant: TenantId, user: UserId, scopes: Scopes, privacy: Privacy) -> Self {
        Self { tenant, user, scopes, privacy, mode: Mode::default() }
    }

    /// The same with another mode.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// How far text may go at most.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// How private the requests are.
    #[must_use]
    pub fn privacy(&self) -> Privacy {
        self.privacy
    }

    /// # Errors
    /// If the credentials lack it.
    pub fn require(&self, scope: Scope) -> Result<(), EdgeError> {
        if self.scopes.has(scope) { Ok(()) } else { Err(EdgeError::Forbidden(scope.name())) }
    }

    /// The part of every store that belongs to this principal.
    #[must_use]
    pub fn scope(&self, sharing: Sharing) -> TenantScope {
        let user = match sharing {
            Sharing::Tenant => None,
            Sharing::User => Some(self.user.clone()),
        };
        TenantScope { tenant: self.tenant.clone(), user }
    }
}

/// Who shares what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// All users of a tenant.
    #[default]
    Tenant,
    /// Nobody.
    User,
}

/// Whose part of a store is meant. There is no way to make one but from a [`Principal`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenantScope {
    tenant: TenantId,
    user: Option<UserId>,
}

impl TenantScope {
    /// The parts that a key is made of.
    #[must_use]
    pub fn parts(&self) -> (&str, Option<&str>) {
        (self.tenant.as_str(), self.user.as_ref().map(UserId::as_str))
    }
}
