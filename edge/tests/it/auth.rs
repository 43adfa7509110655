//! Credentials: what gets in and, above all, what does not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ghostlight_edge::auth::{Credential, KeySet, Verifier, credential, hash_key, of_key};
use ghostlight_edge::error::AuthFault;
use ghostlight_edge::tenant::{Privacy, Scope};
use ghostlight_edge::{Config, EdgeError, Millis};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::config;

const NOW: u64 = 1_800_000_000;
const SECRET: &[u8] = b"a secret of more than thirty-two bytes";

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "ghostlight", "sub": "ann", "tenant": "acme",
        "iat": NOW - 10, "exp": NOW + 300, "scope": "complete chat", "privacy": "no-store",
    })
}

fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

/// A token signed by HS256 with any header.
fn hs256(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

fn ed25519() -> (ed25519_dalek::SigningKey, Value) {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let x = BASE64.encode(key.verifying_key().to_bytes());
    (key, json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "ed", "use": "sig" }))
}

fn p256() -> (p256::ecdsa::SigningKey, Value) {
    let key = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let bytes = point.as_bytes();
    let (x, y) = (BASE64.encode(&bytes[1..33]), BASE64.encode(&bytes[33..65]));
    (key, json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "ec", "alg": "ES256" }))
}

fn signed_ed(kid: &str, claims: &Value) -> String {
    use ed25519_dalek::Signer;
    let message = format!("{}.{}", part(&json!({ "alg": "EdDSA", "kid": kid })), part(claims));
    let signature = ed25519().0.sign(message.as_bytes());
    format!("{message}.{}", BASE64.encode(signature.to_bytes()))
}

fn signed_es(claims: &Value) -> String {
    use p256::ecdsa::signature::Signer;
    let message = format!("{}.{}", part(&json!({ "alg": "ES256", "kid": "ec" })), part(claims));
    let signature: p256::ecdsa::Signature = p256().0.sign(message.as_bytes());
    format!("{message}.{}", BASE64.encode(signature.to_bytes()))
}

fn keys() -> KeySet {
    KeySet::from_document(&json!({ "keys": [ed25519().1, p256().1] }), Millis(NOW * 1000))
}

fn verify_with(config: &Config, token: &str) -> Result<(ghostlight_edge::Principal, Millis), EdgeError> {
    let keys = keys();
    let rules = config.auth.jwt.as_ref().unwrap();
    Verifier { rules, secret: Some(SECRET), keys: &keys }.verify(token, Millis(NOW * 1000))
}

