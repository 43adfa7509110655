//! Errors of the edge, with HTTP status, code and OpenAI's error object.
//!
//! A message says what is wrong and what to do, with the numbers, and never holds
//! text of a request. What a backend said is passed on only as far as it is about
//! the client's own request.

use serde_json::json;

use crate::Millis;

/// A failure of the edge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// The configuration is unusable; every fault in it, a line each.
    #[error("reading the configuration: {0}")]
    Config(String),
    /// The request is malformed.
    #[error("{message}")]
    Invalid {
        /// What is wrong and what would be right.
        message: String,
        /// The field that is wrong, where there is one.
        param: Option<String>,
    },
    /// The body is longer than the route takes.
    #[error("the body is longer than {limit} bytes, the most that this route takes: send less context")]
    TooLarge {
        /// The route's limit in bytes.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive within {0} ms: send it in one go")]
    SlowBody(u64),
    /// No credentials, or wrong ones.
    #[error("{0}")]
    Unauthorized(AuthFault),
    /// The credentials do not allow this.
    #[error("these credentials lack the scope `{0}`: ask for a key or token that has it")]
    Forbidden(&'static str),
    /// The origin of the page is not on the list.
    #[error("this origin is not allowed: add it to `server.cors_origins`")]
    Origin,
    /// The tenant has not opted in.
    #[error("{0} is not enabled for this tenant: enable it in the edge's configuration")]
    NotEnabled(&'static str),
    /// Nothing is there.
    #[error("there is no {0} here: see /openapi.json for the routes")]
    NotFound(&'static str),
    /// The path exists, the method does not.
    #[error("this route takes {0} only")]
    Method(&'static str),
    /// The model is not configured.
    #[error("there is no such model: GET /v1/models lists those that there are")]
    UnknownModel,
    /// A limit of the user or the tenant is reached.
    #[error("the limit of {what} is reached: try again in {} s", retry_after.seconds_up())]
    RateLimited {
        /// Whose limit.
        what: &'static str,
        /// When a retry may succeed.
        retry_after: Millis,
    },
    /// No backend could take the request.
    #[error("all backends of this model are overloaded or down: try again later, or complete locally")]
    Overloaded {
        /// When a retry may succeed.
        retry_after: Millis,
    },
    /// A backend refused the request as the client's mistake.
    #[error("the backend refused the request: {0}")]
    Refused(String),
    /// A backend gave something that is no answer.
    #[error("the backend's answer could not be used: {0}")]
    Backend(&'static str),
    /// The client went away.
    #[error("the request was cancelled")]
    Cancelled,
    /// A store that the request needs does not answer.
    #[error("the store for {0} does not answer: try again later")]
    Store(&'static str),
    /// A guard cut the answer; the rule that it broke.
    #[error(
        "the answer was cut by the guard, rule `{0}`: take away what was shown of it, or ask for something else"
    )]
    Guarded(&'static str),
    /// The text may not go as far as it would have to.
    #[error("this text may not leave {0}: complete it with the model in the tab")]
    Private(&'static str),
}

/// Why credentials were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthFault {
    /// There are none.
    #[error("there are no credentials: send `Authorization: Bearer` with an API key or a token")]
    Missing,
    /// Not an API key and not a token.
    #[error("this API key is not known: check it, or ask for a new one")]
    UnknownKey,
    /// Not a token that can be read.
    #[error("this token cannot be read: it has to be a signed JWT")]
    Malformed,
    /// Signed in a way that is not on the list.
    #[error("this token's algorithm is not accepted: sign with EdDSA, ES256 or HS256 as configured")]
    Algorithm,
    /// Signed by nobody known.
    #[error("this token is signed with a key that is not known")]
    UnknownSigner,
    /// Not signed by whom it says.
    #[error("this token's signature is wrong")]
    Signature,
    /// Over.
    #[error("this token has expired: ask for a new one")]
    Expired,
    /// Not yet begun.
    #[error("this token is not valid yet: check the issuer's clock")]
    NotYet,
    /// Longer than allowed.
    #[error("this token lives longer than is accepted: issue shorter ones")]
    TooLong,
    /// For somebody else.
    #[error("this token is meant for another audience or comes from another issuer")]
    Audience,
    /// Lacks what the edge needs.
    #[error("this token's claims are not usable: it needs `tenant`, `sub`, `exp` and `iat`")]
    Claims,
}

impl EdgeError {
    /// A malformed field.
    pub fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), param: Some(param.into()) }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } | Self::Refused(_) => 400,
            Self::Unauthorized(_) => 401,
            Self::Forbidden(_) | Self::Origin | Self::NotEnabled(_) | Self::Private(_) => 403,
            Self::NotFound(_) | Self::UnknownModel => 404,
            Self::Method(_) => 405,
            Self::SlowBody(_) => 408,
            Self::TooLarge { .. } => 413,
            // Asking again would not help, so no status that clients ask again for.
            Self::Guarded(_) => 422,
            Self::RateLimited { .. } => 429,
            // What nginx made common for a client that went away; nobody is there to read it.
            Self::Cancelled => 499,
            Self::Config(_) => 500,
            Self::Backend(_) => 502,
            Self::Overloaded { .. } | Self::Store(_) => 503,
        }
    }

    /// OpenAI's `type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unauthorized(_) => "authentication_error",
            Self::Forbidden(_) | Self::Origin | Self::NotEnabled(_) | Self::Private(_) => "permission_error",
            Self::RateLimited { .. } => "rate_limit_error",
            Self::Config(_) | Self::Backend(_) | Self::Overloaded { .. } | Self::Store(_) => "server_error",
            Self::Guarded(_) => "guard_error",
            _ => "invalid_request_error",
        }
    }

    /// A name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "configuration",
            Self::Invalid { .. } => "invalid_request",
            Self::TooLarge { .. } => "body_too_large",
            Self::SlowBody(_) => "body_timeout",
            Self::Unauthorized(AuthFault::Expired) => "token_expired",
            Self::Unauthorized(_) => "invalid_credentials",
            Self::Forbidden(_) => "missing_scope",
            Self::Origin => "origin_not_allowed",
            Self::NotEnabled(_) => "not_enabled",
            Self::NotFound(_) => "not_found",
            Self::Method(_) => "method_not_allowed",
            Self::UnknownModel => "model_not_found",
            Self::RateLimited { .. } => "rate_limit_exceeded",
            Self::Overloaded { .. } => "overloaded",
            Self::Refused(_) => "refused_by_backend",
            Self::Backend(_) => "bad_backend",
            Self::Cancelled => "cancelled",
            Self::Store(_) => "store_unavailable",
            Self::Guarded(_) => "guarded",
            Self::Private(_) => "private",
        }
    }

    /// When the client may try again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Millis> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Overloaded { retry_after } => Some(*retry_after),
            Self::Store(_) => Some(Millis(1000)),
            _ => None,
        }
    }

    /// Whether the model in the client's own tab should answer instead.
    #[must_use]
    pub fn falls_back_locally(&self) -> bool {
        matches!(
            self,
            Self::Overloaded { .. }
                | Self::Store(_)
                | Self::Backend(_)
                | Self::RateLimited { .. }
                | Self::Private(_)
        )
    }

    /// The error object, as OpenAI's clients read it.
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        let (message, param) = match self {
            // Details of the configuration are for whoever runs the edge, not for clients.
            Self::Config(_) => ("the edge's configuration is not usable: see its log".to_owned(), None),
            Self::Invalid { message, param } => (message.clone(), param.as_deref()),
            Self::UnknownModel => (self.to_string(), Some("model")),
            other => (other.to_string(), None),
        };
        json!({ "error": {
            "message": message, "type": self.kind(), "param": param, "code": self.code(),
        } })
    }
}

impl From<AuthFault> for EdgeError {
    fn from(fault: AuthFault) -> Self {
        Self::Unauthorized(fault)
    }
}
