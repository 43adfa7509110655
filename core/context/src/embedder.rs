//! What turns a text into a vector: the seam between this crate and a model.
//!
//! The idea: texts that mean something alike have vectors that point alike, also where
//! they share no word. Which model says so is nobody's business here; no tensor library
//! is named in this crate. `ghostlight-embed` is one implementation.

/// Turns texts into vectors.
pub trait Embedder {
    /// Which one it is. Vectors are compared only with those of the same name.
    fn name(&self) -> &str;

    /// Numbers of a vector.
    fn dimensions(&self) -> usize;

    /// A vector of length 1 for each text, in their order. A long text may be cut.
    ///
    /// # Errors
    /// [`EmbedFailed`], for the whole call.
    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedFailed>;
}

/// Why texts have no vectors, as the embedder says it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("embed text: {0}")]
pub struct EmbedFailed(pub String);
