//! Ablations: parts of the way from a key to a suggestion that an evaluation leaves out, to measure what each is worth.
//!
//! No host leaves anything out.

use crate::filter::FILTERS;

/// Parts that are no text filters.
const OTHERS: [&str; 5] = ["scope", "whole", "valid", "lines", "healing"];

/// Parts that are left out; none by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ablation(u64);

impl Ablation {
    /// None of it takes part.
    pub(crate) const EVERYTHING: Self = Self(u64::MAX);
    /// All of it takes part.
    pub(crate) const NOTHING: Self = Self(0);

    /// Leaves out what has this name: a text filter by its own, all of them but the one that
    /// ends a line by `filters`, what a syntax tree says of the end by `scope`, `whole` and
    /// `valid`, suggestions of many lines by `lines`, and the token at the cursor that is made
    /// anew by `healing`. `None` for a name that is none of these.
    ///
    /// ```
    /// use ghostlight_complete::Ablation;
    /// let both = Ablation::part("scope").unwrap().and(Ablation::part("lines").unwrap());
    /// assert_ne!(both, Ablation::default());
    /// assert_eq!(Ablation::part("no such part"), None);
    /// ```
    #[must_use]
    pub fn part(name: &str) -> Option<Self> {
        if name == "filters" {
            // A suggestion for a line that goes on below it would be another task.
            let all = FILTERS.iter().filter(|(name, _)| *name != "line");
            return Some(Self(all.map(|(name, _)| bit(name)).sum()));
        }
        Some(Self(bit(name))).filter(|part| *part != Self::NOTHING)
    }

    /// Names that [`Ablation::part`] knows.
    ///
    /// ```
    /// use ghostlight_complete::Ablation;
    /// assert!(Ablation::names().all(|name| Ablation::part(name).is_some()));
    /// ```
    pub fn names() -> impl Iterator<Item = &'static str> {
        OTHERS.into_iter().chain(["filters"]).chain(FILTERS.iter().map(|(name, _)| *name))
    }

    /// Leaves out both.
    ///
    /// ```
    /// use ghostlight_complete::Ablation;
    /// let lines = Ablation::part("lines").unwrap();
    /// assert_eq!(lines.and(lines), lines);
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this part takes part.
    pub(crate) fn has(self, name: &str) -> bool {
        self == Self::NOTHING || self.0 & bit(name) == 0
    }
}

/// The place of a name in the set; 0 for none.
fn bit(name: &str) -> u64 {
    let mut names = OTHERS.into_iter().chain(FILTERS.iter().map(|(name, _)| *name));
    names.position(|known| known == name).map_or(0, |at| 1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        assert_eq!(Ablation::part("no such part"), None);
        for name in Ablation::names().filter(|name| *name != "filters") {
            let part = Ablation::part(name).unwrap();
            assert!(!part.has(name));
            let others = Ablation::names().filter(|other| *other != name && *other != "filters");
            assert!(others.into_iter().all(|other| part.has(other)), "{name}");
        }
        let filters = Ablation::part("filters").unwrap();
        assert!(!filters.has("strip_markers") && !filters.has("drop_trivial"));
        assert!(filters.has("line") && filters.has("scope"));
        let two = filters.and(Ablation::part("scope").unwrap());
        assert!(!two.has("scope") && !two.has("strip_markers") && two.has("whole"));
    }
}
