//! Validation of the configuration: every fault beyond types, each with the path of its field.
//!
//! Every fault is found, not only the first, and begins with the path of its field.

use std::collections::BTreeSet;

use ghostlight_context::FimTemplate;
use ghostlight_guard::{PrivacyRules, TOKENS};

use super::{Config, Model};
use crate::tenant::{Scope, TenantId, UserId};

/// Names of algorithms for tokens.
const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "HS256"];

/// Every fault, as a sentence.
pub(super) fn faults(config: &Config) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    server(config, &mut faults);
    auth(config, &mut faults);
    places(config, &mut faults);
    models(config, &mut faults);
    numbers(config, &mut faults);
    guard(config, &mut faults);
    experiments(config, &mut faults);
    faults.0
}

struct Faults(Vec<String>);

impl Faults {
    fn unless(&mut self, fine: bool, path: &str, message: &str) {
        if !fine {
            self.0.push(format!("`{path}` {message}"));
        }
    }

    /// Names that appear twice, or are none.
    fn names<'a>(&mut self, path: &str, names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        for name in names {
            let fine = !name.is_empty() && name.len() <= 128 && name.bytes().all(|b| b.is_ascii_graphic());
            self.unless(
                fine,
                path,
                &format!("has the name `{name}`, which is not 1 to 128 visible characters"),
            );
            self.unless(seen.insert(name), path, &format!("has `{name}` twice"));
        }
        seen
    }
}

fn server(config: &Config, faults: &mut Faults) {
    for origin in &config.server.cors_origins {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let fine = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ', '@']));
        faults.unless(
            fine,
            "server.cors_origins",
            &format!("has `{origin}`, which is no exact origin like https://ide.example"),
        );
    }
    for (path, value, most) in [
        ("server.completion_body_bytes", config.server.completion_body_bytes, 4 << 20),
        ("server.chat_body_bytes", config.server.chat_body_bytes, 16 << 20),
        ("server.index_body_bytes", config.server.index_body_bytes, 16 << 20),
    ] {
        faults.unless((1..=most).contains(&value), path, &format!("is {value}, but may be 1 to {most}"));
    }
}

fn auth(config: &Config, faults: &mut Faults) {
    let auth = &config.auth;
    faults.unless(
        !auth.keys.is_empty() || auth.jwt.is_some(),
        "auth",
        "lets nobody in: give `auth.keys` or `auth.jwt`",
    );
    for key in &auth.keys {
        let fine = key.sha256.len() == 64 && key.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        faults.unless(
            fine,
            "auth.keys.sha256",
            "has to be 64 hexadecimal digits: the SHA-256 of the key, not the key",
        );
        faults.unless(TenantId::new(&key.tenant).is_ok(), "auth.keys.tenant", "is no name of a tenant");
        faults.unless(UserId::new(&key.user).is_ok(), "auth.keys.user", "is no name of a user");
        for scope in &key.scopes {
            let known = Scope::NAMES.iter().any(|(name, _)| name == scope);
            faults.unless(
                known,
                "auth.keys.scopes",
                &format!("has `{scope}`; there are complete, chat, index, admin"),
            );
        }
    }
    let Some(jwt) = &auth.jwt else { return };
    faults.unless(!jwt.issuer.is_empty(), "auth.jwt.issuer", "is empty");
    faults.unless(!jwt.audiences.is_empty(), "auth.jwt.audiences", "is empty");
    faults.unless(!jwt.algorithms.is_empty(), "auth.jwt.algorithms", "is empty");
    for name in &jwt.algorithms {
        let known = ALGORITHMS.contains(&name.as_str());
        faults.unless(known, "auth.jwt.algorithms", &format!("has `{name}`; there are EdDSA, ES256, HS256"));
    }
    let wants = |name: &str| jwt.algorithms.iter().any(|algorithm| algorithm == name);
    faults.unless(
        wants("HS256") == jwt.secret_env.is_some(),
        "auth.jwt.secret_env",
        "goes together with the algorithm HS256",
    );
    faults.unless(
        (wants("EdDSA") || wants("ES256")) == (jwt.jwks.is_some() || jwt.jwks_url.is_some()),
        "auth.jwt.jwks",
        "or `jwks_url` goes together with the algorithms EdDSA and ES256",
    );
    if let Some(jwks) = &jwt.jwks {
        faults.unless(jwks["keys"].is_array(), "auth.jwt.jwks", "has no array `keys`");
    }
    if let Some(url) = &jwt.jwks_url {
        faults.unless(is_address(url), "auth.jwt.jwks_url", "is no http(s) address");
    }
    faults.unless(
        (1..=3600).contains(&jwt.jwks_pause_seconds),
        "auth.jwt.jwks_pause_seconds",
        "may be 1 to 3600",
    );
    faults.unless(jwt.leeway_seconds <= 300, "auth.jwt.leeway_seconds", "may be 300 at most");
}

