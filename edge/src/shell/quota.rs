//! The quota of a request: tokens are reserved from a lease before it is made, and settled after its end.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use worker::Env;

use super::{Call, js, objects, state};
use crate::config::{Allowance, Limits};
use crate::limit::Taken;
use crate::{EdgeError, Millis, Principal};

/// A reservation, as the object that keeps the buckets is asked for it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReserveRequest {
    pub(super) user: String,
    pub(super) need: u32,
    pub(super) want: u32,
    pub(super) back: i64,
    pub(super) limits: [u32; 4],
}

/// What it grants, or how many milliseconds to wait for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ReserveReply {
    Tokens(u32),
    User(u64),
    Tenant(u64),
}

/// A reservation; what was really used is told to [`Reserved::settle`].
pub(super) struct Reserved {
    key: (String, String),
    tokens: u32,
}

/// The platform's own limiter, where it is bound: a gate before anything costs time.
pub(super) async fn gate(call: &Call, principal: &Principal) -> Result<(), EdgeError> {
    let Ok(limiter) = call.env.rate_limiter("GHOSTLIGHT_GATE") else { return Ok(()) };
    let key = format!("{}:{}", principal.tenant().as_str(), principal.user().as_str());
    match limiter.limit(key).await {
        Ok(outcome) if !outcome.success => {
            Err(EdgeError::RateLimited { what: "this user", retry_after: Millis(10_000) })
        }
        // A gate that does not answer is open: the buckets behind it still count.
        _ => Ok(()),
    }
}

/// How long the buckets may take before the isolate lends.
const RESERVE_TIMEOUT: Millis = Millis(1_000);

/// What a lease may hold at most: a share of the smaller bucket, as other isolates hold some, too.
fn most(limits: &Limits) -> u32 {
    (limits.user.burst.min(limits.tenant.burst) / 8).max(limits.lease_tokens)
}

/// Goes for more before the lease is used up, behind a request that has what it needs.
fn refill(call: &Rc<Call>, key: &(String, String)) {
    let limits = call.runtime.config.limits;
    let (now, span) = (js::now(), Millis(limits.lease_ms));
    let want = state::with(|isolate| {
        let lease = isolate.leases.get_mut(key)?;
        let goes = limits.lease_tokens > 0 && lease.is_low(now, span) && lease.goes(now, RESERVE_TIMEOUT);
        goes.then(|| lease.grow(limits.lease_tokens, most(&limits), now, span))
    });
    let Some(want) = want else { return };
    let request = ReserveRequest { user: key.1.clone(), need: 0, want, back: 0, limits: numbers(limits) };
    let (env, key) = (call.env.clone(), key.clone());
    call.later(async move {
        // Without an answer whoever has too little asks again, and is told.
        if let Some(ReserveReply::Tokens(granted)) = ask_object(&env, &key.0, &request).await {
            state::with(|isolate| {
                let lease = isolate.leases.get_or_insert_mut(key, Default::default);
                lease.add(granted, 0, js::now().plus(span));
            });
        }
    });
}

