//! Where somebody has been and what they changed, the latest first.
//!
//! Places are lines, so that they stay about right when text above changes. Order
//! is the order of the calls; there is no clock.

use std::collections::VecDeque;

/// Places to remember of each kind.
pub(crate) const KEPT: usize = 32;

/// Lines within which two places are one.
const NEAR: u32 = 20;

/// Lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path of the file.
    pub path: String,
    /// First line, from 0.
    pub first: u32,
    /// Last line.
    pub last: u32,
}

/// The places of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places(pub(crate) VecDeque<Place>);

impl Places {
    /// Puts a place in front; one that touches the place in front of it becomes a part of it.
    pub(crate) fn note(&mut self, mut place: Place) {
        place.last = place.last.max(place.first);
        let is_near = |old: &Place| {
            old.path == place.path
                && old.first <= place.last.saturating_add(NEAR)
                && place.first <= old.last.saturating_add(NEAR)
        };
        if let Some(at) = self.0.iter().position(is_near) {
            let old = self.0.remove(at).expect("the position was just found");
            // A place that would grow without an end stays where the cursor is.
            if old.last.max(place.last) - old.first.min(place.first) <= 3 * NEAR {
                place = Place {
                    first: old.first.min(place.first),
                    last: old.last.max(place.last),
                    path: place.path,
                };
            }
        }
        self.0.push_front(place);
        self.0.truncate(KEPT);
    }

    pub(crate) fn forget(&mut self, path: &str) {
        self.0.retain(|place| place.path != path);
    }
}
