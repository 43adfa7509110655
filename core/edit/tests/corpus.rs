//! Answers that are not quite right, thousands of them, each with the one result that would be.
//!
//! Edits of committed sources are mutated as models and users do: blanks, indentation, quotes, line
//! ends, stale, moved, doubled and missing text, cut answers, other forms. An edit may be refused;
//! it is never applied in another way than it was meant.

#[path = "corpus/base.rs"]
mod base;
#[path = "corpus/blanks.rs"]
mod blanks;
#[path = "corpus/places.rs"]
mod places;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base::{Base, Case, Outcome, Random};

/// Cases of each kind.
const CASES: usize = 100;

/// What is applied of each kind.
const TABLE: &str = include_str!("corpus/applied.csv");

/// The same cases on every run: edits in an order of their own for each kind.
fn cases() -> Vec<Case> {
    let bases = Base::all();
    let mut cases = Vec::new();
    for (number, mutation) in blanks::MUTATIONS.iter().chain(places::MUTATIONS).enumerate() {
        let mut random = Random(number as u64);
        let mut order: Vec<&Base> = bases.iter().collect();
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        cases.extend(order.iter().filter_map(|base| mutation(base, &mut random)).take(CASES));
    }
    cases
}

#[test]
fn nothing_is_applied_in_another_way_than_it_was_meant() {
    let cases = cases();
    assert!(cases.len() >= 2000, "{} cases", cases.len());
    let mut wrong = String::new();
    let mut kinds: BTreeMap<&str, (bool, [usize; 3])> = BTreeMap::new();
    for case in &cases {
        let outcome = case.outcome();
        let (can_be_applied, counts) = kinds.entry(case.kind).or_default();
        *can_be_applied |= case.intended.is_some();
        counts[outcome as usize] += 1;
        if outcome == Outcome::Wrong && wrong.len() < 4000 {
            let _ = writeln!(
                wrong,
                "==> {}\n{}\n--- intended\n{:?}\n--- got\n{:?}",
                case.kind,
                case.answer,
                case.intended,
                case.run()
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let mut table = String::from("kind,right,cases,applied,refused,wrong,share\n");
    for (kind, (can_be_applied, [applied, refused, wrong])) in kinds {
        let cases = applied + refused + wrong;
        let right = if can_be_applied { "apply" } else { "refuse" };
        let share = 100.0 * applied as f64 / cases as f64;
        let _ = writeln!(table, "\"{kind}\",{right},{cases},{applied},{refused},{wrong},{share:.0}%");
    }
    assert!(table == TABLE, "tests/corpus/applied.csv is not what the code gives, which is\n{table}");
}
