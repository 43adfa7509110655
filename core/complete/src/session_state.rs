//! State shared by a session and its scheduler: cached suggestions, the running generation,
//! acceptance statistics, the guard's options.
//!
//! The idea: while a generation runs, the session belongs to it, and the next
//! keystroke still has to be judged. So what that needs stands in one shared
//! place, borrowed for a moment at a time and never across an `await`.

use std::cell::RefCell;
use std::rc::Rc;

use crate::feedback::History;
use crate::reuse::{Reuse, key};
use crate::{Completion, Event, FinishReason, GuardOptions, Request, Skip, trigger};

/// The state as both hold it.
pub(crate) type SharedState = Rc<RefCell<SessionState>>;

#[derive(Debug)]
pub(crate) struct SessionState {
    pub(crate) reuse: Reuse,
    pub(crate) running: Option<Running>,
    /// The request that was planned last, until it is answered.
    pub(crate) planned: Option<Planned>,
    pub(crate) history: History,
    /// How likely a suggestion has to be before it is shown unasked.
    pub(crate) threshold: f32,
    pub(crate) guard: Rc<GuardOptions>,
    pub(crate) work: Work,
}

/// What requests have cost so far. Work ahead is not counted among requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Requests that reached the model.
    pub requests: u64,
    /// Of those, requests that were answered; the others were cancelled, or failed.
    pub answered: u64,
    /// Tokens of their prompts.
    pub prompt_tokens: u64,
    /// Of those, tokens that were read for them, also ahead of them; the others were in the KV cache.
    pub read_tokens: u64,
    /// Tokens generated in answers.
    pub generated_tokens: u64,
    /// Tokens read and generated for what may be asked next.
    pub ahead_tokens: u64,
}

/// What trigger and suggestion cache say of a request.
#[derive(Debug)]
pub(crate) enum Judgement {
    /// The model is not asked.
    Skip(Skip),
    /// An earlier suggestion agrees with what was typed.
    Cached(Completion),
    /// The model is asked.
    Ask,
}

/// A request that was planned, as far as another could be mistaken for it.
#[derive(Debug)]
pub(crate) struct Planned {
    path: String,
    /// UTF-8 bytes before and after the cursor.
    bytes: (usize, usize),
    event: Event,
    judgement: Judgement,
}

impl Planned {
    pub(crate) fn new(request: &Request<'_>, judgement: Judgement) -> Self {
        let bytes = (request.source.prefix.len(), request.source.suffix.len());
        Self { path: request.source.path.to_owned(), bytes, event: request.event, judgement }
    }

    fn is_of(&self, request: &Request<'_>) -> bool {
        let bytes = (request.source.prefix.len(), request.source.suffix.len());
        (self.path.as_str(), self.bytes, self.event) == (request.source.path, bytes, request.event)
    }
}

impl SessionState {
    /// What was found out when the request was planned, once; anew for any other request.
    pub(crate) fn take_planned(&mut self, request: &Request<'_>) -> Judgement {
        let planned = self.planned.take().filter(|planned| planned.is_of(request));
        planned.map_or_else(|| self.judge(request), |planned| planned.judgement)
    }

    /// Whether a request reaches the model.
    pub(crate) fn judge(&self, request: &Request<'_>) -> Judgement {
        let skip = trigger::skip(request, &self.guard);
        // What is deleted may still be known.
        if let Some(why) = skip.filter(|&why| why != Skip::NotTyped) {
            return Judgement::Skip(why);
        }
        match (self.recall(request), skip) {
            (Some(known), _) => Judgement::Cached(known),
            (None, Some(why)) => Judgement::Skip(why),
            (None, None) => Judgement::Ask,
        }
    }

    /// An earlier suggestion that what was typed agrees with.
    fn recall(&self, request: &Request<'_>) -> Option<Completion> {
        let (rest, suggestion) = self.reuse.find(request)?;
        let known = Completion {
            confidence: suggestion.confidence,
            likelihood: suggestion.likelihood,
            ..Completion::without_model(rest.to_owned(), FinishReason::Reused)
        };
        Some(self.shown(request, known, suggestion.is_short))
    }

