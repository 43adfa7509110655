//! Why a model could not be loaded.

/// What is wrong with a model's files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbedError {
    /// The weights are no safetensors file, or a broken one.
    #[error("read the weights: {0}")]
    Weights(String),
    /// A tensor of the model is not in the file.
    #[error("load the model: the file has no tensor {name}")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape than the model asks for.
    #[error("load the model: tensor {name} has shape {got:?}, expected {expected:?}")]
    Shape {
        /// Its name.
        name: String,
        /// The shape that fits the others; 0 where any will do.
        expected: Vec<usize>,
        /// The shape in the file.
        got: Vec<usize>,
    },
    /// A size that the model does not allow.
    #[error("load the model: {what} is {got}, {limit} is the most")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// The size in the file.
        got: usize,
        /// The limit.
        limit: usize,
    },
    /// A size with which nothing can be read.
    #[error("load the model: {what} is {got}, {least} is the least")]
    TooSmall {
        /// Of what.
        what: &'static str,
        /// The size in the file.
        got: usize,
        /// The least.
        least: usize,
    },
    /// The vocabulary lacks what every text needs.
    #[error("read the vocabulary: it has no piece {0}")]
    Marker(&'static str),
    /// The vocabulary and the weights are of two models.
    #[error("load the model: {pieces} pieces in the vocabulary, {rows} in the weights")]
    Vocabulary {
        /// Lines of the vocabulary.
        pieces: usize,
        /// Rows of the embedding table.
        rows: usize,
    },
}
