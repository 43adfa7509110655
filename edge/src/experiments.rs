//! A/B experiments: the variant that a user is assigned.
//!
//! The idea: a hash of experiment, tenant and user falls into a range of weights.
//! The same user always gets the same variant, two experiments are independent of
//! each other, and nothing is stored.

use sha2::{Digest, Sha256};

use crate::config::{Experiment, Variant};
use crate::tenant::Principal;

/// The variant that a user was assigned in one experiment.
#[derive(Debug, Clone, Copy)]
pub struct Assignment<'a> {
    /// The experiment's name.
    pub experiment: &'a str,
    /// The variant.
    pub variant: &'a Variant,
}

/// The variant of each experiment that concerns `model`.
pub fn assign<'a>(
    experiments: &'a [Experiment],
    principal: &Principal,
    model: &str,
) -> impl Iterator<Item = Assignment<'a>> {
    experiments
        .iter()
        .filter(move |experiment| experiment.model.as_deref().is_none_or(|only| only == model))
        .filter_map(move |experiment| {
            let variant = pick(experiment, principal.tenant().as_str(), principal.user().as_str())?;
            Some(Assignment { experiment: &experiment.name, variant })
        })
}

fn pick<'a>(experiment: &'a Experiment, tenant: &str, user: &str) -> Option<&'a Variant> {
    let total: u64 = experiment.variants.iter().map(|variant| u64::from(variant.weight)).sum();
    if total == 0 {
        return None;
    }
    let mut hash = Sha256::new();
    for part in [&experiment.name, tenant, user] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let number = digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    // The bias of a remainder of 64 bits is far below what a test could see.
    let mut at = number % total;
    experiment.variants.iter().find(|variant| {
        let inside = at < u64::from(variant.weight);
        at = at.saturating_sub(u64::from(variant.weight));
        inside
    })
}

/// What is put into `x-ghostlight-variant`: `experiment=variant`, comma between several.
#[must_use]
pub fn header(assignments: &[Assignment<'_>]) -> String {
    let each = assignments.iter().map(|one| format!("{}={}", one.experiment, one.variant.name));
    each.collect::<Vec<_>>().join(",")
}
