//! Public keys of a token issuer (JWKS), and when they are fetched again.
//!
//! The idea: keys are fetched once and used for a while. A token that names a key
//! nobody knows is a sign of rotation, so it makes the edge ask again, but not before
//! a pause is over, whatever tokens are sent.

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use crate::Millis;

/// The most keys that are taken out of a document.
const MOST_KEYS: usize = 32;

/// One public key, and the only algorithm that it is good for.
#[derive(Clone)]
pub(super) struct PublicKey {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// Keys of one issuer.
#[derive(Clone, Default)]
pub struct KeySet {
    pub(super) keys: Vec<PublicKey>,
    fetched: Option<Millis>,
    tried: Option<Millis>,
}

impl KeySet {
    /// Reads a JWKS document; keys of other kinds, or for other uses, are left out.
    /// A secret in it (`oct`) is left out as well: what is published is none.
    #[must_use]
    pub fn from_document(document: &serde_json::Value, now: Millis) -> Self {
        let keys = document["keys"].as_array().into_iter().flatten().filter_map(public_key);
        Self { keys: keys.take(MOST_KEYS).collect(), fetched: Some(now), tried: Some(now) }
    }

    /// Whether the keys are older than `ttl`.
    #[must_use]
    pub fn is_old(&self, now: Millis, ttl: Millis) -> bool {
        self.fetched.is_none_or(|fetched| now.since(fetched) >= ttl)
    }

    /// Whether it is long enough since the last try to fetch them.
    #[must_use]
    pub fn may_fetch(&self, now: Millis, pause: Millis) -> bool {
        self.tried.is_none_or(|tried| now.since(tried) >= pause)
    }

    /// Notes a try, so that one that fails is not repeated at once.
    pub fn trying(&mut self, now: Millis) {
        self.tried = Some(now);
    }

    /// Whether there is a key of this name.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id.as_deref() == Some(id))
    }

    /// Keys to try: the one that is named, or those of the algorithm if none is.
    pub(super) fn candidates(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &PublicKey> {
        self.keys
            .iter()
            .filter(move |key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id))
    }
}

fn public_key(value: &serde_json::Value) -> Option<PublicKey> {
    #[derive(Deserialize)]
    struct Jwk {
        kty: String,
        crv: Option<String>,
        x: Option<String>,
        y: Option<String>,
        kid: Option<String>,
        alg: Option<String>,
        #[serde(rename = "use")]
        usage: Option<String>,
    }
    let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
    if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return None;
    }
    let (algorithm, name, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("OKP", Some("Ed25519")) => {
            (Algorithm::EdDSA, "EdDSA", DecodingKey::from_ed_components(jwk.x.as_deref()?).ok()?)
        }
        ("EC", Some("P-256")) => {
            let key = DecodingKey::from_ec_components(jwk.x.as_deref()?, jwk.y.as_deref()?).ok()?;
            (Algorithm::ES256, "ES256", key)
        }
        _ => return None,
    };
    if jwk.alg.as_deref().is_some_and(|alg| alg != name) {
        return None;
    }
    Some(PublicKey { id: jwk.kid, algorithm, key })
}
