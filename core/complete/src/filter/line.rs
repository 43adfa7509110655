//! One line where only one is wanted.

use super::{FilterOutput, Place};
use crate::shape::Shape;

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    match text.find(['\n', '\r']) {
        Some(at) if place.shape == Shape::Line => FilterOutput::cut(text, at),
        _ => FilterOutput::all(text),
    }
}
