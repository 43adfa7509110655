//! The last rule: lines that are nearly alike, where nothing else is.
//!
//! How alike two lines are is twice the length of their longest common subsequence
//! over both lengths, in characters. It is computed for a whole line in a few machine
//! words at a time (Crochemore and others, "A fast and practical bit-vector algorithm
//! for the longest common subsequence problem", 2001).

use std::collections::HashMap;

use super::forms::{Forms, Keys};
use super::{Found, Level, Shift};
use crate::{EditError, LineRange};

/// How alike each line must be.
const ALIKE: f64 = 0.95;

/// How alike the lines of any other place may be, on the average.
const RUNNER_UP: f64 = 0.85;

/// Machine words of search text times characters of the file, and pairs of lines, that are looked at.
const WORK: usize = 1 << 25;
const PAIRS: usize = 1 << 22;

/// How alike each line of a search text is to each different line of a file.
pub(super) struct Likeness {
    lines: Vec<usize>,    // [file lines], index into the columns of `alike`
    alike: Vec<Vec<f64>>, // [search lines][different file lines], 0 to 1
    has_text: Vec<bool>,  // [search lines]
}

impl Likeness {
    /// None where it would take too long.
    pub(super) fn new(file: &Forms<'_>, search: &Forms<'_>) -> Option<Self> {
        let characters = |line: &str| line.chars().count();
        let words: usize = search.cores().map(|line| characters(line).div_ceil(64)).sum();
        let work = words.saturating_mul(file.cores().map(characters).sum());
        if work > WORK || search.len().saturating_mul(file.len()) > PAIRS {
            return None;
        }
        let keys = Keys::new(file.cores(), search.cores());
        let (numbers, search_numbers) = keys.lists();
        let mut different: Vec<&str> = Vec::new();
        for (line, number) in file.cores().zip(numbers) {
            if *number == different.len() {
                different.push(line);
            }
        }
        let alike = search.cores().zip(search_numbers).map(|(line, number)| {
            let pattern = Pattern::new(line);
            let compare = |(other, text): (usize, &&str)| match number {
                Some(number) if *number == other => 1.0,
                _ => pattern.likeness(text),
            };
            different.iter().enumerate().map(compare).collect()
        });
        Some(Self {
            lines: numbers.to_vec(),
            alike: alike.collect(),
            has_text: search.cores().map(|line| !line.is_empty()).collect(),
        })
    }

    pub(super) fn of(&self, search_line: usize, file_line: usize) -> f64 {
        self.alike[search_line][self.lines[file_line]]
    }

    /// The average over lines with text, from line `at` of the file on.
    pub(super) fn average(&self, at: usize) -> f64 {
        let lines = || (0..self.alike.len()).filter(|line| self.has_text[*line]);
        lines().map(|line| self.of(line, at + line)).sum::<f64>() / lines().count().max(1) as f64
    }

    /// Lines of the file where the search text may begin.
    pub(super) fn starts(&self) -> std::ops::Range<usize> {
        0..(self.lines.len() + 1).saturating_sub(self.alike.len())
    }

    fn fits(&self, at: usize) -> bool {
        (0..self.alike.len()).all(|line| self.of(line, at + line) >= ALIKE)
    }
}

/// The place where every line is nearly that of the search text, if there is none like it.
pub(super) fn find(file: &Forms<'_>, search: &Forms<'_>) -> Result<Option<Found>, EditError> {
    let Some(likeness) = Likeness::new(file, search) else { return Ok(None) };
    let range = |at: usize| LineRange::of(&(at..at + search.len()));
    let mut fitting = likeness.starts().filter(|at| likeness.fits(*at));
    let Some(at) = fitting.next() else { return Ok(None) };
    if let Some(second) = fitting.next() {
        return Err(EditError::Several { level: Level::Similar, first: range(at), second: range(second) });
    }
    let others = likeness.starts().filter(|other| *other != at);
    let next_best = others.map(|other| (likeness.average(other), other)).max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((average, second)) = next_best
        && average > RUNNER_UP
    {
        return Err(EditError::Doubtful { first: range(at), second: range(second) });
    }
    let shift = Shift::between(file, at, search);
    Ok(shift.map(|shift| Found { lines: at..at + search.len(), level: Level::Similar, shift }))
}

/// A line, prepared to be compared with many.
struct Pattern {
    length: usize, // characters
    words: usize,
    ascii: Vec<u64>,                 // [128][words], a bit for each place of the character
    others: HashMap<char, Vec<u64>>, // [words]
}

impl Pattern {
    fn new(line: &str) -> Self {
        let length = line.chars().count();
        let words = length.div_ceil(64).max(1);
        let mut pattern = Self { length, words, ascii: vec![0; 128 * words], others: HashMap::new() };
        for (at, c) in line.chars().enumerate() {
            let bits = match pattern.ascii_row(c) {
                Some(row) => &mut pattern.ascii[row..row + words],
                None => pattern.others.entry(c).or_insert_with(|| vec![0; words]),
            };
            bits[at / 64] |= 1 << (at % 64);
        }
        pattern
    }

    fn ascii_row(&self, c: char) -> Option<usize> {
        c.is_ascii().then(|| c as usize * self.words)
    }

    /// 1 for the same text, 0 where no character is common.
    fn likeness(&self, other: &str) -> f64 {
        let mut left = vec![u64::MAX; self.words]; // a zero bit for each matched character
        let mut length = 0;
        for c in other.chars() {
            length += 1;
            let row = match self.ascii_row(c) {
                Some(row) => &self.ascii[row..row + self.words],
                None => match self.others.get(&c) {
                    Some(row) => row,
                    None => continue,
                },
            };
            let mut carry = false;
            for (word, bits) in left.iter_mut().zip(row) {
                let hit = *word & bits;
                let (sum, over) = word.overflowing_add(hit);
                let (sum, over_again) = sum.overflowing_add(u64::from(carry));
                carry = over || over_again;
                *word = sum | (*word & !bits);
            }
        }
        if self.length + length == 0 {
            return 1.0;
        }
        let zeros: u32 = left.iter().map(|word| word.count_zeros()).sum();
        2.0 * f64::from(zeros) / (self.length + length) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, in quadratic time.
    fn plain_likeness(a: &[char], b: &[char]) -> f64 {
        let mut row = vec![0usize; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (at, y) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if x == y { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        if a.len() + b.len() == 0 { 1.0 } else { 2.0 * row[b.len()] as f64 / (a.len() + b.len()) as f64 }
    }

    proptest! {
        #[test]
        fn likeness_is_what_its_definition_says(a in "[abcé ]{0,200}", b in "[abcé ]{0,200}") {
            let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert!((Pattern::new(&a).likeness(&b) - plain_likeness(&x, &y)).abs() < 1e-12);
        }
    }
}
