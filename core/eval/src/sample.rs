//! A part of a suite that stands for the whole.
//!
//! Each language and kind gets its share of the sample, and at least one case as
//! long as there is room. Which cases are taken depends on their ids alone, so a
//! sample stays the same when other cases come and go, and a larger sample holds
//! the smaller one as far as shares allow.

use std::collections::BTreeMap;

use crate::{Case, Kind, Random};

/// At most `limit` cases, in the suite's order.
///
/// ```
/// # use ghostlight_eval::{Kind, read_suite, sample};
/// let suite = br#"{"id":"a","kind":"line_rest","prefix":"x = ","suffix":"","truth":"1"}
/// {"id":"b","kind":"line_rest","prefix":"y = ","suffix":"","truth":"2"}
/// {"id":"c","kind":"block","prefix":"","suffix":"","truth":"z = 3"}"#;
/// let part = sample(read_suite(suite)?, 2);
/// assert_eq!(part.iter().map(|case| case.kind).collect::<Vec<_>>(), [Kind::LineRest, Kind::Block]);
/// # Ok::<(), ghostlight_eval::EvalError>(())
/// ```
#[must_use]
pub fn sample(cases: Vec<Case>, limit: usize) -> Vec<Case> {
    if cases.len() <= limit {
        return cases;
    }
    let mut strata: BTreeMap<(String, Kind), Vec<usize>> = BTreeMap::new();
    for (at, case) in cases.iter().enumerate() {
        strata.entry((case.language.clone(), case.kind)).or_default().push(at);
    }
    let total = cases.len();
    // Every case gets the place at which its stratum's share would reach it; the first places win.
    let mut order: Vec<(u64, u64, usize)> = Vec::with_capacity(total);
    for members in strata.values_mut() {
        members.sort_by_key(|&at| Random::of(&cases[at].id).next_u64());
        for (rank, &at) in members.iter().enumerate() {
            let place = (2 * rank as u64 + 1) * (1 << 20) / (2 * members.len() as u64);
            // The first of each stratum comes before all second ones.
            let place = if rank == 0 { 0 } else { place };
            order.push((place, Random::of(&cases[at].id).next_u64(), at));
        }
    }
    order.sort_unstable();
    let mut chosen: Vec<usize> = order.into_iter().take(limit).map(|(_, _, at)| at).collect();
    chosen.sort_unstable();
    let mut chosen = chosen.into_iter().peekable();
    let keep = |(at, case)| (chosen.next_if_eq(&at).is_some()).then_some(case);
    cases.into_iter().enumerate().filter_map(keep).collect()
}
