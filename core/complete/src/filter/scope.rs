//! The end of the scope that the cursor is in, told by syntax.
//!
//! What stands behind the bracket, the word or the line that closes the block
//! around the cursor is somebody else's: the suggestion ends before it. A line
//! that still grows may yet be deep enough, so there it is held back only.

use ghostlight_context::syntax::Insertion;

use super::{FilterOutput, Place};
use crate::shape::Shape;

/// Cuts `text` where the block that the cursor is in ends. `insertion` is what
/// `text` would be at the cursor.
///
/// ```
/// use ghostlight_complete::filter::{self, Place};
/// use ghostlight_context::syntax::Insertion;
/// let place = Place::new("def f():\n    ", "", None);
/// let insertion = Insertion { block_end: Some("return 1\n".len()), ..Insertion::default() };
/// let kept = filter::scope(&place, &insertion, "return 1\ndef g():\n");
/// assert_eq!((kept.text, kept.ended), ("return 1\n", true));
/// ```
#[must_use]
pub fn scope<'a>(place: &Place<'_>, insertion: &Insertion, text: &'a str) -> FilterOutput<'a> {
    let end = insertion.block_end.filter(|&end| end <= text.len() && text.is_char_boundary(end));
    match end {
        Some(end) if place.shape == Shape::Block => {
            let may_grow = place.growing && !text[end..].contains('\n');
            if may_grow { FilterOutput::held(text, end) } else { FilterOutput::cut(text, end) }
        }
        _ => FilterOutput::all(text),
    }
}
