//! API keys: known by their SHA-256, compared in constant time.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::EdgeError;
use crate::config::ApiKey;
use crate::error::AuthFault;
use crate::tenant::{Principal, Scopes, TenantId, UserId};

/// The hash of a key as the configuration has it, 64 hexadecimal digits.
#[must_use]
pub fn hash_key(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The principal of a key. Every key of the list is compared, whole, whether an
/// earlier one fitted or not, so the time tells neither which nor how much of one.
///
/// # Errors
/// If no key fits.
pub fn of_key(keys: &[ApiKey], given: &str) -> Result<Principal, EdgeError> {
    let hash = hash_key(given);
    let mut found = u32::MAX;
    for (at, key) in keys.iter().enumerate() {
        let same: Choice = key.sha256.to_ascii_lowercase().as_bytes().ct_eq(hash.as_bytes());
        found.conditional_assign(&u32::try_from(at).unwrap_or(u32::MAX), same);
    }
    let key = keys.get(found as usize).ok_or(AuthFault::UnknownKey)?;
    Ok(Principal::new(
        TenantId::new(&key.tenant)?,
        UserId::new(&key.user)?,
        Scopes::from_names(key.scopes.iter().map(String::as_str)),
        key.privacy,
    )
    .with_mode(key.mode))
}
