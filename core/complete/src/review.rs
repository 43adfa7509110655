//! Reviews: how far the text of another model, such as an edge's, may be shown.
//!
//! The idea: who has a text from a server of theirs gives it here piece by piece, each
//! time all of it, and it is filtered and guarded as if this session had written it: the
//! trigger, the filters, the trees and the guard are the same.

use ghostlight_decode::Decoder;

use crate::generation::{Generation, GenerationMode};
use crate::{Completion, Request, Session, Vocabulary, trigger};

/// How far the text of another is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// There may be more.
    Growing,
    /// There would be more, had its limit been higher.
    Truncated,
    /// It is whole.
    Whole,
}

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// What may be shown of a `text` that another model wrote for `request`. It finished for
    /// [`FinishReason::Length`](crate::FinishReason::Length) as long as more of a growing text could be
    /// shown; with any other reason the rest need not be waited for. An empty text tells whether to ask at
    /// all.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let so_far = session.review(&request, "price * cou", Written::Growing);
    /// assert_eq!(so_far.finish, FinishReason::Length); // more may follow
    /// let line = session.review(&request, "price * count\nprint(", Written::Growing);
    /// assert_eq!((line.text.as_str(), line.finish), ("price * count", FinishReason::Stop));
    /// ```
    pub fn review(&mut self, request: &Request<'_>, text: &str, written: Written) -> Completion {
        self.follow_guard();
        if let Some(why) = trigger::skip(request, self.guard.options()) {
            return Completion::skipped(why);
        }
        Generation::new(self, *request, GenerationMode::ASKED).review(text, written)
    }
}
