//! The state of an isolate between requests: its configuration, caches, breakers, leases; plain data only.
//!
//! It is borrowed for moments only, never across a wait.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::rc::Rc;

use lru::LruCache;
use worker::{Context, Env};

use super::js;
use ghostlight_guard::PrivacyRules;

use super::guard::RulesState;
use crate::auth::KeySet;
use crate::balancing::{Breaker, Budget, Latency};
use crate::cache::{Flights, KeyMaker, Memory};
use crate::limit::Lease;
use crate::metrics::Metrics;
use crate::{Config, EdgeError, Millis, Principal};

/// Leases, and tokens that were checked, that are remembered.
const MOST_REMEMBERED: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");
/// How long KV may take to give the configuration.
const CONFIG_TIMEOUT: Millis = Millis(3_000);
/// The shortest secret, bytes.
const SHORTEST_SECRET: usize = 32;

/// The configuration in use, with the secrets that it names.
pub(super) struct RuntimeConfig {
    pub(super) config: Config,
    pub(super) keys: KeyMaker,
    pub(super) backend_keys: Vec<Option<String>>,
    pub(super) jwt_secret: Option<String>,
    /// Rules of how far texts may go, those that ship first.
    pub(super) layers: Vec<PrivacyRules>,
    /// The rules that answers are held to, once they are there.
    pub(super) rules_state: RefCell<RulesState>,
    text: String,
}

/// What is known about a backend.
pub(super) struct BackendState {
    pub(super) id: String,
    pub(super) breaker: Breaker,
    pub(super) in_flight: u32,
    pub(super) latency: Latency,
}

/// The memory of an isolate.
pub(super) struct Isolate {
    pub(super) runtime: Rc<RuntimeConfig>,
    pub(super) memory: Memory,
    pub(super) flights: Flights,
    pub(super) backends: Vec<BackendState>,
    pub(super) hedges: Budget,
    pub(super) retries: Budget,
    pub(super) leases: LruCache<(String, String), Lease>,
    pub(super) tokens: LruCache<[u8; 32], (Principal, Millis)>,
    pub(super) public_keys: KeySet,
    pub(super) metrics: Metrics,
    reloaded: Millis,
}

thread_local! {
    static ISOLATE: RefCell<Option<Isolate>> = const { RefCell::new(None) };
}

/// Borrows the isolate. Only after [`load`], and never inside of itself.
pub(super) fn with<R>(work: impl FnOnce(&mut Isolate) -> R) -> R {
    ISOLATE.with_borrow_mut(|isolate| work(isolate.as_mut().expect("every request begins with `load`")))
}

/// The configuration in use; read at the first request, renewed from KV beside later ones.
pub(super) async fn load(env: &Env, context: &Context) -> Result<Rc<RuntimeConfig>, EdgeError> {
    let now = js::now();
    let current = ISOLATE
        .with_borrow(|isolate| isolate.as_ref().map(|isolate| (isolate.runtime.clone(), isolate.reloaded)));
    if let Some((runtime, reloaded)) = current {
        if now.since(reloaded) >= Millis(runtime.config.server.reload_seconds.saturating_mul(1000)) {
            with(|isolate| isolate.reloaded = now);
            let env = env.clone();
            context.wait_until(async move { reload(&env).await });
        }
        return Ok(runtime);
    }
    let stored = stored(env).await;
    let bound = js::property(env, "GHOSTLIGHT_CONFIG").and_then(|text| text.as_string());
    let from_store = stored.and_then(|text| match read(env, text) {
        Ok(runtime) => Some(runtime),
        Err(error) => {
            js::log_error(&format!("the configuration in KV is not used: {error}"));
            None
        }
    });
    let runtime = match (from_store, bound) {
        (Some(runtime), _) => runtime,
        (None, Some(text)) => read(env, text)?,
        (None, None) => {
            return Err(EdgeError::Config(
                "there is none: bind GHOSTLIGHT_CONFIG, or put `config` into KV".into(),
            ));
        }
    };
    let runtime = Rc::new(runtime);
    ISOLATE.with_borrow_mut(|isolate| {
        // Another request may have been faster.
        if isolate.is_none() {
            *isolate = Some(Isolate::new(runtime.clone(), now));
        }
    });
    Ok(with(|isolate| isolate.runtime.clone()))
}

async fn stored(env: &Env) -> Option<String> {
    let store = env.kv("GHOSTLIGHT_KV").ok()?;
    // Errors are of two kinds of the same meaning: what is bound is used.
    js::within(CONFIG_TIMEOUT, store.get("config").text()).await?.ok().flatten()
}

