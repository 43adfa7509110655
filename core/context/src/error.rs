//! What can be wrong with a template or a budget.

/// Why no prompt can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// The tokenizer has no token for one of the template's markers.
    #[error("resolve FIM template {family}: the vocabulary has no token {marker}")]
    MissingMarker {
        /// Name of the template.
        family: &'static str,
        /// The marker, as it is written.
        marker: &'static str,
    },
    /// The budget leaves no room for source text.
    #[error("assemble prompt: a budget of {budget} tokens is less than the {least} it takes")]
    Budget {
        /// Tokens that may be used.
        budget: usize,
        /// The fewest that make sense with this template and path.
        least: usize,
    },
}
