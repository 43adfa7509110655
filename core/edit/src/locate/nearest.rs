//! Where a search text that fits nowhere almost is, for a message.

use std::collections::HashMap;

use super::forms::{Forms, Keys};
use super::similar::Likeness;
use crate::LineRange;
use crate::error::Mismatch;

/// Places of one line that are looked at; a line that is everywhere says nothing.
const PLACES: usize = 32;

/// How alike one line must be for its place to be named when no line is equal.
const WORTH_NAMING: f64 = 0.6;

/// The region with most text in common, line by line, and the first line that differs.
pub(super) fn mismatch(file: &Forms<'_>, search: &Forms<'_>) -> Mismatch {
    let keys = Keys::new(file.cores(), search.cores());
    let (numbers, wanted) = keys.lists();
    let none = Mismatch { nearest: None, search_line: None, already: None };
    let Some(start) = most_equal(numbers, wanted, search).or_else(|| most_alike(file, search)) else {
        return none;
    };
    let at = |line: usize| usize::try_from(start + line as isize).ok();
    let differs = |line: &usize| {
        let there = at(*line).and_then(|at| numbers.get(at));
        there.is_none() || there.copied() != wanted[*line]
    };
    let first = usize::try_from(start).unwrap_or(0);
    let last = at(search.len()).unwrap_or(0).min(file.len());
    Mismatch {
        nearest: (first < last).then(|| LineRange::of(&(first..last))),
        search_line: (0..search.len()).find(differs).map(|line| line + 1),
        already: None,
    }
}

/// Where the first line of the search text would be if most of its text stood where it
/// stands in the file; before the file's start for a text whose first lines are missing.
fn most_equal(numbers: &[usize], wanted: &[Option<usize>], search: &Forms<'_>) -> Option<isize> {
    let mut places: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, number) in numbers.iter().enumerate() {
        places.entry(*number).or_default().push(at);
    }
    let mut votes: HashMap<isize, usize> = HashMap::new();
    for (line, number) in wanted.iter().enumerate() {
        let weight = search.core(line).chars().filter(|c| c.is_alphanumeric()).count();
        let Some(places) = number.and_then(|number| places.get(&number)) else { continue };
        if weight == 0 || places.len() > PLACES {
            continue;
        }
        for at in places {
            *votes.entry(*at as isize - line as isize).or_default() += weight;
        }
    }
    // The first of those with most votes, whatever the order of the map.
    votes.into_iter().max_by_key(|(start, votes)| (*votes, -*start)).map(|(start, _)| start)
}

/// The same by the pair of lines that are most alike.
fn most_alike(file: &Forms<'_>, search: &Forms<'_>) -> Option<isize> {
    let likeness = Likeness::new(file, search)?;
    let mut best: Option<(f64, isize)> = None;
    for line in (0..search.len()).filter(|line| !search.core(*line).is_empty()) {
        for at in 0..file.len() {
            let alike = likeness.of(line, at);
            if alike >= WORTH_NAMING && best.is_none_or(|(most, _)| alike > most) {
                best = Some((alike, at as isize - line as isize));
            }
        }
    }
    best.map(|(_, start)| start)
}
