//! Verification of JWTs (RFC 7519) whose claims name tenant, user, scopes and privacy.
//!
//! Reading and the check of `iss` and `aud` are `jsonwebtoken`'s; the three
//! algorithms are plugged in from RustCrypto and dalek, so that RSA, which the edge
//! does not accept, is not even compiled in. Times are compared here, with a clock
//! that is handed in.

use std::sync::Once;

use ed25519_dalek::Verifier as _;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use sha2::Sha256;

use super::KeySet;
use crate::config::Jwt;
use crate::error::AuthFault;
use crate::tenant::{Mode, Principal, Privacy, Scopes, TenantId, UserId};
use crate::{EdgeError, Millis};

/// Plugs the algorithms in; calling it again does nothing.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only if somebody else in the process has installed one.
        let _ = PROVIDER.install_default();
    });
}

static PROVIDER: CryptoProvider = CryptoProvider {
    // The edge signs nothing.
    signer_factory: |_, _: &EncodingKey| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |algorithm, key| {
        let bytes = key.try_get_as_bytes()?;
        Ok(match algorithm {
            Algorithm::EdDSA => {
                let bytes: &[u8; 32] = bytes.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(bytes);
                Box::new(EdDsa(key.map_err(|_| ErrorKind::InvalidEddsaKey)?))
            }
            Algorithm::ES256 => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes);
                Box::new(Es256(key.map_err(|_| ErrorKind::InvalidEcdsaKey)?))
            }
            Algorithm::HS256 => Box::new(Hs256(bytes.to_vec())),
            _ => return Err(ErrorKind::InvalidAlgorithm.into()),
        })
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct EdDsa(ed25519_dalek::VerifyingKey);
struct Es256(p256::ecdsa::VerifyingKey);
struct Hs256(Vec<u8>);

impl signature::Verifier<Vec<u8>> for EdDsa {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> Result<(), signature::Error> {
        let signed = ed25519_dalek::Signature::from_slice(signed).map_err(|_| signature::Error::new())?;
        self.0.verify(message, &signed).map_err(|_| signature::Error::new())
    }
}

impl signature::Verifier<Vec<u8>> for Es256 {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> Result<(), signature::Error> {
        let signed = p256::ecdsa::Signature::from_slice(signed).map_err(|_| signature::Error::new())?;
        self.0.verify(message, &signed).map_err(|_| signature::Error::new())
    }
}

impl signature::Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> Result<(), signature::Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| signature::Error::new())?;
        mac.update(message);
        // In constant time.
        mac.verify_slice(signed).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for EdDsa {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
impl JwtVerifier for Es256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }
}
impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// What a token says.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    tenant: String,
    exp: f64,
    iat: f64,
    #[serde(default)]
    nbf: Option<f64>,
    /// Names, blank between them, as OAuth has it.
    #[serde(default)]
    scope: String,
    #[serde(default)]
    privacy: Privacy,
    #[serde(default)]
    mode: Mode,
}

/// Checks tokens of one issuer.
pub struct Verifier<'a> {
    /// What is accepted.
    pub rules: &'a Jwt,
    /// The secret for HS256.
    pub secret: Option<&'a [u8]>,
    /// Public keys.
    pub keys: &'a KeySet,
}

impl Verifier<'_> {
    /// The name of the public key that a token says it was signed with; `None` if it
    /// says another kind of key, and an empty name if it says none.
    #[must_use]
    pub fn public_key_id(token: &str) -> Option<String> {
        let header = decode_header(token).ok()?;
        matches!(header.alg, Algorithm::EdDSA | Algorithm::ES256).then(|| header.kid.unwrap_or_default())
    }

    /// The principal of a token, and until when it is good.
    ///
    /// # Errors
    /// With what is wrong with the token.
    pub fn verify(&self, token: &str, now: Millis) -> Result<(Principal, Millis), EdgeError> {
        install();
        // `none` and all that the library does not know end here.
        let header = decode_header(token).map_err(|error| match error.kind() {
            ErrorKind::Json(_) => AuthFault::Algorithm,
            _ => AuthFault::Malformed,
        })?;
        let name = format!("{:?}", header.alg);
        if !self.rules.algorithms.contains(&name) {
            return Err(AuthFault::Algorithm.into());
        }
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(std::slice::from_ref(&self.rules.issuer));
        validation.set_audience(&self.rules.audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;

        let keys: Vec<DecodingKey> = match header.alg {
            Algorithm::HS256 => self.secret.map(DecodingKey::from_secret).into_iter().collect(),
            algorithm => {
                let keys = self.keys.candidates(header.kid.as_deref(), algorithm);
                keys.map(|key| key.key.clone()).collect()
            }
        };
        let mut fault = AuthFault::UnknownSigner;
        for key in &keys {
            match decode::<Claims>(token, key, &validation) {
                Ok(token) => return self.principal(&token.claims, now),
                Err(error) => fault = translate(error.kind()),
            }
            if fault != AuthFault::Signature {
                break;
            }
        }
        Err(fault.into())
    }

    fn principal(&self, claims: &Claims, now: Millis) -> Result<(Principal, Millis), EdgeError> {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
        let now = now.0 as f64 / 1000.0;
        #[expect(clippy::cast_precision_loss, reason = "at most 300")]
        let leeway = self.rules.leeway_seconds as f64;
        #[expect(clippy::cast_precision_loss, reason = "seconds of a configuration")]
        let longest = self.rules.max_lifetime_seconds as f64;
        if !(claims.exp.is_finite() && claims.iat.is_finite() && claims.exp >= 0.0) {
            return Err(AuthFault::Claims.into());
        }
        if now >= claims.exp + leeway {
            return Err(AuthFault::Expired.into());
        }
        let begin = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
        if begin.is_nan() || now + leeway < begin {
            return Err(AuthFault::NotYet.into());
        }
        if claims.exp - claims.iat > longest {
            return Err(AuthFault::TooLong.into());
        }
        let tenant = TenantId::new(&claims.tenant).map_err(|_| AuthFault::Claims)?;
        let user = UserId::new(&claims.sub).map_err(|_| AuthFault::Claims)?;
        let scopes = Scopes::from_names(claims.scope.split_ascii_whitespace());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "finite and not negative"
        )]
        let until = Millis(((claims.exp + leeway) * 1000.0) as u64);
        Ok((Principal::new(tenant, user, scopes, claims.privacy).with_mode(claims.mode), until))
    }
}

fn translate(kind: &ErrorKind) -> AuthFault {
    match kind {
        ErrorKind::InvalidSignature => AuthFault::Signature,
        ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => AuthFault::Audience,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::MissingAlgorithm => {
            AuthFault::Algorithm
        }
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) | ErrorKind::InvalidClaimFormat(_) => {
            AuthFault::Claims
        }
        _ => AuthFault::Malformed,
    }
}
