//! Lines in the forms in which they are compared, and finding equal runs of them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use crate::lines::{self, Lines};

/// The lines of a text as they are, or with plain quotes and dashes.
#[derive(Debug, Clone)]
pub(super) struct Forms<'t> {
    bodies: Vec<Cow<'t, str>>, // [lines], without line ends
}

impl<'t> Forms<'t> {
    pub(super) fn of(lines: &Lines<'t>) -> Self {
        Self { bodies: lines.bodies().map(Cow::Borrowed).collect() }
    }

    /// The same with plain quotes, dashes and blanks, character by character.
    pub(super) fn plain(&self) -> Self {
        let plain = |body: &Cow<'t, str>| {
            if body.is_ascii() { body.clone() } else { Cow::Owned(body.chars().map(plain_char).collect()) }
        };
        Self { bodies: self.bodies.iter().map(plain).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.bodies.len()
    }

    /// The blanks that line `index` begins with.
    pub(super) fn indent(&self, index: usize) -> &str {
        lines::indent(&self.bodies[index])
    }

    /// Line `index` without blanks around it.
    pub(super) fn core(&self, index: usize) -> &str {
        core(&self.bodies[index])
    }

    pub(super) fn cores(&self) -> impl Iterator<Item = &str> {
        self.bodies.iter().map(|body| core(body))
    }

    /// Lines without blanks at their ends.
    pub(super) fn trimmed(&self) -> impl Iterator<Item = &str> {
        self.bodies.iter().map(|body| lines::trim_end(body))
    }
}

fn core(body: &str) -> &str {
    body.trim_matches([' ', '\t'])
}

/// The character that a keyboard has for a typographic one; any other as it is.
pub(crate) fn plain_char(c: char) -> char {
    match c {
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{ff07}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ff02}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' => '-',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        _ => c,
    }
}

/// Two lists of lines as numbers: the same number for the same line.
pub(super) struct Keys {
    file: Vec<usize>,
    search: Vec<Option<usize>>, // none for a line that the file does not have
}

impl Keys {
    pub(super) fn new<T: Hash + Eq>(file: impl Iterator<Item = T>, search: impl Iterator<Item = T>) -> Self {
        let mut known = HashMap::new();
        let file = file
            .map(|line| {
                let next = known.len();
                *known.entry(line).or_insert(next)
            })
            .collect();
        let search = search.map(|line| known.get(&line).copied()).collect();
        Self { file, search }
    }

    /// Every line of the file from which on all lines of the search text follow, by
    /// Knuth-Morris-Pratt; linear in both. An empty text is everywhere.
    pub(super) fn places(&self) -> Vec<usize> {
        let Some(search) = self.search.iter().copied().collect::<Option<Vec<usize>>>() else {
            return Vec::new();
        };
        if search.is_empty() {
            return (0..=self.file.len()).collect();
        }
        // Lines of the longest proper beginning of `search` that ends at each of its lines.
        let mut border = vec![0; search.len()];
        let mut matched = 0;
        for at in 1..search.len() {
            while matched > 0 && search[at] != search[matched] {
                matched = border[matched - 1];
            }
            matched += usize::from(search[at] == search[matched]);
            border[at] = matched;
        }
        let mut places = Vec::new();
        matched = 0;
        for (at, line) in self.file.iter().enumerate() {
            while matched > 0 && *line != search[matched] {
                matched = border[matched - 1];
            }
            matched += usize::from(*line == search[matched]);
            if matched == search.len() {
                places.push(at + 1 - matched);
                matched = border[matched - 1];
            }
        }
        places
    }

    /// Numbers of the search text's lines, and for each line of the file its own.
    pub(super) fn lists(&self) -> (&[usize], &[Option<usize>]) {
        (&self.file, &self.search)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_of_a_plain_search(
            file in prop::collection::vec(0u8..3, 0..40),
            search in prop::collection::vec(0u8..3, 0..5),
        ) {
            let all = 0..(file.len() + 1).saturating_sub(search.len());
            let plain: Vec<usize> =
                all.filter(|at| file[*at..*at + search.len()] == search[..]).collect();
            prop_assert_eq!(Keys::new(file.iter(), search.iter()).places(), plain);
        }
    }
}