/// Reserves `tokens`. If the buckets cannot be reached the isolate lends what a user's
/// own is refilled with in the time of a lease, so that a store's failure neither stops
/// everybody nor lets everything through.
pub(super) async fn reserve(
    call: &Rc<Call>,
    principal: &Principal,
    tokens: u32,
) -> Result<Reserved, EdgeError> {
    let limits = call.runtime.config.limits;
    let key = (principal.tenant().as_str().to_owned(), principal.user().as_str().to_owned());
    // Nobody can ever have more than a full bucket.
    let tokens = tokens.min(limits.user.burst).min(limits.tenant.burst);
    let take = || {
        let now = js::now();
        state::with(|isolate| {
            isolate.leases.get_or_insert_mut(key.clone(), Default::default).take(tokens, now)
        })
    };
    if take() == Taken::Yes {
        refill(call, &key);
        return Ok(Reserved { key, tokens });
    }
    // What is left of the old lease goes back with the question.
    let (back, more) = state::with(|isolate| {
        let lease = isolate.leases.get_or_insert_mut(key.clone(), Default::default);
        let now = js::now();
        let more = if lease.goes(now, RESERVE_TIMEOUT) {
            lease.grow(limits.lease_tokens, most(&limits), now, Millis(limits.lease_ms))
        } else {
            0
        };
        (lease.drain(), more)
    });
    let request = ReserveRequest {
        user: key.1.clone(),
        need: tokens,
        want: tokens.saturating_add(more),
        back,
        limits: numbers(limits),
    };
    let reply =
        call.disconnect.unless(ask_object(&call.env, &key.0, &request)).await.ok_or(EdgeError::Cancelled)?;
    let until = js::now().plus(Millis(limits.lease_ms));
    match reply {
        Some(ReserveReply::Tokens(granted)) => {
            state::with(|isolate| {
                let lease = isolate.leases.get_or_insert_mut(key.clone(), Default::default);
                lease.add(granted, tokens.min(granted), until);
            });
            Ok(Reserved { key, tokens: tokens.min(granted) })
        }
        // Many requests at once all ask, and those that were answered before this one may
        // have taken what is left of the bucket, for all of them: it is in the lease.
        Some(ReserveReply::User(_) | ReserveReply::Tenant(_)) if take() == Taken::Yes => {
            Ok(Reserved { key, tokens })
        }
        Some(ReserveReply::User(wait)) => {
            Err(EdgeError::RateLimited { what: "this user", retry_after: Millis(wait) })
        }
        Some(ReserveReply::Tenant(wait)) => {
            Err(EdgeError::RateLimited { what: "this tenant", retry_after: Millis(wait) })
        }
        None => state::with(|isolate| {
            isolate.metrics.add("ghostlight_store_errors_total", &[("store", "limits")], 1);
            let lease = isolate.leases.get_or_insert_mut(key.clone(), Default::default);
            lease.settle(back);
            let now = js::now();
            // Another request may have lent meanwhile.
            if let Taken::No { .. } = lease.take(tokens, now) {
                let lent = lease.lend(tokens, limits.user.per_minute, now, Millis(limits.lease_ms));
                lent.map_err(|retry_after| EdgeError::RateLimited { what: "this user", retry_after })?;
            }
            Ok(Reserved { key, tokens })
        }),
    }
}

impl Reserved {
    /// Gives back what was not used; more than was reserved is taken from the lease.
    pub(super) fn settle(self, used: u64) {
        let back = i64::from(self.tokens) - i64::try_from(used).unwrap_or(i64::MAX);
        state::with(|isolate| {
            isolate.metrics.add("ghostlight_tokens_total", &[], used);
            if let Some(lease) = isolate.leases.get_mut(&self.key) {
                lease.settle(back);
            }
        });
    }
}

fn numbers(limits: Limits) -> [u32; 4] {
    [limits.user.burst, limits.user.per_minute, limits.tenant.burst, limits.tenant.per_minute]
}

/// The two allowances of a reservation.
pub(super) fn allowances(request: &ReserveRequest) -> (Allowance, Allowance) {
    let [burst, per_minute, tenant_burst, tenant_per_minute] = request.limits;
    (Allowance { burst, per_minute }, Allowance { burst: tenant_burst, per_minute: tenant_per_minute })
}

async fn ask_object(env: &Env, tenant: &str, request: &ReserveRequest) -> Option<ReserveReply> {
    let body = serde_json::to_string(request).ok()?;
    let name = format!("{tenant}:limits");
    let asked = objects::call(env, objects::TENANTS, &name, "/reserve", &body);
    let answer = js::within(RESERVE_TIMEOUT, asked).await.flatten()?;
    serde_json::from_slice(&answer).ok()
}
