//! The character classes that pre-tokenizers tell apart: letter, number, white space, punctuation.
//!
//! The idea: a sorted list of the places where the class changes, 7 KB, searched by bisection, and a direct table
//! for ASCII. Crates with the full list of categories cost 19 to 53 KB of wasm. The version is Unicode 15.1, the one
//! that llama.cpp's tables hold: code points that were assigned later belong to no class, as they do there.
//!
//! What it does not do: case, normalisation, grapheme clusters.

mod runs;

/// A set of the four classes; none for everything else: marks, symbols, controls, unassigned code points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Class(u8);

impl Class {
    /// `\p{L}`
    pub(crate) const LETTER: Self = Self(1);
    /// `\p{N}`
    pub(crate) const NUMBER: Self = Self(2);
    /// `\s`, Unicode's White_Space
    pub(crate) const SPACE: Self = Self(4);
    /// `\p{P}`
    pub(crate) const PUNCTUATION: Self = Self(8);
    /// Letters, numbers and white space together.
    pub(crate) const WORD_OR_SPACE: Self = Self(7);

    /// The class of a code point.
    pub(crate) fn of(code: u32) -> Self {
        match ASCII.get(code as usize) {
            Some(class) => *class,
            None => {
                let after = runs::RUNS.partition_point(|run| run >> 8 <= code);
                Self((runs::RUNS[after - 1] & 0xff) as u8)
            }
        }
    }

    /// Whether the two sets have a class in common.
    pub(crate) fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The classes of the ASCII characters, spread out of [`runs::RUNS`] by the compiler.
const ASCII: [Class; 128] = {
    let mut table = [Class(0); 128];
    let (mut run, mut code) = (0, 0);
    while code < 128 {
        while runs::RUNS[run + 1] >> 8 <= code {
            run += 1;
        }
        table[code as usize] = Class((runs::RUNS[run] & 0xff) as u8);
        code += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use unicode_properties::{GeneralCategoryGroup as Group, UnicodeGeneralCategory};

    use super::*;

    #[test]
    fn every_code_point_has_the_class_of_unicode_15_1() {
        assert_eq!(unicode_properties::UNICODE_VERSION, (15, 1, 0));
        for char in '\0'..=char::MAX {
            let group = match char.general_category_group() {
                Group::Letter => Class::LETTER,
                Group::Number => Class::NUMBER,
                Group::Punctuation => Class::PUNCTUATION,
                _ => Class(0),
            };
            let want = if char.is_whitespace() { Class::SPACE } else { group };
            assert_eq!(Class::of(char.into()), want, "{char:?}");
        }
    }

    #[test]
    fn code_points_that_are_no_characters_have_no_class() {
        for code in [0xd800, 0xdfff, 0x10_ffff, 0x11_0000, u32::MAX] {
            assert_eq!(Class::of(code), Class(0), "{code:#x}");
        }
    }
}