    /// A finished suggestion, or nothing where it is not likely enough. Where nothing is left of one
    /// that `is_short`, that is the reason too.
    pub(crate) fn shown(&self, request: &Request<'_>, completion: Completion, is_short: bool) -> Completion {
        let is_wanted = request.event == Event::Asked || completion.likelihood >= self.threshold;
        if is_wanted || (completion.text.is_empty() && !is_short) {
            return completion;
        }
        Completion { text: String::new(), finish: FinishReason::Unlikely, ..completion }
    }

    /// Replaces the guard's options and clears the suggestion cache.
    pub(crate) fn set_guard(&mut self, guard: GuardOptions) {
        self.guard = Rc::new(guard);
        self.reuse.clear();
        self.planned = None;
    }
}

/// A generation on its way, as far as another request can agree with it.
#[derive(Debug)]
pub(crate) struct Running {
    path: String,
    before: String,
    whole: bool, // nothing stands before it
    suffix: String,
    max_tokens: usize,
    /// What the model wrote so far.
    raw: String,
    /// What was typed since; the generation is for nothing once it says otherwise.
    typed: String,
}

impl Running {
    pub(crate) fn new(request: &Request<'_>) -> Self {
        let (before, whole) = key(request.source.prefix);
        Self {
            path: request.source.path.to_owned(),
            before: before.to_owned(),
            whole,
            suffix: request.source.suffix.to_owned(),
            max_tokens: request.max_tokens,
            raw: String::new(),
            typed: String::new(),
        }
    }

    /// What was typed since the generation began, if the request comes from
    /// there and nothing that the model wrote says otherwise. Before its first
    /// word only the same place again counts: a new start loses nothing then.
    pub(crate) fn agrees<'a>(&self, request: &Request<'a>) -> Option<&'a str> {
        let same = self.path == request.source.path
            && self.suffix == request.source.suffix
            && self.max_tokens == request.max_tokens;
        let prefix = request.source.prefix;
        let is_there = |at: &usize| {
            let (before, typed) = prefix.split_at(*at);
            let is_place = if self.whole { before == self.before } else { before.ends_with(&self.before) };
            is_place && fits(&self.raw, typed) && (typed.is_empty() || !self.raw.is_empty())
        };
        let ends = prefix.char_indices().rev().map(|(at, _)| at);
        let ahead = self.raw.len() + AHEAD;
        let places = [prefix.len()].into_iter().chain(ends).take_while(|at| prefix.len() - at <= ahead);
        same.then(|| places.into_iter().find(is_there)).flatten().map(|at| &prefix[at..])
    }

    /// From now on the generation has to say what was typed.
    pub(crate) fn expect(&mut self, typed: &str) {
        typed.clone_into(&mut self.typed);
    }

    /// The model wrote more; whether that agrees with what was typed.
    pub(crate) fn wrote(&mut self, piece: &str) -> bool {
        self.raw.push_str(piece);
        fits(&self.raw, &self.typed)
    }
}

/// Bytes that may have been typed beyond what the model wrote.
const AHEAD: usize = 64;

/// Whether one is a beginning of the other.
fn fits(raw: &str, typed: &str) -> bool {
    raw.starts_with(typed) || typed.starts_with(raw)
}

/// Marks a generation as running until it is dropped, so that a future that nobody waits for
/// leaves none marked.
pub(crate) struct RunningGuard(SharedState);

impl RunningGuard {
    pub(crate) fn new(state: &SharedState, request: &Request<'_>) -> Self {
        state.borrow_mut().running = Some(Running::new(request));
        Self(state.clone())
    }
}

impl Drop for RunningGuard {
    fn drop(&mut self) {
        self.0.borrow_mut().running = None;
    }
}
