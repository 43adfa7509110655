//! One ranking out of several, by places alone.
//!
//! Reciprocal rank fusion as in Cormack, Clarke and Buettcher, "Reciprocal rank fusion
//! outperforms Condorcet and individual rank learning methods" (SIGIR 2009): what is in
//! place `r` of a ranking gets `1 / (60 + r)` for it, and the sums decide. So no score
//! has to be made comparable with one of another kind.

use std::hash::Hash;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::Hit;

/// Of the paper: the larger, the less the first places count.
const K: f32 = 60.0;

/// The `most` best of several rankings, each the best first, with their sums.
///
/// An item is counted once a ranking, at its best place. Of equal sums the least item
/// is first, so that the order of the rankings means nothing.
pub(crate) fn fuse<T: Copy + Ord + Hash>(rankings: &[&[T]], most: usize) -> Vec<(T, f32)> {
    // The number of the last ranking that counted, and the sum.
    let mut sums: HashMap<T, (usize, f32), FixedState> = HashMap::default();
    for (nth, ranking) in rankings.iter().enumerate() {
        for (place, &item) in ranking.iter().enumerate() {
            let (last, sum) = sums.entry(item).or_insert((usize::MAX, 0.0));
            if *last != nth {
                *sum += 1.0 / (K + 1.0 + place as f32);
                *last = nth;
            }
        }
    }
    let mut best: Vec<(T, f32)> = sums.into_iter().map(|(item, (_, sum))| (item, sum)).collect();
    best.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    best.truncate(most);
    best
}

/// The `most` best hits of several rankings of one index (reciprocal rank fusion). Their scores are the sums.
///
/// ```
/// use ghostlight_context::index::{Hit, fuse_hits};
/// use ghostlight_text::Span;
/// let hit = |path| Hit { path, text: "", span: Span::new(0, 1), score: 1.0 };
/// let fused = fuse_hits(&[&[hit("a.rs"), hit("b.rs")], &[hit("b.rs")]], 1);
/// assert_eq!(fused[0].path, "b.rs"); // second and first place beat one first place
/// ```
#[must_use]
pub fn fuse_hits<'a>(rankings: &[&[Hit<'a>]], most: usize) -> Vec<Hit<'a>> {
    let key = |hit: &Hit<'a>| (hit.path, hit.span.start.0);
    let keys: Vec<Vec<_>> = rankings.iter().map(|hits| hits.iter().map(key).collect()).collect();
    let keys: Vec<&[_]> = keys.iter().map(Vec::as_slice).collect();
    let found = fuse(&keys, most).into_iter().filter_map(|(wanted, score)| {
        let hit = rankings.iter().copied().flatten().find(|hit| key(hit) == wanted)?;
        Some(Hit { score, ..*hit })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_reciprocal_places() {
        let found = fuse(&[&['a', 'b', 'c'], &['c', 'a']], 9);
        let expected = [('a', 1.0 / 61.0 + 1.0 / 62.0), ('c', 1.0 / 63.0 + 1.0 / 61.0), ('b', 1.0 / 62.0)];
        assert_eq!(found.len(), expected.len());
        for ((item, sum), (expected, of)) in found.into_iter().zip(expected) {
            assert_eq!(item, expected);
            assert!((sum - of).abs() < 1e-7, "{item}: {sum} instead of {of}");
        }
    }

    #[test]
    fn one_ranking_stays_as_it_is() {
        let items = [5, 3, 9, 1];
        let found: Vec<i32> = fuse(&[&items], 9).into_iter().map(|(item, _)| item).collect();
        assert_eq!(found, items);
        assert!(fuse::<i32>(&[], 9).is_empty() && fuse::<i32>(&[&[], &[]], 9).is_empty());
    }

    #[test]
    fn two_middling_places_beat_one_good_one() {
        let (words, meaning) = ([1, 2, 3, 4], [5, 6, 3, 7]);
        assert_eq!(fuse(&[&words, &meaning], 1)[0].0, 3);
    }

    #[test]
    fn repetitions_and_the_order_of_rankings_do_not_count() {
        let (one, other) = ([1, 1, 2], [2, 1]);
        let places = |rankings: &[&[i32]]| fuse(rankings, 9);
        assert_eq!(places(&[&one, &other]), places(&[&other, &one]));
        // The first place of 1 is its only one; the third place of 2 stays the third.
        assert_eq!(places(&[&one])[0], (1, 1.0 / 61.0));
        assert_eq!(places(&[&one])[1], (2, 1.0 / 63.0));
        // Of equals the least.
        assert_eq!(places(&[&[8], &[4]])[0].0, 4);
    }
}
