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
use crate::{GuardOptions, Request};

/// The state as both hold it.
pub(crate) type SharedState = Rc<RefCell<SessionState>>;

#[derive(Debug)]
pub(crate) struct SessionState {
    pub(crate) reuse: Reuse,
    pub(crate) running: Option<Running>,
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

impl SessionState {
    /// Replaces the guard's options and clears the suggestion cache.
    pub(crate) fn set_guard(&mut self, guard: GuardOptions) {
        self.guard = Rc::new(guard);
        self.reuse.clear();
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
        let (before, whole) = key(request.prefix);
        Self {
            path: request.path.to_owned(),
            before: before.to_owned(),
            whole,
            suffix: request.suffix.to_owned(),
            max_tokens: request.max_tokens,
            raw: String::new(),
            typed: String::new(),
        }
    }

    /// What was typed since the generation began, if the request comes from
    /// there and nothing that the model wrote says otherwise. Before its first
    /// word only the same place again counts: a new start loses nothing then.
    pub(crate) fn agrees<'a>(&self, request: &Request<'a>) -> Option<&'a str> {
        let same = self.path == request.path
            && self.suffix == request.suffix
            && self.max_tokens == request.max_tokens;
        let prefix = request.prefix;
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
