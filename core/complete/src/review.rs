//! Text that another model wrote, as far as it may be shown.
//!
//! The idea: who has a text from a server of theirs gives it here piece by piece, each
//! time all of it, and it is filtered and guarded as if this session had written it: the
//! trigger, the filters, the trees and the guard are the same.

use ghostlight_decode::{Decoder, Flow, Piece};
use ghostlight_text::Language;

use crate::filter::Place;
use crate::growth::{Grown, Growth};
use crate::session::source_of;
use crate::{Completion, FinishReason, Request, Session, Shape, Vocabulary, trigger};

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
    /// [`FinishReason::Length`] as long as more of a growing text could be shown; with any other
    /// reason the rest need not be waited for. An empty text tells whether to ask at all.
    pub fn review(&mut self, request: &Request<'_>, text: &str, written: Written) -> Completion {
        self.follow_guard();
        if let Some(why) = trigger::skip(request, self.watch.options()) {
            return Completion::skipped(why);
        }
        let (language, source) = (Language::from_path(request.path), source_of(request));
        self.watch.prepare(language);
        let facts = self.syntax.facts(source);
        let mut place = Place::new(request.prefix, request.suffix, language).with(&facts);
        if !self.options.without.has("lines") {
            place.shape = Shape::Line;
        }
        // How likely it is, its writer does not say.
        let mut growth = Growth::new(
            (place, self.options.without),
            self.watch.policy(language),
            None,
            &self.memory,
            (&mut *self.syntax.0, source),
        );
        let mut safe = String::new();
        let piece = Piece { text, tokens: 1, log_prob: 0.0 };
        let flow = growth.take(piece, &mut |shown: &str| shown.clone_into(&mut safe));
        if written == Written::Growing && flow == Flow::Continue {
            return Completion::without_model(safe, FinishReason::Length);
        }
        match growth.finish(written == Written::Truncated && flow == Flow::Continue) {
            Grown::Whole(suggested) => Completion::without_model(suggested.text, FinishReason::Stop),
            Grown::Cut(cut) => Completion {
                cut: Some(cut),
                ..Completion::without_model(String::new(), FinishReason::Guarded)
            },
            // A request that runs ends by itself when something else is typed.
            Grown::Outdated => Completion::without_model(String::new(), FinishReason::Stop),
        }
    }
}
