//! What to do about a keystroke: nothing, answer at once, let the running
//! generation go on, or ask in a moment.
//!
//! The idea: the host reports every request the moment it comes up and is told
//! a [`Plan`], so that all policy is here and the timer alone is the host's.
//! It works while a generation runs, which is when it matters.

use crate::feedback::{Fate, History, Kind};
use crate::memory::{Shared, Work};
use crate::rhythm::{Rhythm, Stand};
use crate::{Event, GuardOptions, Request, Skip, trigger};

/// What a host does with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Nothing: end what runs, show nothing.
    Skip(Skip),
    /// End what runs and complete now: it is known already, or was asked for by hand.
    Now,
    /// Let what runs go on: it says what was typed since, which is to be left out of its text.
    Keep {
        /// What was typed since the running request.
        typed: String,
    },
    /// End what runs; complete after this time unless another request comes.
    After {
        /// Milliseconds.
        ms: f64,
    },
}

/// Milliseconds after which the KV cache is made ready where the cursor was put.
const WARM_AFTER: f64 = 120.0;
/// Milliseconds for which a suggestion stands before the next one is computed.
const AHEAD_AFTER: f64 = 80.0;

/// The keeper of the moments. [`Session::scheduler`](crate::Session::scheduler) makes one.
#[derive(Debug)]
pub struct Scheduler {
    memory: Shared,
    rhythm: Rhythm,
}

impl Scheduler {
    pub(crate) fn new(memory: Shared) -> Self {
        Self { memory, rhythm: Rhythm::default() }
    }

    /// Judges a request that came up at `now_ms`.
    pub fn plan(&mut self, request: &Request<'_>, now_ms: f64) -> Plan {
        if matches!(request.event, Event::Typed | Event::Deleted) {
            self.rhythm.typed(now_ms);
        }
        let memory = &mut *self.memory.borrow_mut();
        let skip = trigger::skip(request, &memory.guard);
        let is_known = memory.reuse.find(request).is_some();
        match skip {
            Some(Skip::NotTyped) if is_known => return Plan::Now,
            Some(why) => return Plan::Skip(why),
            None if is_known => return Plan::Now,
            None => {}
        }
        if let Some(running) = &mut memory.running
            && let Some(typed) = running.agrees(request)
        {
            running.expect(typed);
            return Plan::Keep { typed: typed.to_owned() };
        }
        match request.event {
            Event::Typed => Plan::After { ms: self.rhythm.wait(Stand::after(request.prefix)) },
            Event::Asked | Event::Accepted | Event::Deleted => Plan::Now,
        }
    }

    /// Milliseconds after the cursor has moved, or a file was opened, to wait
    /// before the KV cache is made ready there.
    #[must_use]
    pub fn warm_after(&self) -> f64 {
        WARM_AFTER
    }

    /// Milliseconds for which a suggestion stands before what may follow it is computed.
    #[must_use]
    pub fn ahead_after(&self) -> f64 {
        AHEAD_AFTER
    }

    /// Who types how, and what it is answered in: told of latencies and judgements.
    pub fn rhythm_mut(&mut self) -> &mut Rhythm {
        &mut self.rhythm
    }

    /// A suggestion that was shown came to this. `is_fresh` is false for what a
    /// host remembers of earlier visits, which says nothing of today's mood.
    pub fn judge(&mut self, kind: Kind, fate: Fate, is_fresh: bool) {
        match fate {
            Fate::Accepted | Fate::Partly if is_fresh => self.rhythm.judged(true),
            Fate::Dismissed if is_fresh => self.rhythm.judged(false),
            _ => {}
        }
        self.memory.borrow_mut().history.add(kind, fate);
    }

    /// Accepted text was looked at again; see [`History::looked`].
    pub fn looked(&mut self, age: usize, share: f64) {
        self.memory.borrow_mut().history.looked(age, share);
    }

    /// What all suggestions came to.
    #[must_use]
    pub fn history(&self) -> History {
        self.memory.borrow().history.clone()
    }

    /// What requests have cost so far.
    #[must_use]
    pub fn work(&self) -> Work {
        self.memory.borrow().work
    }

    /// How likely a suggestion has to be before it is shown to somebody who did not ask for it, 0 to 1.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.memory.borrow().threshold
    }

    /// Sets [`Scheduler::threshold`].
    pub fn set_threshold(&mut self, threshold: f32) {
        self.memory.borrow_mut().threshold = threshold;
    }

    /// Holds the next requests to something else; earlier suggestions are
    /// forgotten. What runs has to be cancelled by the caller.
    pub fn set_guard(&mut self, guard: GuardOptions) {
        self.memory.borrow_mut().set_guard(guard);
    }
}
