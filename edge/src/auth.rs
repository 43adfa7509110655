//! Authentication: API keys and JWTs from the `authorization` header.
//!
//! The idea: a credential leads to a [`Principal`](crate::Principal) or to an error
//! that says what to do, and the time that takes tells nothing about the keys. A
//! token's key decides the algorithm, never the token, so none can be confused.

mod jwks;
mod jwt;
mod key;

pub use jwks::KeySet;
pub use jwt::{Verifier, install};
pub use key::{hash_key, of_key};

use crate::EdgeError;
use crate::error::AuthFault;

/// What an `authorization` header holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// Something with two dots and a header that is JSON: a token.
    Token(&'a str),
    /// Anything else.
    Key(&'a str),
}

/// The longest credential, bytes.
const LONGEST: usize = 8 << 10;

/// Reads an `authorization` header.
///
/// # Errors
/// Without a bearer's credential.
pub fn credential(header: Option<&str>) -> Result<Credential<'_>, EdgeError> {
    let missing = EdgeError::Unauthorized(AuthFault::Missing);
    let Some((scheme, credential)) = header.and_then(|header| header.split_once(' ')) else {
        return Err(missing);
    };
    let credential = credential.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || credential.is_empty() || credential.len() > LONGEST {
        return Err(missing);
    }
    // `eyJ` is the start of `{"` in base64.
    let is_token =
        credential.starts_with("eyJ") && credential.bytes().filter(|byte| *byte == b'.').count() == 2;
    Ok(if is_token { Credential::Token(credential) } else { Credential::Key(credential) })
}
