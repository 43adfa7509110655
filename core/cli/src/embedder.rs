//! The embedding model for a command: two files of the cache, read whole.

use std::fs;

use anyhow::{Context, Result};
use ghostlight_embed::MiniLm;

use crate::models;

/// Loads the fetched embedding model.
///
/// # Errors
/// Says how to get it.
pub(crate) fn load() -> Result<MiniLm> {
    let (weights, vocabulary) = models::locate_embedder()?;
    let bytes = fs::read(&weights).with_context(|| format!("open {}", weights.display()))?;
    let pieces = fs::read_to_string(&vocabulary).with_context(|| format!("open {}", vocabulary.display()))?;
    MiniLm::load(&bytes, &pieces).with_context(|| format!("cannot use {}", weights.display()))
}
