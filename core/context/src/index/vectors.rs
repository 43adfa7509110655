//! Vectors of chunks, and the chunks whose vectors point where a question's does.
//!
//! The idea: a number of a vector takes one byte, so that a thousand files take a few
//! megabytes, and a search looks at all of them: a dot product of bytes a chunk. At the
//! size of a workspace that takes a millisecond or two, and no approximate index has to
//! be kept true while chunks come and go.
//!
//! A chunk is known by its number, as in the ranking by words. As bytes, vectors are
//! kept by the hash of their texts instead, which outlasts numbers.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::best::best;
use crate::wire::{Reader, Writer};

/// Most numbers of a vector: sums of products of bytes stay far within 32 bits.
pub(crate) const LONGEST: usize = 4096;

const MAGIC: &[u8; 4] = b"GLVX";

/// Version of the form; another one is not read.
const FORMAT: u8 = 1;

/// Vectors by the numbers of their chunks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vectors {
    dimensions: usize,
    codes: Vec<i8>, // [slots, dimensions]
    slots: Vec<Slot>,
    by_chunk: HashMap<u32, u32, FixedState>,
}

/// One vector: whose it is, and what a code counts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Slot {
    chunk: u32,
    scale: f32,
}

/// A vector in bytes: its numbers are about `codes * scale`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coded {
    pub(crate) codes: Vec<i8>,
    pub(crate) scale: f32,
}

impl Coded {
    /// The nearest codes, the largest number being 127. None for what is no vector: of
    /// another length than 1 up to [`LONGEST`], or with a number that is not finite.
    pub(crate) fn of(vector: &[f32]) -> Option<Self> {
        let largest = vector.iter().fold(0.0f32, |most, number| most.max(number.abs()));
        if vector.is_empty() || vector.len() > LONGEST || !vector.iter().all(|number| number.is_finite()) {
            return None;
        }
        let scale = largest / 127.0;
        let code = |&number: &f32| if scale > 0.0 { (number / scale).round() as i8 } else { 0 };
        Some(Self { codes: vector.iter().map(code).collect(), scale })
    }
}

impl Vectors {
    /// Vectors that are there.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn has(&self, chunk: u32) -> bool {
        self.by_chunk.contains_key(&chunk)
    }

    /// Puts a chunk's vector in; whether it is one, of as many numbers as the others.
    pub(crate) fn insert(&mut self, chunk: u32, coded: &Coded) -> bool {
        let Coded { codes, scale } = coded;
        if self.slots.is_empty() {
            self.dimensions = codes.len();
        }
        if codes.len() != self.dimensions || codes.is_empty() {
            return false;
        }
        self.remove(chunk);
        self.by_chunk.insert(chunk, self.slots.len() as u32);
        self.slots.push(Slot { chunk, scale: *scale });
        self.codes.extend_from_slice(codes);
        true
    }

    /// Takes a chunk's vector out; the last one moves into its place.
    pub(crate) fn remove(&mut self, chunk: u32) {
        let Some(at) = self.by_chunk.remove(&chunk).map(|at| at as usize) else { return };
        self.slots.swap_remove(at);
        let last = self.slots.len();
        if let Some(moved) = self.slots.get(at) {
            self.codes.copy_within(last * self.dimensions.., at * self.dimensions);
            self.by_chunk.insert(moved.chunk, at as u32);
        }
        self.codes.truncate(last * self.dimensions);
    }

    fn codes_at(&self, slot: usize) -> &[i8] {
        &self.codes[slot * self.dimensions..][..self.dimensions]
    }

    /// The vector of a chunk.
    pub(crate) fn get(&self, chunk: u32) -> Option<(&[i8], f32)> {
        let &at = self.by_chunk.get(&chunk)?;
        Some((self.codes_at(at as usize), self.slots[at as usize].scale))
    }

    /// The chunks that are wanted with the largest dot products, the best first. For
    /// vectors of length 1 that is the cosine.
    pub(crate) fn search(
        &self,
        question: &[f32],
        wanted: impl Fn(u32) -> bool,
        most: usize,
    ) -> Vec<(u32, f32)> {
        let Some(question) = Coded::of(question).filter(|coded| coded.codes.len() == self.dimensions) else {
            return Vec::new();
        };
        let mut scores: Vec<(u32, f32)> = Vec::with_capacity(self.slots.len());
        for (at, slot) in self.slots.iter().enumerate().filter(|(_, slot)| wanted(slot.chunk)) {
            let product = dot(self.codes_at(at), &question.codes);
            scores.push((slot.chunk, product as f32 * slot.scale * question.scale));
        }
        best(scores, most)
    }

    /// About how many bytes it takes.
    pub(crate) fn memory(&self) -> usize {
        self.codes.capacity() + self.slots.capacity() * size_of::<Slot>() + self.by_chunk.capacity() * 9
    }
}

