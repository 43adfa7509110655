//! The ranking of backends for a request: rendezvous hashing with bounded load.
//!
//! Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights as in Resch's
//! logarithmic method): each backend gets a score from the hash of request and
//! backend, and the order is that of the scores. A backend that goes takes only its
//! own requests along. Load is bounded as in Mirrokni et al. (arXiv 1608.01350): who
//! carries more than `c` times the fair share goes to the end of the order.

use ghostlight_guard::Reach;
use sha2::{Digest, Sha256};

use crate::config::{Backend, Config, Model};
use crate::tenant::TenantId;

/// How busy a backend is, seen from this isolate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Requests in flight.
    pub in_flight: u32,
    /// Whether its breaker lets nobody through.
    pub down: bool,
}

/// What a ranking is made for.
#[derive(Debug, Clone, Copy)]
pub struct RankRequest<'a> {
    /// The model.
    pub model: &'a Model,
    /// The region of the client.
    pub region: &'a str,
    /// What binds similar requests to one backend.
    pub affinity: u64,
    /// How far the text may go; short of any backend, only to those of the organisation.
    pub reach: Reach,
}

/// What binds requests whose KV cache could be shared: the tenant and the file, by
/// its path or, without one, by its first line.
#[must_use]
pub fn affinity(tenant: &TenantId, path: &str, prefix: &str) -> u64 {
    let file = if path.is_empty() { prefix.lines().next().unwrap_or("") } else { path };
    let file = &file[..file.floor_char_boundary(512)];
    hash(&[tenant.as_str(), file])
}

/// Positions in `config.backends`, best first: near before far, the quiet before the
/// busy, by score among equals. Those that are down or full are left out.
#[must_use]
pub fn rank(config: &Config, request: &RankRequest<'_>, loads: &[Load]) -> Vec<usize> {
    let load = |at: usize| loads.get(at).copied().unwrap_or_default();
    let mut able: Vec<(usize, &Backend)> = config
        .backends
        .iter()
        .enumerate()
        .filter(|(at, backend)| {
            let load = load(*at);
            request.model.backends.contains_key(&backend.id)
                && (backend.own || request.reach == Reach::Backend)
                && !load.down
                && load.in_flight < config.routing.max_in_flight
        })
        .collect();
    let weights: f64 = able.iter().map(|(_, backend)| backend.weight).sum();
    let total: u32 = able.iter().map(|(at, _)| load(*at).in_flight).sum();
    let is_busy = |at: usize, backend: &Backend| {
        // The request itself counts, so that one request is never too much.
        let share = f64::from(total + 1) * backend.weight / weights;
        f64::from(load(at).in_flight) + 1.0 > (config.routing.bounded_load * share).ceil()
    };
    let distance = |backend: &Backend| {
        if backend.region == request.region {
            return 0;
        }
        let home = config.regions.iter().find(|region| region.name == request.region);
        let fallback = home.map_or(&[][..], |region| &region.fallback);
        fallback.iter().position(|name| *name == backend.region).map_or(usize::MAX, |at| at + 1)
    };
    able.sort_by(|(one, a), (two, b)| {
        let key = |at: usize, backend: &Backend| (distance(backend), is_busy(at, backend));
        key(*one, a)
            .cmp(&key(*two, b))
            .then_with(|| score(request.affinity, b).total_cmp(&score(request.affinity, a)))
            .then_with(|| a.id.cmp(&b.id))
    });
    able.into_iter().map(|(at, _)| at).collect()
}

/// `-weight / ln(u)` with `u` uniform in (0, 1): the highest wins as often as its weight says.
fn score(affinity: u64, backend: &Backend) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept exactly")]
    let uniform = ((hash(&[&affinity.to_string(), &backend.id]) >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    -backend.weight / uniform.ln()
}

fn hash(parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
