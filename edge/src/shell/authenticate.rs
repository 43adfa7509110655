//! Authentication: the principal of a request, by its API key or token; public keys (JWKS) are fetched here.

use sha2::{Digest, Sha256};
use web_sys::RequestInit;

use super::{Call, js, state};
use crate::auth::{Credential, KeySet, Verifier, credential, of_key};
use crate::config::Jwt;
use crate::error::AuthFault;
use crate::{EdgeError, Millis, Principal};

/// The longest document of keys, bytes.
const LONGEST: usize = 64 << 10;
/// How long the issuer may take to give it.
const JWKS_TIMEOUT: Millis = Millis(3_000);

pub(super) async fn principal(call: &Call) -> Result<Principal, EdgeError> {
    let header = call.header("authorization");
    let token = match credential(header.as_deref())? {
        Credential::Key(key) => return of_key(&call.runtime.config.auth.keys, key),
        Credential::Token(token) => token,
    };
    let rules = call.runtime.config.auth.jwt.as_ref().ok_or(AuthFault::UnknownKey)?;
    let now = js::now();
    let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    // A signature costs a thousand times what the rest of a request does.
    let known = state::with(|isolate| isolate.tokens.get(&digest).cloned());
    if let Some((principal, until)) = known {
        return if now < until { Ok(principal) } else { Err(AuthFault::Expired.into()) };
    }
    refresh(rules, token, now).await;
    let keys = state::with(|isolate| isolate.public_keys.clone());
    let secret = call.runtime.jwt_secret.as_deref().map(str::as_bytes);
    let (principal, until) = Verifier { rules, secret, keys: &keys }.verify(token, now)?;
    state::with(|isolate| isolate.tokens.put(digest, (principal.clone(), until)));
    Ok(principal)
}

/// Fetches the issuer's keys if they are old, or lack the one that a token names.
async fn refresh(rules: &Jwt, token: &str, now: Millis) {
    let Some(url) = &rules.jwks_url else { return };
    let [ttl, pause] = [rules.jwks_ttl_seconds, rules.jwks_pause_seconds]
        .map(|seconds| Millis(seconds.saturating_mul(1000)));
    let Some(wanted) = Verifier::public_key_id(token) else { return };
    let due = state::with(|isolate| {
        let keys = &mut isolate.public_keys;
        let lacks = !wanted.is_empty() && !keys.has(&wanted);
        let due = (keys.is_old(now, ttl) || lacks) && keys.may_fetch(now, pause);
        if due {
            keys.trying(now);
        }
        due
    });
    if !due {
        return;
    }
    if let Some(document) = js::within(JWKS_TIMEOUT, fetch(url)).await.flatten() {
        state::with(|isolate| isolate.public_keys = KeySet::from_document(&document, js::now()));
    }
}

async fn fetch(url: &str) -> Option<serde_json::Value> {
    let init = RequestInit::new();
    init.set_redirect(web_sys::RequestRedirect::Manual);
    let outgoing = js::Outgoing::new();
    let response = outgoing.send(url, &init).await.ok().filter(web_sys::Response::ok)?;
    let bytes = js::Reader::new(&response.body()?).ok()?.all(LONGEST).await.ok()??;
    serde_json::from_slice(&bytes).ok()
}
