//! The sets of rules, a file each. Which languages a set fits, and how they are read, is said by
//! the rows of the language table (`risky_rules`).
//!
//! To add a rule see `CONTRIBUTING.md`.

use super::{Danger, RiskyRule};

mod c;
mod csharp;
mod go;
mod java;
mod javascript;
mod php;
mod python;
mod ruby;
mod rust;
mod shell;

/// The sets by name.
pub(super) const SETS: &[(&str, &[RiskyRule])] = &[
    ("c", c::RULES),
    ("csharp", csharp::RULES),
    ("go", go::RULES),
    ("java", java::RULES),
    ("javascript", javascript::RULES),
    ("php", php::RULES),
    ("python", python::RULES),
    ("ruby", ruby::RULES),
    ("rust", rust::RULES),
    ("shell", shell::RULES),
];

pub(super) fn named(name: &str) -> Option<&'static [RiskyRule]> {
    SETS.iter().find(|(known, _)| *known == name).map(|(_, rules)| *rules)
}