/// Sum of products; in whole numbers, so that the order of the terms means nothing and
/// the compiler may take many at once.
fn dot(one: &[i8], other: &[i8]) -> i32 {
    one.iter().zip(other).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

/// Vectors by the hashes of their texts, for a file.
pub(crate) fn to_bytes(name: &str, vectors: &Vectors, hashes: &[(u32, u64)]) -> Vec<u8> {
    let mut to = Writer(Vec::with_capacity(vectors.codes.len() + hashes.len() * 16));
    to.0.extend_from_slice(MAGIC);
    to.0.push(FORMAT);
    to.text(name);
    to.count(vectors.dimensions);
    let known: Vec<(u64, (&[i8], f32))> =
        hashes.iter().filter_map(|&(chunk, hash)| Some((hash, vectors.get(chunk)?))).collect();
    to.list(&known, |to, (hash, (codes, scale))| {
        to.number(*hash);
        to.number(scale.to_bits().into());
        to.0.extend(codes.iter().map(|code| code.to_le_bytes()[0]));
    });
    to.0
}

/// Reads what [`to_bytes`] wrote; none for another embedder's, or for bytes that are none.
pub(crate) fn from_bytes(
    bytes: &[u8],
    name: &str,
    dimensions: usize,
) -> Option<HashMap<u64, Coded, FixedState>> {
    let mut from = Reader(bytes.strip_prefix(MAGIC)?.strip_prefix(&[FORMAT])?);
    if from.text()? != name || from.count()? != dimensions || !(1..=LONGEST).contains(&dimensions) {
        return None;
    }
    // Each takes more bytes than numbers, so a wrong count takes no memory.
    let count = from.count().filter(|&count| count <= from.0.len() / dimensions)?;
    let mut found = HashMap::with_capacity_and_hasher(count, FixedState::default());
    for _ in 0..count {
        let hash = from.number()?;
        let scale = f32::from_bits(u32::try_from(from.number()?).ok()?);
        let (codes, rest) = from.0.split_at_checked(dimensions)?;
        from.0 = rest;
        let codes = codes.iter().map(|&code| i8::from_le_bytes([code])).collect();
        if !(scale.is_finite() && scale >= 0.0) {
            return None;
        }
        found.insert(hash, Coded { codes, scale });
    }
    from.is_done().then_some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slow twin: every product in its own line, on what was put in.
    fn plain(held: &[(u32, Vec<f32>)], question: &[f32], wanted: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
        let mut all = Vec::new();
        for (chunk, vector) in held {
            let mut sum = 0.0;
            for (a, b) in vector.iter().zip(question) {
                sum += f64::from(*a) * f64::from(*b);
            }
            if wanted(*chunk) {
                all.push((*chunk, sum));
            }
        }
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all
    }

    fn unit(mut vector: Vec<f32>) -> Vec<f32> {
        let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|number| *number /= length.max(f32::MIN_POSITIVE));
        vector
    }

    const DIMENSIONS: usize = 24;

    fn vector() -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-1.0f32..1.0, DIMENSIONS).prop_map(unit)
    }

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u32, Vec<f32>),
        Remove(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..12u32, vector()).prop_map(|(chunk, vector)| Step::Insert(chunk, vector)),
            1 => (0..12u32).prop_map(Step::Remove),
        ]
    }

    proptest! {
        #[test]
        fn a_search_is_the_plain_one_within_the_rounding(
            steps in proptest::collection::vec(step(), 0..40),
            question in vector(),
            odd_only in any::<bool>(),
            most in 1..14usize,
        ) {
            let mut vectors = Vectors::default();
            let mut held: Vec<(u32, Vec<f32>)> = Vec::new();
            for step in steps {
                match step {
                    Step::Insert(chunk, vector) => {
                        prop_assert!(vectors.insert(chunk, &Coded::of(&vector).unwrap()));
                        held.retain(|(known, _)| *known != chunk);
                        held.push((chunk, vector));
                    }
                    Step::Remove(chunk) => {
                        vectors.remove(chunk);
                        held.retain(|(known, _)| *known != chunk);
                    }
                }
                prop_assert_eq!(vectors.len(), held.len());
            }
            let wanted = |chunk: u32| !odd_only || chunk % 2 == 1;
            let slow = plain(&held, &question, wanted);
            let fast = vectors.search(&question, wanted, most);
            prop_assert_eq!(fast.len(), slow.len().min(most));
            // Two vectors of length 1, each number off by half of at most 1 / 127.
            let bound = (DIMENSIONS as f64).sqrt() / 127.0 * 1.1;
            for (nth, (chunk, score)) in fast.iter().enumerate() {
                let (_, exact) = slow.iter().find(|(known, _)| known == chunk).expect("only wanted ones");
                prop_assert!((f64::from(*score) - exact).abs() <= bound, "{} {}", score, exact);
                // Whoever is in this place is as good as who belongs there.
                prop_assert!((slow[nth].1 - exact).abs() <= 2.0 * bound);
            }
            prop_assert!(fast.is_sorted_by(|a, b| a.1 > b.1 || a.1 == b.1 && a.0 < b.0));
        }

        #[test]
        fn what_is_kept_comes_back(all in proptest::collection::vec(vector(), 0..8), cut in 0..2000usize, at in 0..2000usize, bit in 0..8) {
            let mut vectors = Vectors::default();
            let hashes: Vec<(u32, u64)> =
                (0..all.len() as u32).map(|chunk| (chunk, u64::MAX / 7 * u64::from(chunk))).collect();
            for (&(chunk, _), vector) in hashes.iter().zip(&all) {
                vectors.insert(chunk, &Coded::of(vector).unwrap());
            }
            let dimensions = if all.is_empty() { 0 } else { DIMENSIONS };
            let bytes = to_bytes("one", &vectors, &hashes);
            let back = from_bytes(&bytes, "one", dimensions);
            prop_assert!(from_bytes(&bytes, "other", dimensions).is_none());
            prop_assert!(from_bytes(&bytes, "one", DIMENSIONS + 1).is_none());
            if !all.is_empty() {
                let back = back.unwrap();
                for (hash, vector) in hashes.iter().map(|(_, hash)| hash).zip(&all) {
                    prop_assert_eq!(&back[hash], &Coded::of(vector).unwrap());
                }
            }
            // Damage is told or gives other vectors, and never a panic.
            prop_assert!(cut >= bytes.len() || from_bytes(&bytes[..cut], "one", DIMENSIONS).is_none());
            let mut damaged = bytes;
            let length = damaged.len();
            damaged[at % length] ^= 1u8 << bit;
            let _ = from_bytes(&damaged, "one", DIMENSIONS);
        }
    }

    #[test]
    fn what_is_no_vector_is_none() {
        assert!(Coded::of(&[]).is_none() && Coded::of(&[f32::NAN]).is_none());
        assert!(Coded::of(&[f32::INFINITY, 0.0]).is_none() && Coded::of(&vec![0.5; LONGEST + 1]).is_none());
        assert_eq!(Coded::of(&[0.0, 0.0]).unwrap(), Coded { codes: vec![0, 0], scale: 0.0 });
        assert_eq!(Coded::of(&[1.0, -1.0, 0.5]).unwrap().codes, [127, -127, 64]);
        let mut vectors = Vectors::default();
        assert!(vectors.insert(1, &Coded::of(&[1.0, 0.0]).unwrap()));
        assert!(!vectors.insert(2, &Coded::of(&[1.0]).unwrap()), "of another length");
        assert!(vectors.search(&[1.0], |_| true, 3).is_empty());
        assert!(vectors.search(&[1.0, 0.0], |_| true, 0).is_empty());
    }
}
