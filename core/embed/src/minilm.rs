//! all-MiniLM-L6-v2 as an embedder.

use burn::tensor::Device;
use ghostlight_context::{EmbedFailed, Embedder};

use crate::encoder::{Encoder, Form};
use crate::weights::Weights;
use crate::{EmbedError, WordPiece};

/// The model's name, under which its vectors are kept.
pub const NAME: &str = "all-MiniLM-L6-v2";

/// Of the model's `config.json`.
const FORM: Form = Form { heads: 12, epsilon: 1e-12 };

/// Pieces that the model was trained to read, `[CLS]` and `[SEP]` among them: of its
/// `sentence_bert_config.json`.
pub const MOST_PIECES: usize = 256;

/// The model: 22.7 million weights in f32, 91 MB.
#[derive(Debug)]
pub struct MiniLm {
    tokenizer: WordPiece,
    encoder: Encoder,
    most: usize,
}

impl MiniLm {
    /// Loads the model onto the CPU, out of its `model.safetensors` and its `vocab.txt`.
    ///
    /// # Errors
    /// [`EmbedError`] says which of the files is wrong, and how.
    pub fn load(weights: &[u8], vocabulary: &str) -> Result<Self, EmbedError> {
        let tokenizer = WordPiece::parse(vocabulary)?;
        let encoder = Encoder::load(&Weights::open(weights)?, FORM, Device::flex())?;
        let (pieces, rows) = (tokenizer.len(), encoder.vocabulary());
        if pieces != rows {
            return Err(EmbedError::Vocabulary { pieces, rows });
        }
        let most = MOST_PIECES.min(encoder.positions());
        Ok(Self { tokenizer, encoder, most })
    }

    /// Reads at most so many pieces of a text from now on: half of them take less than
    /// half of the time.
    #[must_use]
    pub fn reading(mut self, pieces: usize) -> Self {
        self.most = pieces.clamp(2, MOST_PIECES.min(self.encoder.positions()));
        self
    }

    /// Numbers of a text's pieces, as the model reads them.
    #[must_use]
    pub fn pieces(&self, text: &str) -> Vec<u32> {
        self.tokenizer.encode(text, self.most)
    }
}

impl Embedder for MiniLm {
    fn name(&self) -> &str {
        NAME
    }

    fn dimensions(&self) -> usize {
        self.encoder.dimensions()
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedFailed> {
        texts.iter().map(|text| self.vector(text)).collect()
    }
}

impl MiniLm {
    fn vector(&self, text: &str) -> Result<Vec<f32>, EmbedFailed> {
        let fail = |reason: String| EmbedFailed(format!("read back: {reason}"));
        let mean = self.encoder.mean(&self.pieces(text));
        let data = mean.try_into_data().map_err(|error| fail(format!("{error:?}")))?;
        let mut vector: Vec<f32> = data.try_into_vec().map_err(|error| fail(format!("{error:?}")))?;
        let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
        // A length of 0 would make all numbers infinite, which the index takes for no vector.
        vector.iter_mut().for_each(|number| *number /= length);
        Ok(vector)
    }
}
