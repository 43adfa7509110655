//! Single flight: identical requests in one isolate share one request to a backend.
//!
//! The idea: the runtime forbids a request to touch streams and promises of another
//! one, so what is shared is plain data. The first request (the [`Leader`]) writes
//! down what arrives; the others ([`Follower`]s) look at it by their own timers.
//! Nobody is woken across requests. The leader learns by looking, too, whether
//! anybody still wants its answer after its own client has gone.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{CacheKey, CachedAnswer};
use crate::EdgeError;

/// The most flights at a time; further requests fly alone.
const MOST_FLIGHTS: usize = 4096;

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedDelta {
    /// The choice.
    pub index: usize,
    /// The text to add.
    pub text: String,
}

/// How a flight ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With a clean answer.
    Landed(Rc<CachedAnswer>),
    /// With an error.
    Failed(EdgeError),
}

/// A request that is under way.
#[derive(Debug, Default)]
pub struct Flight {
    pieces: Vec<SharedDelta>,
    bytes: usize,
    outcome: Option<Outcome>,
    followers: usize,
}

type Shared = Rc<RefCell<Flight>>;
type Table = Rc<RefCell<HashMap<CacheKey, Shared>>>;

/// All requests that are under way.
#[derive(Debug, Default, Clone)]
pub struct Flights(Table);

/// What a request does.
pub enum Join {
    /// It asks a backend.
    Leader(Leader),
    /// It waits for one that does.
    Follower(Follower),
}

/// The request that asks. Dropped before it lands, its followers fail.
pub struct Leader {
    table: Table,
    key: Option<CacheKey>,
    flight: Shared,
    limit: usize,
}

/// A request that waits.
pub struct Follower {
    flight: Shared,
    read: usize,
}

impl Flights {
    /// Joins the flight of `key`, or begins it. An answer of more than `limit` bytes is
    /// not written down.
    #[must_use]
    pub fn join(&self, key: CacheKey, limit: usize) -> Join {
        let mut table = self.0.borrow_mut();
        if let Some(flight) = table.get(&key) {
            flight.borrow_mut().followers += 1;
            return Join::Follower(Follower { flight: flight.clone(), read: 0 });
        }
        let flight = Shared::default();
        let room = table.len() < MOST_FLIGHTS;
        if room {
            table.insert(key, flight.clone());
        }
        Join::Leader(Leader { table: self.0.clone(), key: room.then_some(key), flight, limit })
    }

    /// How many are under way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether none is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Leader {
    /// Writes down what arrived.
    pub fn add(&self, piece: SharedDelta) {
        let mut flight = self.flight.borrow_mut();
        if flight.outcome.is_some() {
            return;
        }
        flight.bytes += piece.text.len();
        if flight.bytes > self.limit {
            flight.outcome = Some(Outcome::Failed(EdgeError::Backend("the answer is too long to be shared")));
        } else {
            flight.pieces.push(piece);
        }
    }

    /// How many others wait.
    #[must_use]
    pub fn followers(&self) -> usize {
        self.flight.borrow().followers
    }

    /// Ends the flight. An answer that came in one piece is written down now, for those
    /// who follow piece by piece.
    pub fn end(mut self, outcome: Outcome) {
        if let Outcome::Landed(entry) = &outcome {
            let mut flight = self.flight.borrow_mut();
            if flight.pieces.is_empty() && flight.outcome.is_none() {
                let pieces = entry.choices.iter().enumerate();
                flight
                    .pieces
                    .extend(pieces.map(|(index, choice)| SharedDelta { index, text: choice.text.clone() }));
            }
        }
        self.finish(outcome);
    }

    fn finish(&mut self, outcome: Outcome) {
        let mut flight = self.flight.borrow_mut();
        if flight.outcome.is_none() {
            flight.outcome = Some(outcome);
        }
        if let Some(key) = self.key.take() {
            self.table.borrow_mut().remove(&key);
        }
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.finish(Outcome::Failed(EdgeError::Overloaded { retry_after: crate::Millis(1000) }));
    }
}

impl Follower {
    /// What was written down since the last look, and the end if it is there.
    pub fn look(&mut self) -> (Vec<SharedDelta>, Option<Outcome>) {
        let flight = self.flight.borrow();
        let new = flight.pieces.get(self.read..).unwrap_or(&[]).to_vec();
        self.read += new.len();
        (new, flight.outcome.clone())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut flight = self.flight.borrow_mut();
        flight.followers = flight.followers.saturating_sub(1);
    }
}