fn places(config: &Config, faults: &mut Faults) {
    let regions = faults.names("regions", config.regions.iter().map(|region| region.name.as_str()));
    let known = |name: &str| regions.contains(name) || (regions.is_empty() && name.is_empty());
    for region in &config.regions {
        for other in &region.fallback {
            faults.unless(known(other), "regions.fallback", &format!("names `{other}`, which is no region"));
        }
    }
    let default = &config.routing.default_region;
    faults.unless(known(default), "routing.default_region", &format!("is `{default}`, which is no region"));
    faults.names("backends", config.backends.iter().map(|backend| backend.id.as_str()));
    for backend in &config.backends {
        let id = &backend.id;
        faults.unless(known(&backend.region), "backends.region", &format!("of `{id}` is no region"));
        faults.unless(
            is_address(&backend.url),
            "backends.url",
            &format!("of `{id}` is no plain http(s) address"),
        );
        let fine = backend.weight.is_finite() && backend.weight > 0.0 && backend.weight <= 1000.0;
        faults.unless(fine, "backends.weight", &format!("of `{id}` has to be above 0 and at most 1000"));
        faults.unless(
            backend.health_path.starts_with('/'),
            "backends.health_path",
            &format!("of `{id}` has to begin with /"),
        );
    }
}

fn models(config: &Config, faults: &mut Faults) {
    let ids = faults.names("models", config.models.iter().map(|model| model.id.as_str()));
    for model in &config.models {
        let id = &model.id;
        faults.unless(!model.backends.is_empty(), "models.backends", &format!("of `{id}` is empty"));
        for backend in model.backends.keys() {
            let known = config.backends.iter().any(|known| known.id == *backend);
            faults.unless(
                known,
                "models.backends",
                &format!("of `{id}` names `{backend}`, which is no backend"),
            );
        }
        let fim = model.fim == "native" || FimTemplate::by_family(&model.fim).is_some();
        faults.unless(fim, "models.fim", &format!("of `{id}` is neither `native` nor a known family"));
        let fine = (1..=1 << 20).contains(&model.context_bytes);
        faults.unless(fine, "models.context_bytes", &format!("of `{id}` may be 1 to 1048576"));
        let fine = (1..=model.max_tokens).contains(&model.default_tokens);
        faults.unless(fine, "models.default_tokens", &format!("of `{id}` may be 1 to max_tokens"));
        if let Some(smaller) = &model.smaller {
            faults.unless(
                ids.contains(smaller.as_str()),
                "models.smaller",
                &format!("of `{id}` is no model"),
            );
            faults.unless(ends(config, model), "models.smaller", &format!("of `{id}` leads back to it"));
        }
        for file in &model.files {
            let fine =
                !file.is_empty() && !file.starts_with('.') && !file.contains(['/', '\\', '?', '#', '%']);
            faults.unless(
                fine,
                "models.files",
                &format!("of `{id}` has `{file}`, which is no plain file name"),
            );
        }
    }
}

/// Whether the chain of smaller models comes to an end.
fn ends(config: &Config, model: &Model) -> bool {
    let mut at = model;
    for _ in 0..config.models.len() {
        match at.smaller.as_deref().and_then(|id| config.model(id)) {
            Some(next) => at = next,
            None => return true,
        }
    }
    false
}