fn fault(token: &str) -> AuthFault {
    match verify_with(&config(), token) {
        Err(EdgeError::Unauthorized(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_is_known_by_its_hash() {
    let keys = config().auth.keys;
    assert_eq!(hash_key("secret"), keys[0].sha256);
    let principal = of_key(&keys, "secret").unwrap();
    assert_eq!((principal.tenant().as_str(), principal.user().as_str()), ("acme", "ci"));
    assert!(principal.require(Scope::Admin).is_ok());
    assert_eq!(principal.require(Scope::Chat), Err(EdgeError::Forbidden("chat")));
    for wrong in ["Secret", "secre", "secret ", "", &hash_key("secret")] {
        assert_eq!(of_key(&keys, wrong), Err(AuthFault::UnknownKey.into()), "{wrong}");
    }
}

#[test]
fn a_header_holds_a_token_or_a_key() {
    assert_eq!(credential(Some("Bearer secret")), Ok(Credential::Key("secret")));
    assert_eq!(credential(Some("bearer eyJh.b.c")), Ok(Credential::Token("eyJh.b.c")));
    assert_eq!(credential(Some("Bearer eyJhb")), Ok(Credential::Key("eyJhb")));
    let long = format!("Bearer {}", "x".repeat(9000));
    for none in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic abc"), Some(long.as_str())] {
        assert!(credential(none).is_err(), "{none:?}");
    }
}

#[test]
fn each_algorithm_lets_its_own_tokens_in() {
    let hs = hs256(&json!({ "alg": "HS256" }), &claims(), SECRET);
    for token in [hs, signed_ed("ed", &claims()), signed_es(&claims())] {
        let (principal, until) = verify_with(&config(), &token).unwrap();
        assert_eq!((principal.tenant().as_str(), principal.user().as_str()), ("acme", "ann"));
        assert_eq!(principal.privacy(), Privacy::NoStore);
        assert!(principal.require(Scope::Complete).is_ok() && principal.require(Scope::Admin).is_err());
        assert_eq!(until, Millis((NOW + 330) * 1000));
    }
}

#[test]
fn tokens_that_are_not_signed_do_not_pass() {
    let none = format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims()));
    assert_eq!(fault(&none), AuthFault::Algorithm);
    for alg in ["None", "NONE", "RS256", "HS512", "PS256", "ES384"] {
        let token = hs256(&json!({ "alg": alg }), &claims(), SECRET);
        assert_eq!(fault(&token), AuthFault::Algorithm, "{alg}");
    }
    assert_eq!(fault(&hs256(&json!({ "alg": "HS256" }), &claims(), b"another")), AuthFault::Signature);
    let token = hs256(&json!({ "alg": "HS256" }), &claims(), SECRET);
    let (message, _) = token.rsplit_once('.').unwrap();
    assert_eq!(fault(&format!("{message}.")), AuthFault::Signature);
}

/// A public key is known to everybody, so it must not do as an HMAC's secret.
#[test]
fn keys_are_not_confused() {
    let ed = ed25519().0.verifying_key().to_bytes();
    let ec = p256().0.verifying_key().to_sec1_point(false);
    for public in [ed.as_slice(), ec.as_bytes()] {
        for kid in ["ed", "ec"] {
            let token = hs256(&json!({ "alg": "HS256", "kid": kid }), &claims(), public);
            assert_eq!(fault(&token), AuthFault::Signature);
        }
    }
    // The name of one key, signed with another one.
    assert_eq!(fault(&signed_ed("ec", &claims())), AuthFault::UnknownSigner);
    assert_eq!(fault(&signed_ed("new", &claims())), AuthFault::UnknownSigner);
    // Nor is a secret taken from what is published.
    let secret = json!({ "keys": [{ "kty": "oct", "k": BASE64.encode(b"x"), "kid": "o", "alg": "HS256" }] });
    assert!(!KeySet::from_document(&secret, Millis(0)).has("o"));
}

#[test]
fn an_algorithm_off_the_list_does_not_pass() {
    let mut config = config();
    config.auth.jwt.as_mut().unwrap().algorithms = vec!["EdDSA".to_owned()];
    let token = hs256(&json!({ "alg": "HS256" }), &claims(), SECRET);
    assert_eq!(verify_with(&config, &token).unwrap_err(), AuthFault::Algorithm.into());
}

#[test]
fn claims_are_checked() {
    for (change, expected) in [
        (json!({ "exp": NOW - 31 }), AuthFault::Expired),
        (json!({ "exp": 1e300, "iat": NOW }), AuthFault::Claims),
        (json!({ "exp": NOW + 86_400 }), AuthFault::TooLong),
        (json!({ "iat": NOW + 60, "exp": NOW + 120 }), AuthFault::NotYet),
        (json!({ "nbf": NOW + 60 }), AuthFault::NotYet),
        (json!({ "aud": "somebody" }), AuthFault::Audience),
        (json!({ "aud": [] }), AuthFault::Audience),
        (json!({ "iss": "https://evil.example" }), AuthFault::Audience),
        (json!({ "aud": null }), AuthFault::Claims),
        (json!({ "tenant": "../other" }), AuthFault::Claims),
        (json!({ "tenant": null }), AuthFault::Claims),
        (json!({ "sub": "" }), AuthFault::Claims),
        (json!({ "exp": "soon" }), AuthFault::Claims),
        (json!({ "exp": null }), AuthFault::Claims),
        (json!({ "privacy": "none" }), AuthFault::Claims),
    ] {
        let mut claims = claims();
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        let token = hs256(&json!({ "alg": "HS256" }), &claims, SECRET);
        assert_eq!(fault(&token), expected, "{change}");
    }
}

#[test]
fn clocks_may_differ_a_little() {
    for change in [json!({ "exp": NOW - 29 }), json!({ "iat": NOW + 29 }), json!({ "nbf": NOW + 29 })] {
        let mut claims = claims();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        assert!(
            verify_with(&config(), &hs256(&json!({ "alg": "HS256" }), &claims, SECRET)).is_ok(),
            "{change}"
        );
    }
}

#[test]
fn keys_are_fetched_anew_but_not_at_will() {
    let mut keys = KeySet::default();
    let (ttl, pause, at) = (Millis(600_000), Millis(10_000), Millis(1_000_000));
    assert!(keys.is_old(at, ttl) && keys.may_fetch(at, pause));
    keys.trying(at);
    assert!(!keys.may_fetch(at.plus(Millis(9_999)), pause));
    assert!(keys.may_fetch(at.plus(pause), pause));
    let keys = KeySet::from_document(&json!({ "keys": [ed25519().1] }), at);
    assert!(keys.has("ed") && !keys.has("ec"));
    assert!(!keys.is_old(at.plus(Millis(599_999)), ttl) && keys.is_old(at.plus(ttl), ttl));
    // A clock that was set back is no reason to ask.
    assert!(!keys.is_old(Millis(0), ttl));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let token = format!("eyJ{text}.{}.{}", BASE64.encode(&bytes), BASE64.encode(&bytes));
        prop_assert!(verify_with(&config(), &token).is_err());
        prop_assert!(verify_with(&config(), &text).is_err());
        let _ = credential(Some(&text));
    }

    #[test]
    fn no_changed_byte_passes(at in 0usize..2000, to in 33u8..127) {
        for token in [signed_ed("ed", &claims()), hs256(&json!({ "alg": "HS256" }), &claims(), SECRET)] {
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            // The last digit of an encoding holds bits that count for nothing.
            let counts = at + 1 < bytes.len() && bytes[at + 1] != b'.';
            if counts && bytes[at] != to && bytes[at] != b'.' {
                bytes[at] = to;
                prop_assert!(verify_with(&config(), &String::from_utf8(bytes).unwrap()).is_err());
            }
        }
    }

    #[test]
    fn no_document_of_keys_panics(text in "\\PC*") {
        let document = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": text }, { "kty": "EC", "crv": "P-256", "x": text, "y": text }, text] });
        let keys = KeySet::from_document(&document, Millis(0));
        let config = config();
        let rules = config.auth.jwt.as_ref().unwrap();
        let verifier = Verifier { rules, secret: None, keys: &keys };
        prop_assert!(verifier.verify(&signed_ed("ed", &claims()), Millis(NOW * 1000)).is_err());
        prop_assert!(verifier.verify(&signed_es(&claims()), Millis(NOW * 1000)).is_err());
    }
}
