//! Where in a file a search text is: at one place, or nowhere.
//!
//! The idea: rules from strict to lenient, each over whole lines. The first rule by
//! which the text fits anywhere decides: one place is the place, two are an error that
//! names both. So a lenient rule never competes with a strict one, and nothing is
//! ever chosen among places that are equally good, or that look so: two places that
//! differ in nothing but line ends and the blanks before them are two places.
//!
//! Lines are numbers here (equal text, equal number), which one pass of
//! Knuth-Morris-Pratt finds, so that files of equal lines take no longer than others.

mod forms;
mod indent;
mod nearest;
mod similar;

use std::fmt;
use std::ops::Range;

use ghostlight_text::Span;

pub(crate) use forms::plain_char;
pub(crate) use indent::Shift;

use crate::lines::{Lines, is_blank};
use crate::{EditError, LineRange};
use forms::{Forms, Keys};

/// UTF-8 bytes of the largest file and of the largest search text.
pub const LARGEST_TEXT: usize = 8 << 20;

/// Letters and digits without which a text is not looked for by lenient rules: a lone brace
/// with another indentation is no evidence of a place.
const EVIDENCE: usize = 8;

/// Lines whose indentation is compared before a file counts as too repetitive.
const COMPARED: usize = 1 << 22;

/// Places that are looked at to see whether a text is there already.
const ALREADY: usize = 64;

/// What is overlooked where a search text and a file differ. Each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing, but the end of a last line.
    Exact,
    /// `\n`, `\r\n` and `\r` are the same.
    LineEnds,
    /// Blanks and tabs at the end of lines.
    TrailingBlanks,
    /// The same blanks before every line, or tabs for always the same number of blanks.
    Indent,
    /// Typographic quotes, dashes and blanks.
    Typography,
    /// Up to a twentieth of each line, where no other place is at all alike.
    Similar,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exactly",
            Self::LineEnds => "but for line ends",
            Self::TrailingBlanks => "but for blanks at the end of lines",
            Self::Indent => "but for indentation",
            Self::Typography => "but for quotes and dashes",
            Self::Similar => "nearly",
        })
    }
}

/// Where a search text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Lines of the file, from 1.
    pub lines: LineRange,
    /// The same in UTF-8 bytes, line ends included.
    pub span: Span,
    /// What had to be overlooked.
    pub level: Level,
}

/// Finds the one place of `search`, which is whole lines, in `file`.
///
/// ```
/// use ghostlight_edit::{EditError, Level, locate};
/// let file = "def f():\r\n    return 1\r\n\r\ndef g():\r\n    return 1\r\n";
/// let place = locate(file, "def g():\n    return 1\n")?;
/// assert_eq!((place.lines.first, place.lines.last, place.level), (4, 5, Level::LineEnds));
/// assert!(matches!(locate(file, "    return 1\n"), Err(EditError::Several { .. })));
/// # Ok::<(), EditError>(())
/// ```
///
/// # Errors
/// Blank or too large texts; no place ([`EditError::NotFound`], without `already`), two
/// ([`EditError::Several`]), or a second one that is too much like the first ([`EditError::Doubtful`]).
pub fn locate(file: &str, search: &str) -> Result<Place, EditError> {
    let lines = Lines::new(file);
    let found = find(&lines, &Lines::new(search))?;
    let bytes = lines.bytes(&found.lines);
    let span = Span::new(bytes.start, bytes.end);
    Ok(Place { lines: LineRange::of(&found.lines), span, level: found.level })
}

/// A place in lines from 0, and what turns the search text's indentation into the file's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) lines: Range<usize>,
    pub(crate) level: Level,
    pub(crate) shift: Shift,
}