fn numbers(config: &Config, faults: &mut Faults) {
    let routing = &config.routing;
    faults.unless((1..=10).contains(&routing.attempts), "routing.attempts", "may be 1 to 10");
    faults.unless(routing.retry_percent <= 100, "routing.retry_percent", "may be 0 to 100");
    faults.unless(routing.hedge_percent <= 5, "routing.hedge_percent", "may be 0 to 5");
    let fine = routing.bounded_load.is_finite() && (1.0..=10.0).contains(&routing.bounded_load);
    faults.unless(fine, "routing.bounded_load", "may be 1 to 10");
    faults.unless(routing.max_in_flight >= 1, "routing.max_in_flight", "has to be at least 1");
    for (path, value) in [
        ("routing.first_byte_ms", routing.first_byte_ms),
        ("routing.idle_ms", routing.idle_ms),
        ("routing.total_ms", routing.total_ms),
        ("server.body_timeout_ms", config.server.body_timeout_ms),
    ] {
        faults.unless((1..=600_000).contains(&value), path, "may be 1 to 600000 milliseconds");
    }
    let breaker = &routing.breaker;
    faults.unless(breaker.consecutive >= 1, "routing.breaker.consecutive", "has to be at least 1");
    faults.unless((1..=100).contains(&breaker.percent), "routing.breaker.percent", "may be 1 to 100");
    let fine = breaker.open_ms >= 1 && breaker.open_ms <= breaker.max_open_ms;
    faults.unless(fine, "routing.breaker.open_ms", "may be 1 to max_open_ms");
    for (path, allowance) in [("limits.user", config.limits.user), ("limits.tenant", config.limits.tenant)] {
        let fine = allowance.burst >= 1 && allowance.per_minute >= 1;
        faults.unless(fine, path, "has to be at least 1 in `burst` and `per_minute`");
    }
    let cache = &config.cache;
    faults.unless(
        cache.memory_bytes <= 64 << 20,
        "cache.memory_bytes",
        "may be 67108864 at most: an isolate has 128 MB",
    );
    faults.unless(cache.entry_bytes <= 1 << 20, "cache.entry_bytes", "may be 1048576 at most");
    let fine = (16..=64 << 10).contains(&cache.prefix_bytes) && cache.suffix_bytes <= 64 << 10;
    faults.unless(fine, "cache.prefix_bytes", "may be 16 to 65536, and `cache.suffix_bytes` 65536 at most");
    faults.unless(
        cache.ttl_seconds <= 86_400 && cache.stale_seconds <= 86_400,
        "cache.ttl_seconds",
        "and `stale_seconds` may be a day at most",
    );
    for tenant in &config.index.tenants {
        faults.unless(
            TenantId::new(tenant).is_ok(),
            "index.tenants",
            &format!("has `{tenant}`, which is no name of a tenant"),
        );
    }
}

fn guard(config: &Config, faults: &mut Faults) {
    let guard = &config.guard;
    if let Some(name) = &guard.fingerprints {
        let fine = !name.is_empty()
            && name.len() <= 512
            && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
            && !name.contains(['\\', '?', '#', '%']);
        faults.unless(fine, "guard.fingerprints", "is no plain path of a file");
    }
    let fine = (1..=64 << 20).contains(&guard.fingerprint_bytes);
    faults.unless(fine, "guard.fingerprint_bytes", "may be 1 to 67108864: an isolate has 128 MB");
    faults.unless((1..=TOKENS).contains(&guard.own_tokens), "guard.own_tokens", "may be 1 to 65");
    if let Err(error) = PrivacyRules::parse(&config.privacy.rules) {
        faults.unless(false, "privacy.rules", &format!("cannot be read: {error}"));
    }
}

fn experiments(config: &Config, faults: &mut Faults) {
    faults.names("experiments", config.experiments.iter().map(|experiment| experiment.name.as_str()));
    for experiment in &config.experiments {
        let name = &experiment.name;
        faults.names("experiments.variants", experiment.variants.iter().map(|variant| variant.name.as_str()));
        let weight: u64 = experiment.variants.iter().map(|variant| u64::from(variant.weight)).sum();
        faults.unless(weight > 0, "experiments.variants", &format!("of `{name}` have no weight"));
        let models = experiment.variants.iter().filter_map(|variant| variant.model.as_deref());
        for model in models.chain(experiment.model.as_deref()) {
            faults.unless(
                config.model(model).is_some(),
                "experiments",
                &format!("`{name}` names `{model}`, which is no model"),
            );
        }
        for variant in &experiment.variants {
            let fine = variant.temperature.is_none_or(|t| (0.0..=2.0).contains(&t));
            faults.unless(fine, "experiments.variants.temperature", "may be 0 to 2");
        }
    }
}

/// A plain address of a server: no credentials, query or fragment in it.
fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && rest.is_ascii()
            && !rest.contains(['@', '?', '#', ' ', '\\', '%'])
            && !rest.contains("..")
    })
}
