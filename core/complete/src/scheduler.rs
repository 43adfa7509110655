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
const WARM_AFTER: f64 = 120.0;
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
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, event: Event::Typed, ..Request::default() };
    /// match scheduler.plan(&request, 1000.0) {
    ///     Plan::Skip(why) => println!("nothing: {why:?}"),
    ///     Plan::Now => println!("end what runs, complete"),
    ///     Plan::Keep { typed } => println!("show what runs less {typed:?}"),
    ///     Plan::After { ms } => println!("end what runs, complete in {ms} ms"),
    /// }
    /// # }
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
            Judgement::Known(_) | Judgement::Ask => Plan::Now,
        };
        state.planned = Some(Planned::new(request, judgement));
        plan
    }

    /// Milliseconds after the cursor has moved, or a file was opened, to wait
    /// before the KV cache is made ready there.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// assert!(scheduler.warm_after() > 0.0);
    /// # }
    /// ```
    #[must_use]
    pub fn warm_after(&self) -> f64 {
        WARM_AFTER
    }

    /// Milliseconds for which a suggestion stands before what may follow it is computed.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// assert!(scheduler.ahead_after() > 0.0);
    /// # }
    /// ```
    #[must_use]
    pub fn ahead_after(&self) -> f64 {
        AHEAD_AFTER
    }

    /// Milliseconds without a key before the prompt is read as it should begin by now: with what the
    /// workspace has to say, which is put off while somebody types.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// assert!(scheduler.renew_after() > scheduler.warm_after());
    /// # }
    /// ```
    #[must_use]
    pub fn renew_after(&self) -> f64 {
        RENEW_AFTER
    }

    /// The typing model, to feed it latencies.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// scheduler.typing_model_mut().answered(80.0);
    /// # }
    /// ```
    pub fn typing_model_mut(&mut self) -> &mut TypingModel {
        &mut self.typing_model
    }

    /// A suggestion that was shown came to this. `is_fresh` is false for what a
    /// host remembers of earlier visits, which leaves the annoyance factor alone.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// use ghostlight_complete::feedback::{Length, Outcome, Stratum};
    /// let stratum = Stratum::new("python", Length::Line, 0.7);
    /// scheduler.judge(stratum, Outcome::Accepted, true);
    /// # }
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
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// // After 30 seconds half of it was still there.
    /// scheduler.looked(0, 0.5);
    /// # }
    /// ```
    pub fn looked(&mut self, age: usize, share: f64) {
        self.state.borrow_mut().history.looked(age, share);
    }

    /// What all suggestions came to.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// let shown: u32 = scheduler.history().strata().map(|(_, count)| count.shown).sum();
    /// # }
    /// ```
    #[must_use]
    pub fn history(&self) -> History {
        self.state.borrow().history.clone()
    }

    /// What requests have cost so far.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// let Work { requests, answered, .. } = scheduler.work();
    /// println!("{answered} of {requests} requests were answered");
    /// # }
    /// ```
    #[must_use]
    pub fn work(&self) -> Work {
        self.state.borrow().work
    }

    /// How likely a suggestion has to be before it is shown to somebody who did not ask for it, 0 to 1.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// assert!((0.0..=1.0).contains(&scheduler.threshold()));
    /// # }
    /// ```
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.state.borrow().threshold
    }

    /// Sets [`Scheduler::threshold`].
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// scheduler.set_threshold(0.3);
    /// assert_eq!(scheduler.threshold(), 0.3);
    /// # }
    /// ```
    pub fn set_threshold(&mut self, threshold: f32) {
        self.state.borrow_mut().threshold = threshold;
    }

    /// Holds the next requests to something else; earlier suggestions are
    /// forgotten. What runs has to be cancelled by the caller.
    ///
    /// ```
    /// # use ghostlight_complete::*;
    /// # fn example(scheduler: &mut Scheduler) {
    /// scheduler.set_guard(GuardOptions { risky: None, ..GuardOptions::default() });
    /// # }
    /// ```
    pub fn set_guard(&mut self, guard: GuardOptions) {
        self.state.borrow_mut().set_guard(guard);
    }
}
