//! One line where only one is wanted.

use super::{Kept, Place};
use crate::shape::Shape;

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> Kept<'a> {
    match text.find(['\n', '\r']) {
        Some(at) if place.shape == Shape::Line => Kept::cut(text, at),
        _ => Kept::all(text),
    }
}
