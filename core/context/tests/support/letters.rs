// An embedder of a few lines. Examples in the documentation include this file.

use ghostlight_context::{EmbedFailed, Embedder};

/// An embedder: the counts of a text's letters, with two pairs of words that mean the same.
#[derive(Default)]
pub(crate) struct Letters {
    pub(crate) asked: usize,
    pub(crate) fails: bool,
}

const DIMENSIONS: usize = 26;

pub(crate) fn vector(text: &str) -> Vec<f32> {
    let mut counts = vec![0.01; DIMENSIONS];
    let text = text.replace("purchase", "order").replace("customer", "client");
    for byte in text.to_lowercase().bytes().filter(u8::is_ascii_lowercase) {
        counts[usize::from(byte - b'a')] += 1.0;
    }
    let length = counts.iter().map(|count: &f32| count * count).sum::<f32>().sqrt();
    counts.into_iter().map(|count| count / length).collect()
}

impl Embedder for Letters {
    fn name(&self) -> &str {
        "letters"
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedFailed> {
        if self.fails {
            return Err(EmbedFailed("out of letters".to_owned()));
        }
        self.asked += texts.len();
        Ok(texts.iter().map(|text| vector(text)).collect())
    }
}
