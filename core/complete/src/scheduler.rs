//! The scheduler: what to do about a keystroke, which is nothing, an answer at once, to keep the
//! running generation, or to ask after a debounce.
//!
//! The idea: the host reports every request the moment it comes up and is told
//! a [`Plan`], so that all policy is here and the timer alone is the host's.
//! It works while a generation runs, which is when it matters.

use crate::feedback::{History, Outcome, Stratum};
use crate::session_state::{Judgement, Planned, SharedState, Work};
use crate::typing_model::{CursorContext, TypingModel};
use crate::{Event, GuardOptions, Request, Skip};

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
const PREFILL_AFTER: f64 = 120.0;
/// Milliseconds for which a suggestion stands before the next one is computed.
const AHEAD_AFTER: f64 = 80.0;
/// Milliseconds without anything to do after which a prompt is read that begins otherwise: longer than
/// most pauses between keys, since a key in the middle of it waits for the rest.
const RENEW_AFTER: f64 = 600.0;

/// Decides when a request runs. [`Session::scheduler`](crate::Session::scheduler) makes one.
#[derive(Debug)]
pub struct Scheduler {
    state: SharedState,
    typing_model: TypingModel,
}

impl Scheduler {
    pub(crate) fn new(state: SharedState) -> Self {
        Self { state, typing_model: TypingModel::default() }
    }

    /// Decides about a request that came up at `now_ms`. [`Session::complete_planned`](crate::Session::complete_planned)
    /// answers it by what was found out here.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, event: Event::Typed, ..Request::default() };
    /// // A debounce: the request is made in so many milliseconds, unless another comes.
    /// assert!(matches!(scheduler.plan(&request, 1000.0), Plan::After { ms } if ms > 0.0));
    /// ```
    pub fn plan(&mut self, request: &Request<'_>, now_ms: f64) -> Plan {
        if matches!(request.event, Event::Typed | Event::Deleted) {
            self.typing_model.typed(now_ms);
        }
        let state = &mut *self.state.borrow_mut();
        state.planned = None;
        let judgement = state.judge(request);
        if matches!(judgement, Judgement::Ask)
            && let Some(running) = &mut state.running
            && let Some(typed) = running.agrees(request)
        {
            running.expect(typed);
            return Plan::Keep { typed: typed.to_owned() };
        }
        let plan = match judgement {
            Judgement::Skip(why) => Plan::Skip(why),
            Judgement::Ask if request.event == Event::Typed => {
                Plan::After { ms: self.typing_model.wait(CursorContext::after(request.source.prefix)) }
            }
            Judgement::Cached(_) | Judgement::Ask => Plan::Now,
        };
        state.planned = Some(Planned::new(request, judgement));
        plan
    }

    /// Milliseconds after the cursor has moved, or a file was opened, to wait
    /// before the KV cache is made ready there.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// assert!(scheduler.prefill_after() > 0.0);
    /// ```
    #[must_use]
    pub fn prefill_after(&self) -> f64 {
        PREFILL_AFTER
    }

    /// Milliseconds for which a suggestion stands before what may follow it is computed.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// assert!(scheduler.ahead_after() > 0.0);
    /// ```
    #[must_use]
    pub fn ahead_after(&self) -> f64 {
        AHEAD_AFTER
    }

    /// Milliseconds without a key before the prompt is read as it should begin by now: with what the
    /// workspace has to say, which is put off while somebody types.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// assert!(scheduler.renew_after() > scheduler.prefill_after());
    /// ```
    #[must_use]
    pub fn renew_after(&self) -> f64 {
        RENEW_AFTER
    }

    /// The typing model, to feed it latencies.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// scheduler.typing_model_mut().answered(80.0);
    /// assert_eq!(scheduler.typing_model_mut().latency(), 80.0);
    /// ```
    pub fn typing_model_mut(&mut self) -> &mut TypingModel {
        &mut self.typing_model
    }

    /// A suggestion that was shown came to this. `is_fresh` is false for what a
    /// host remembers of earlier visits, which leaves the annoyance factor alone.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// use ghostlight_complete::feedback::{Length, Outcome, Stratum};
    /// scheduler.judge(Stratum::new("python", Length::Line, 0.7), Outcome::Accepted, true);
    /// let history = scheduler.history();
    /// assert_eq!(history.strata().next().unwrap().1.accepted, 1);
    /// ```
    pub fn judge(&mut self, stratum: Stratum, outcome: Outcome, is_fresh: bool) {
        match outcome {
            Outcome::Accepted | Outcome::Partly if is_fresh => self.typing_model.judged(true),
            Outcome::Dismissed if is_fresh => self.typing_model.judged(false),
            _ => {}
        }
        self.state.borrow_mut().history.add(stratum, outcome);
    }

    /// Accepted text was looked at again: `share` of it, 0 to 1, still stands after
    /// [`AGES_S`](crate::feedback::AGES_S)`[age]` seconds.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// scheduler.looked(0, 0.5);
    /// assert_eq!(scheduler.history().kept()[0].share, 0.5);
    /// ```
    pub fn looked(&mut self, age: usize, share: f64) {
        self.state.borrow_mut().history.looked(age, share);
    }

    /// What all suggestions came to.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// assert_eq!(scheduler.history().strata().count(), 0); // nothing was shown yet
    /// ```
    #[must_use]
    pub fn history(&self) -> History {
        self.state.borrow().history.clone()
    }

    /// What requests have cost so far.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// assert_eq!(scheduler.work(), Work::default()); // no request yet
    /// ```
    #[must_use]
    pub fn work(&self) -> Work {
        self.state.borrow().work
    }

    /// How likely a suggestion has to be before it is shown to somebody who did not ask for it, 0 to 1.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// scheduler.set_threshold(0.3);
    /// assert_eq!(scheduler.threshold(), 0.3);
    /// ```
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.state.borrow().threshold
    }

    /// Sets [`Scheduler::threshold`].
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// scheduler.set_threshold(0.0); // shows all
    /// assert_eq!(scheduler.threshold(), 0.0);
    /// ```
    pub fn set_threshold(&mut self, threshold: f32) {
        self.state.borrow_mut().threshold = threshold;
    }

    /// Holds the next requests to something else; earlier suggestions are
    /// forgotten. What runs has to be cancelled by the caller.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, support::*};
    /// # let mut scheduler = session(knowing_anywhere("total = price * count"), &[], 8).scheduler();
    /// let request = Request { source: Source { path: ".env", prefix: "KEY=", suffix: "" }, ..Request::default() };
    /// assert_eq!(scheduler.plan(&request, 0.0), Plan::Skip(Skip::Private));
    /// scheduler.set_guard(GuardOptions::off());
    /// assert_eq!(scheduler.plan(&request, 0.0), Plan::Now);
    /// ```
    pub fn set_guard(&mut self, guard: GuardOptions) {
        self.state.borrow_mut().set_guard(guard);
    }
}
