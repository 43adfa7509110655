//! The cache's outer tiers: the data centre's Cache API, and KV as one that all share.
//!
//! Both are asked with a key that nobody can make without the secret. Either may
//! fail, which is a miss and a count, never an error.

use wasm_bindgen::JsCast;
use web_sys::{Headers, Response, ResponseInit};
use worker::Env;

use super::state::RuntimeConfig;
use super::{js, state};
use crate::Millis;
use crate::cache::{CacheKey, CachedAnswer, Freshness};

/// How long a store may take before the backend is asked instead.
const STORE_TIMEOUT: Millis = Millis(300);
/// KV keeps nothing for a shorter time, seconds.
const KV_LEAST: u64 = 60;

/// Looks in both, the nearer first.
pub(super) async fn find(
    env: &Env,
    runtime: &RuntimeConfig,
    key: CacheKey,
) -> Option<(CachedAnswer, Freshness)> {
    let options = &runtime.config.cache;
    let mut found = None;
    if options.cache_api {
        found = counted("cache", js::within(STORE_TIMEOUT, from_cache(key, options.entry_bytes)).await);
    }
    if found.is_none()
        && options.kv
        && let Ok(store) = env.kv("GHOSTLIGHT_KV")
    {
        let name = format!("answer:{}", key.hex());
        let read = async { store.get(&name).bytes().await.map_err(drop) };
        found = counted("kv", js::within(STORE_TIMEOUT, read).await);
    }
    let entry = CachedAnswer::from_bytes(&found?)?;
    let (ttl, stale) = (options.ttl_seconds * 1000, options.stale_seconds * 1000);
    match entry.freshness(js::now(), Millis(ttl), Millis(stale)) {
        Freshness::Expired => None,
        fresh => Some((entry, fresh)),
    }
}

/// Puts an answer into both.
pub(super) async fn keep(env: &Env, runtime: &RuntimeConfig, key: CacheKey, entry: &CachedAnswer) {
    let options = &runtime.config.cache;
    let bytes = entry.to_bytes();
    if bytes.len() > options.entry_bytes {
        return;
    }
    let seconds = options.ttl_seconds + options.stale_seconds;
    if options.cache_api {
        counted("cache", Some(to_cache(key, &bytes, seconds).await.map(Some)));
    }
    if options.kv
        && let Ok(store) = env.kv("GHOSTLIGHT_KV")
    {
        let put = async {
            let put = store.put_bytes(&format!("answer:{}", key.hex()), &bytes).map_err(drop)?;
            put.expiration_ttl(seconds.max(KV_LEAST)).execute().await.map_err(drop)
        };
        counted("kv", Some(put.await.map(Some)));
    }
}

fn counted<T>(store: &'static str, outcome: Option<Result<Option<T>, ()>>) -> Option<T> {
    match outcome {
        Some(Ok(value)) => value,
        Some(Err(())) | None => {
            state::with(|isolate| {
                isolate.metrics.add("ghostlight_store_errors_total", &[("store", store)], 1)
            });
            None
        }
    }
}

/// An address that leads nowhere: `.invalid` never resolves (RFC 6761).
fn address(key: CacheKey) -> String {
    format!("https://cache.ghostlight.invalid/{}", key.hex())
}

fn cache() -> Option<web_sys::Cache> {
    let caches = js::property(&js_sys::global(), "caches")?;
    // Named so in Workers only.
    js::property(&caches, "default").map(wasm_bindgen::JsCast::unchecked_into)
}

async fn from_cache(key: CacheKey, limit: usize) -> Result<Option<Vec<u8>>, ()> {
    let cache = cache().ok_or(())?;
    let found =
        wasm_bindgen_futures::JsFuture::from(cache.match_with_str(&address(key))).await.map_err(drop)?;
    let Ok(response) = found.dyn_into::<Response>() else { return Ok(None) };
    let Some(body) = response.body() else { return Ok(None) };
    js::Reader::new(&body)?.all(limit).await
}

async fn to_cache(key: CacheKey, bytes: &[u8], seconds: u64) -> Result<(), ()> {
    let cache = cache().ok_or(())?;
    let headers = Headers::new().map_err(drop)?;
    headers.set("cache-control", &format!("max-age={seconds}")).map_err(drop)?;
    headers.set("content-type", "application/json").map_err(drop)?;
    let init = ResponseInit::new();
    init.set_headers(&headers);
    let body = js_sys::Uint8Array::from(bytes);
    let response = Response::new_with_opt_buffer_source_and_init(Some(&body), &init).map_err(drop)?;
    let put = cache.put_with_str(&address(key), &response);
    wasm_bindgen_futures::JsFuture::from(put).await.map(drop).map_err(drop)
}
