//! Ranking of chunks of text by the terms that they share with a question.
//!
//! BM25 as in Robertson and Zaragoza, "The probabilistic relevance framework:
//! BM25 and beyond" (2009), with the usual k1 and b, over an inverted index that
//! is changed in place: a chunk that goes takes its postings with it.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::best::best;
use super::terms::terms;

const K1: f32 = 1.2;
const B: f32 = 0.75;

/// How often a term stands in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) chunk: u32,
    pub(crate) count: u16,
}

/// The inverted index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bm25 {
    pub(crate) numbers: HashMap<Box<str>, u32, FixedState>,
    /// By the number of a term; chunks ascend.
    pub(crate) postings: Vec<Vec<Posting>>,
    /// Terms of each chunk, with repetitions; 0 for one that is gone.
    pub(crate) lengths: Vec<u32>,
    pub(crate) total: u64,
    pub(crate) chunks: u32,
}

impl Bm25 {
    /// Adds a chunk of text; its number, which is higher than all before.
    pub(crate) fn add(&mut self, text: &str) -> u32 {
        let chunk = self.lengths.len() as u32;
        let counts = self.count(text, true);
        let mut length = 0;
        for (term, count) in counts {
            length += u32::from(count);
            self.postings[term as usize].push(Posting { chunk, count });
        }
        // Even a chunk without a term is there.
        self.lengths.push(length.max(1));
        self.total += u64::from(length.max(1));
        self.chunks += 1;
        chunk
    }

    /// Takes a chunk out, given the text with which it was added.
    pub(crate) fn remove(&mut self, chunk: u32, text: &str) {
        let length = std::mem::take(&mut self.lengths[chunk as usize]);
        if length == 0 {
            return;
        }
        self.total -= u64::from(length);
        self.chunks -= 1;
        for (term, _) in self.count(text, false) {
            let postings = &mut self.postings[term as usize];
            if let Ok(at) = postings.binary_search_by_key(&chunk, |posting| posting.chunk) {
                postings.remove(at);
            }
        }
    }

    /// Terms of a text by number, each with how often it is there.
    fn count(&mut self, text: &str, add: bool) -> HashMap<u32, u16, FixedState> {
        let mut counts: HashMap<u32, u16, FixedState> = HashMap::default();
        terms(text, |term| {
            let number = match self.numbers.get(term) {
                Some(&number) => number,
                None if !add => return,
                None => {
                    let number = self.postings.len() as u32;
                    self.numbers.insert(term.into(), number);
                    self.postings.push(Vec::new());
                    number
                }
            };
            let count = counts.entry(number).or_default();
            *count = count.saturating_add(1);
        });
        counts
    }

    /// The best chunks for weighted terms among those that are wanted, the best first.
    pub(crate) fn search(
        &self,
        question: &HashMap<String, f32, FixedState>,
        wanted: impl Fn(u32) -> bool,
        most: usize,
    ) -> Vec<(u32, f32)> {
        if self.chunks == 0 {
            return Vec::new();
        }
        let all = self.chunks as f32;
        let mean = self.total as f32 / all;
        let mut scores: HashMap<u32, f32, FixedState> = HashMap::default();
        for (term, weight) in question {
            let Some(&number) = self.numbers.get(term.as_str()) else { continue };
            let postings = &self.postings[number as usize];
            let found = postings.len() as f32;
            let rarity = ((all - found + 0.5) / (found + 0.5) + 1.0).ln();
            // A term of every third chunk says nothing and costs the most.
            if found > 16.0 && found > all / 3.0 {
                continue;
            }
            for posting in postings {
                let count = f32::from(posting.count);
                let length = self.lengths[posting.chunk as usize] as f32 / mean;
                let score = rarity * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                *scores.entry(posting.chunk).or_default() += weight * score;
            }
        }
        best(scores.into_iter().filter(|(chunk, _)| wanted(*chunk)).collect(), most)
    }

    /// About how many bytes it takes.
    pub(crate) fn memory(&self) -> usize {
        let terms: usize = self.numbers.keys().map(|term| term.len() + 40).sum();
        let postings: usize =
            self.postings.iter().map(|list| list.capacity() * size_of::<Posting>() + 24).sum();
        terms + postings + self.lengths.capacity() * 4
    }
}