/// Takes a newer configuration, if there is one and it is good.
async fn reload(env: &Env) {
    let Some(text) = stored(env).await else { return };
    if with(|isolate| isolate.runtime.text == text) {
        return;
    }
    match read(env, text) {
        Ok(runtime) => with(|isolate| isolate.renew(Rc::new(runtime))),
        Err(error) => {
            js::log_error(&format!("the configuration in KV is not used: {error}"));
            with(|isolate| isolate.metrics.add("ghostlight_config_errors_total", &[], 1));
        }
    }
}

fn read(env: &Env, text: String) -> Result<RuntimeConfig, EdgeError> {
    let config = Config::parse(&text)?;
    let variable = |name: &str| js::property(env, name).and_then(|value| value.as_string());
    let named =
        |name: &str| variable(name).ok_or_else(|| EdgeError::Config(format!("there is no variable {name}")));
    let secret = named("GHOSTLIGHT_SECRET")?;
    if secret.len() < SHORTEST_SECRET {
        return Err(EdgeError::Config(format!(
            "GHOSTLIGHT_SECRET has to be of {SHORTEST_SECRET} bytes or more"
        )));
    }
    let key = |name: &str| match named(name)? {
        key if key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(key),
        _ => Err(EdgeError::Config(format!("the variable {name} is no key: it cannot stand in a header"))),
    };
    let backend_keys =
        config.backends.iter().map(|backend| backend.api_key_env.as_deref().map(key).transpose());
    let backend_keys = backend_keys.collect::<Result<_, _>>()?;
    let jwt = config.auth.jwt.as_ref();
    let jwt_secret = jwt.and_then(|jwt| jwt.secret_env.as_deref()).map(named).transpose()?;
    let keys = KeyMaker::new(secret.as_bytes(), config.cache.prefix_bytes, config.cache.suffix_bytes);
    let own = PrivacyRules::parse_or_closed(&config.privacy.rules);
    let layers = config.privacy.builtin.then(PrivacyRules::builtin).into_iter().chain([own]).collect();
    Ok(RuntimeConfig {
        config,
        keys,
        backend_keys,
        jwt_secret,
        layers,
        rules_state: RefCell::default(),
        text,
    })
}

impl Isolate {
    fn new(runtime: Rc<RuntimeConfig>, now: Millis) -> Self {
        let config = &runtime.config;
        Self {
            memory: memory(config),
            flights: Flights::default(),
            backends: backends(config, Vec::new()),
            hedges: Budget::new(config.routing.hedge_percent),
            retries: Budget::with_reserve(config.routing.retry_percent),
            leases: LruCache::new(MOST_REMEMBERED),
            tokens: LruCache::new(MOST_REMEMBERED),
            public_keys: public_keys(config, now),
            metrics: Metrics::default(),
            reloaded: now,
            runtime,
        }
    }

    /// Puts a new configuration into use. Answers of the old one are forgotten, since
    /// its models may be others; what is known about backends is kept.
    fn renew(&mut self, runtime: Rc<RuntimeConfig>) {
        let config = &runtime.config;
        self.memory = memory(config);
        self.backends = backends(config, std::mem::take(&mut self.backends));
        self.hedges = Budget::new(config.routing.hedge_percent);
        self.retries = Budget::with_reserve(config.routing.retry_percent);
        self.tokens.clear();
        self.leases.clear();
        self.public_keys = public_keys(config, js::now());
        self.runtime = runtime;
    }

    /// The backend at a place of `config.backends`, if the configuration is still the same.
    pub(super) fn backend(&mut self, runtime: &Rc<RuntimeConfig>, at: usize) -> Option<&mut BackendState> {
        let same = Rc::ptr_eq(&self.runtime, runtime);
        self.backends.get_mut(at).filter(|_| same)
    }
}

fn memory(config: &Config) -> Memory {
    let seconds = |seconds: u64| Millis(seconds.saturating_mul(1000));
    Memory::new(
        config.cache.memory_bytes,
        seconds(config.cache.ttl_seconds),
        seconds(config.cache.stale_seconds),
    )
}

fn backends(config: &Config, mut known: Vec<BackendState>) -> Vec<BackendState> {
    let each = config.backends.iter().map(|backend| {
        let old = known.iter().position(|old| old.id == backend.id).map(|at| known.swap_remove(at));
        let breaker = Breaker::new(config.routing.breaker);
        match old {
            // Requests of the old configuration are counted down no more.
            Some(old) => BackendState { in_flight: 0, ..old },
            None => {
                BackendState { id: backend.id.clone(), breaker, in_flight: 0, latency: Latency::default() }
            }
        }
    });
    each.collect()
}

fn public_keys(config: &Config, now: Millis) -> KeySet {
    let jwks = config.auth.jwt.as_ref().and_then(|jwt| jwt.jwks.as_ref());
    jwks.map_or_else(KeySet::default, |jwks| KeySet::from_document(jwks, now))
}
