//! The best chunks of a ranking, whoever made it.

/// The `most` chunks with the highest scores, the best first. Equal scores are ordered by
/// number, so that an answer depends on no hashing.
pub(super) fn best(mut scores: Vec<(u32, f32)>, most: usize) -> Vec<(u32, f32)> {
    let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if scores.len() > most && most > 0 {
        scores.select_nth_unstable_by(most - 1, order);
    }
    scores.truncate(most);
    scores.sort_unstable_by(order);
    scores
}