/// [`locate`] on texts that are cut into lines.
pub(crate) fn find(file: &Lines<'_>, search: &Lines<'_>) -> Result<Found, EditError> {
    let bytes = file.text().len().max(search.text().len());
    if bytes > LARGEST_TEXT {
        return Err(EditError::TooLarge { bytes, most: LARGEST_TEXT });
    }
    if search.bodies().all(is_blank) {
        return Err(EditError::BlankSearch);
    }
    let (file_forms, search_forms) = (Forms::of(file), Forms::of(search));
    let places = Keys::new(file_forms.trimmed(), search_forms.trimmed()).places();
    if let Some(found) = seen(file, search, &places)? {
        return Ok(found);
    }
    let evidence = search.text().chars().filter(|c| c.is_alphanumeric()).take(EVIDENCE).count();
    if evidence == EVIDENCE {
        if let Some(found) = indented(Level::Indent, &file_forms, &search_forms)? {
            return Ok(found);
        }
        let (file_forms, search_forms) = (file_forms.plain(), search_forms.plain());
        if let Some(found) = indented(Level::Typography, &file_forms, &search_forms)? {
            return Ok(found);
        }
        if let Some(found) = similar::find(&file_forms, &search_forms)? {
            return Ok(found);
        }
    }
    Err(EditError::NotFound(nearest::mismatch(&file_forms.plain(), &search_forms.plain())))
}

/// Where the lines of `text` are in `file` already, but for indentation and blanks at their ends.
pub(crate) fn already(file: &Lines<'_>, text: &Lines<'_>) -> Option<LineRange> {
    already_around(file, text, &(0..0))
}

/// The same, where that place has all of `lines` in it.
pub(crate) fn already_around(file: &Lines<'_>, text: &Lines<'_>, lines: &Range<usize>) -> Option<LineRange> {
    if text.bodies().all(is_blank) {
        return None;
    }
    let (file, text) = (Forms::of(file), Forms::of(text));
    let is_around = |at: &usize| lines.is_empty() || (*at <= lines.start && lines.end <= at + text.len());
    let places = Keys::new(file.cores(), text.cores()).places().into_iter().filter(is_around);
    let place = places.take(ALREADY).find(|at| Shift::between(&file, *at, &text).is_some())?;
    Some(LineRange::of(&(place..place + text.len())))
}

fn several(level: Level, first: usize, second: usize, lines: usize) -> EditError {
    let range = |at: usize| LineRange::of(&(at..at + lines));
    EditError::Several { level, first: range(first), second: range(second) }
}

/// The one of `places`, where all lines agree but for blanks at their ends, and how well it
/// agrees. A place that agrees better than another one is no better: neither line ends nor
/// blanks before them can be seen, and models write them as they like.
fn seen(file: &Lines<'_>, search: &Lines<'_>, places: &[usize]) -> Result<Option<Found>, EditError> {
    let level = |at: usize| match agreement(file, search, at) {
        (true, true) => Level::Exact,
        (true, false) => Level::LineEnds,
        (false, _) => Level::TrailingBlanks,
    };
    match places {
        [] => Ok(None),
        [at] => Ok(Some(Found { lines: *at..*at + search.len(), level: level(*at), shift: Shift::None })),
        [first, second, ..] => Err(several(level(*first).max(level(*second)), *first, *second, search.len())),
    }
}

/// Whether all lines of `search` are those of `file` from `at` on, and whether their ends are. The
/// end of a last line may be missing on either side: a block always ends its last line, a file need not.
fn agreement(file: &Lines<'_>, search: &Lines<'_>, at: usize) -> (bool, bool) {
    let ends_agree = |line: usize| {
        let (there, here) = (file.ending(at + line), search.ending(line));
        let may_lack = line + 1 == search.len() && (there.is_empty() || here.is_empty());
        there == here || may_lack
    };
    let mut lines = 0..search.len();
    (lines.all(|line| file.body(at + line) == search.body(line)), (0..search.len()).all(ends_agree))
}

/// Places where all lines agree but for one and the same difference of indentation.
fn indented(level: Level, file: &Forms<'_>, search: &Forms<'_>) -> Result<Option<Found>, EditError> {
    let places = Keys::new(file.cores(), search.cores()).places();
    if places.len().saturating_mul(search.len()) > COMPARED {
        return Err(EditError::Repetitive);
    }
    let mut found: Option<Found> = None;
    for at in places {
        let Some(shift) = Shift::between(file, at, search) else { continue };
        if let Some(first) = found {
            return Err(several(level, first.lines.start, at, search.len()));
        }
        found = Some(Found { lines: at..at + search.len(), level, shift });
    }
    Ok(found)
}
