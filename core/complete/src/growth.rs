//! A suggestion while it grows: filtered and guarded after every token, and
//! shown once it is likely enough.
//!
//! The idea: what the filters leave so far goes through the guard piece by
//! piece, and only what the guard lets go is shown. So the text on the screen
//! is at every moment one that was checked. At a hit nothing is left of it. Once it
//! is whole, the syntax of the file with it may say of rules that it breaks, too.

use ghostlight_context::Source;
use ghostlight_context::syntax::Syntax;
use ghostlight_decode::{Flow, Piece, TokenText};
use ghostlight_guard::{Cut, Guard, Policy, Verdict};
use ghostlight_text::TokenId;

use crate::filter::{self, Kept, Place};
use crate::memory::Shared;
use crate::parts::Without;
use crate::shape::Shape;

/// From when on a growing suggestion is shown: whether its mean log
/// probability so far is enough.
pub(crate) type Clears<'a> = &'a dyn Fn(f32) -> bool;

/// A suggestion while it grows.
pub(crate) struct Growth<'a> {
    place: Place<'a>,
    without: Without,
    policy: Policy<'a>,
    guard: Guard<'a>,
    clears: Clears<'a>,
    memory: &'a Shared,
    syntax: &'a mut (dyn Syntax + 'static),
    source: Source<'a>,
    /// What the model wrote.
    raw: String,
    /// What the filters left of it so far and the guard has read.
    kept: String,
    /// What of it may be shown.
    safe: String,
    shown: usize, // UTF-8 bytes of it that are
    cut: Option<Cut>,
    is_outdated: bool,
}

/// How a suggestion ended.
pub(crate) enum Grown {
    /// The text, and whether any of it was shown.
    Whole { text: String, is_shown: bool },
    /// The guard said no.
    Cut(Cut),
    /// Something else was typed meanwhile.
    Outdated,
}

impl<'a> Growth<'a> {
    pub(crate) fn new(
        (place, without): (Place<'a>, Without),
        policy: Policy<'a>,
        clears: Clears<'a>,
        memory: &'a Shared,
        (syntax, source): (&'a mut (dyn Syntax + 'static), Source<'a>),
    ) -> Self {
        Self {
            syntax,
            source,
            place: Place { growing: true, ..place },
            without,
            policy,
            guard: Guard::new(policy, place.prefix),
            clears,
            memory,
            raw: String::new(),
            kept: String::new(),
            safe: String::new(),
            shown: 0,
            cut: None,
            is_outdated: false,
        }
    }

    /// The model wrote more.
    pub(crate) fn take(&mut self, piece: Piece<'_>, on_update: &mut impl FnMut(&str)) -> Flow {
        self.raw.push_str(piece.text);
        if let Some(running) = &mut self.memory.borrow_mut().running
            && !running.wrote(piece.text)
        {
            self.is_outdated = true;
            return Flow::Stop;
        }
        let kept = filtered(self.without, &self.place, self.syntax, self.source, &self.raw);
        // What has been read by the guard is not taken back before the end.
        if let Some(more) = kept.text.strip_prefix(self.kept.as_str()).filter(|more| !more.is_empty()) {
            match self.guard.push(more) {
                Verdict::Show(safe) => self.safe.push_str(safe),
                Verdict::Cut(cut) => {
                    self.cut = Some(cut);
                    return Flow::Stop;
                }
            }
            self.kept.push_str(more);
            let is_likely = self.shown > 0 || (self.clears)(piece.log_prob / piece.tokens.max(1) as f32);
            if is_likely && self.safe.len() > self.shown {
                self.shown = self.safe.len();
                on_update(&self.safe);
            }
        }
        if kept.ended { Flow::Stop } else { Flow::Continue }
    }

    /// There is no more; `is_open` when there would be, so that what the guard
    /// holds back may be the beginning of a secret.
    pub(crate) fn finish(mut self, is_open: bool) -> Grown {
        if self.is_outdated {
            return Grown::Outdated;
        }
        if let Some(cut) = self.cut {
            return Grown::Cut(cut);
        }
        let place = Place { growing: false, ..self.place };
        let mut text = filtered(self.without, &place, self.syntax, self.source, &self.raw).text;
        let mut risks = None;
        if place.shape == Shape::Block && is_open && self.without.has("whole") {
            let insertion = self.syntax.insertion(self.source, text);
            text = filter::whole(&insertion, text);
        }
        // The rest of a line, too, has to fit what stands after it.
        if !text.is_empty() && self.without.has("valid") {
            let rest = place.suffix.split(['\n', '\r']).next().unwrap_or_default();
            text = filter::valid(text, rest, |text| {
                let mut insertion = self.syntax.insertion(self.source, text);
                // The last text that is asked about is the one that stays.
                risks = Some(std::mem::take(&mut insertion.risks));
                insertion
            });
        }
        let rest = text.strip_prefix(self.kept.as_str()).unwrap_or_else(|| {
            // Shorter than it was, or another end: read anew.
            self.guard = Guard::new(self.policy, place.prefix);
            text
        });
        if let Verdict::Cut(cut) = self.guard.push(rest) {
            return Grown::Cut(cut);
        }
        if self.policy.risky.is_some() && !text.is_empty() {
            let risks = risks.unwrap_or_else(|| self.syntax.insertion(self.source, text).risks);
            if let Some(cut) = self.policy.judge(risks.iter().map(String::as_str)) {
                return Grown::Cut(cut);
            }
        }
        if is_open && self.guard.held() > 0 {
            let safe = &text[..text.len() - self.guard.held()];
            text = filtered(self.without, &place, self.syntax, self.source, safe).text;
        } else if let Verdict::Cut(cut) = self.guard.finish() {
            return Grown::Cut(cut);
        }
        Grown::Whole { text: text.to_owned(), is_shown: self.shown > 0 }
    }
}

/// All post filters, the scope's among them, until nothing changes.
fn filtered<'a>(
    without: Without,
    place: &Place<'_>,
    syntax: &mut dyn Syntax,
    source: Source<'_>,
    text: &'a str,
) -> Kept<'a> {
    let mut kept = filter::run_without(without, place, text);
    while place.shape == Shape::Block && !kept.text.is_empty() && without.has("scope") {
        let insertion = syntax.insertion(source, kept.text);
        let inside = filter::scope(place, &insertion, kept.text);
        if inside.text.len() == kept.text.len() {
            break;
        }
        let again = filter::run_without(without, place, inside.text);
        kept = Kept { text: again.text, ended: kept.ended || inside.ended || again.ended };
    }
    kept
}

/// The text of a generation: without what stands before the cursor, and ended
/// by the template's end tokens too.
pub(crate) struct GhostText<'a, T> {
    pub(crate) text: T,
    pub(crate) ends: &'a [TokenId],
    pub(crate) skip: usize, // UTF-8 bytes
}

impl<T: TokenText> TokenText for GhostText<'_, T> {
    fn push(&mut self, token: TokenId) -> &str {
        let text = self.text.push(token);
        let skipped = self.skip.min(text.len());
        self.skip -= skipped;
        text.get(skipped..).unwrap_or_default()
    }

    fn finish(&mut self) -> &str {
        // Half a character is worth nothing in ghost text.
        ""
    }

    fn is_end(&self, token: TokenId) -> bool {
        self.ends.contains(&token) || self.text.is_end(token)
    }
}
