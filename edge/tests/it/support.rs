//! What several tests need.

use ghostlight_edge::tenant::{Principal, Privacy, Scopes, TenantId, UserId};
use ghostlight_edge::{Config, TenantScope};

/// A configuration with everything in it.
pub(crate) const CONFIG: &str = include_str!("edge.toml");

pub(crate) fn config() -> Config {
    Config::parse(CONFIG).unwrap()
}

pub(crate) fn principal(tenant: &str, user: &str) -> Principal {
    let scopes = Scopes::from_names(["complete", "chat"]);
    Principal::new(TenantId::new(tenant).unwrap(), UserId::new(user).unwrap(), scopes, Privacy::Standard)
}

pub(crate) fn scope(tenant: &str) -> TenantScope {
    principal(tenant, "u").scope(ghostlight_edge::tenant::Sharing::Tenant)
}
