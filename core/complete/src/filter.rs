//! Post filters: from what the model wrote to what is worth showing.
//!
//! The idea: an ordered list of small pure functions, each of which gives back
//! a part of the text it was given, so none can add a character. The list is
//! run until nothing changes, so running it again changes nothing either.
//!
//! While a suggestion grows, the same list runs after every token. A filter
//! then also holds back an end that it may have to cut later, and says when
//! whatever follows cannot matter any more, which ends the generation.
//!
//! Each filter has a file here and a folder of golden cases in `tests/filter`.
//! Those that ask for syntax ([`scope`], [`whole`], [`valid`]) stand beside the
//! list, since what they ask is told by somebody else.

use ghostlight_context::syntax::SyntaxFacts;
use ghostlight_text::Language;

use crate::ablation::Ablation;
use crate::shape::Shape;

mod balance;
mod blank;
mod chatter;
mod comment;
mod dedent;
mod drop_adjacent_line;
mod drop_repeated_block;
mod drop_repeated_prefix;
mod drop_token_loop;
mod drop_trivial;
mod file_end;
mod indent;
mod line;
mod overlap;
mod repetition;
mod rewrite;
mod scope;
mod statement;
mod stop_enumeration;
mod strip_markers;
mod whitespace;

pub use scope::scope;
pub use statement::{opener, valid, whole};

/// What the filters know of the place of a suggestion.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The nearest text before the cursor.
    pub prefix: &'a str,
    /// The nearest text after the cursor.
    pub suffix: &'a str,
    /// Language of the file, where it is known.
    pub language: Option<&'static Language>,
    /// How far the suggestion may reach.
    pub shape: Shape,
    /// Whether more text may follow.
    pub growing: bool,
}

/// What a filter leaves of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterOutput<'a> {
    /// A part of the text that went in.
    pub text: &'a str,
    /// Whether more text from the model could not change this.
    pub ended: bool,
}

impl<'a> FilterOutput<'a> {
    /// All of it; more may follow.
    fn all(text: &'a str) -> Self {
        Self { text, ended: false }
    }

    /// Up to `at`, for now: what is cut may still turn out to be wanted.
    fn held(text: &'a str, at: usize) -> Self {
        Self { text: &text[..at], ended: false }
    }

    /// Up to `at`, for good.
    fn cut(text: &'a str, at: usize) -> Self {
        Self { text: &text[..at], ended: true }
    }
}

/// One filter.
pub type Filter = for<'a> fn(&Place<'_>, &'a str) -> FilterOutput<'a>;

/// All filters by name, in the order in which they run.
pub const FILTERS: &[(&str, Filter)] = &[
    ("strip_markers", strip_markers::filter),
    ("file_end", file_end::filter),
    ("chatter", chatter::filter),
    ("drop_repeated_prefix", drop_repeated_prefix::filter),
    ("indent", indent::filter),
    ("line", line::filter),
    ("blank", blank::filter),
    ("dedent", dedent::filter),
    ("balance", balance::filter),
    ("drop_adjacent_line", drop_adjacent_line::filter),
    ("rewrite", rewrite::filter),
    ("drop_repeated_block", drop_repeated_block::filter),
    ("stop_enumeration", stop_enumeration::filter),
    ("overlap", overlap::filter),
    ("repetition", repetition::filter),
    ("drop_token_loop", drop_token_loop::filter),
    ("comment", comment::filter),
    ("whitespace", whitespace::filter),
    ("drop_trivial", drop_trivial::filter),
];

/// Runs all filters until nothing changes.
///
/// ```
/// use ghostlight_complete::filter::{self, Place};
/// use ghostlight_text::Language;
///
/// let place = Place::new("let a = ", ";\n", Language::from_id("rust"));
/// let kept = filter::run(&place, "b + c;\nlet d");
/// assert_eq!((kept.text, kept.ended), ("b + c", true));
/// ```
#[must_use]
pub fn run<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    run_without(Ablation::NOTHING, place, text)
}

/// [`run`] without some of them.
pub(crate) fn run_without<'a>(ablation: Ablation, place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let mut kept = FilterOutput::all(text);
    loop {
        let before = kept.text.len();
        for (_, filter) in FILTERS.iter().filter(|(name, _)| ablation.has(name)) {
            let next = filter(place, kept.text);
            kept = FilterOutput { text: next.text, ended: kept.ended || next.ended };
        }
        if kept.text.len() == before {
            return kept;
        }
    }
}

impl<'a> Place<'a> {
    /// The place of a cursor between `prefix` and `suffix`, of which the
    /// nearest part is looked at, so that a huge file costs no more.
    ///
    /// ```
    /// use ghostlight_complete::{Shape, filter::Place};
    /// let place = Place::new("if ready {\n    ", "\n}\n", None);
    /// assert_eq!(place.shape, Shape::Block); // the block of the `if` is empty
    /// ```
    #[must_use]
    pub fn new(prefix: &'a str, suffix: &'a str, language: Option<&'static Language>) -> Self {
        let prefix = &prefix[prefix.ceil_char_boundary(prefix.len().saturating_sub(NEAR_BYTES))..];
        let suffix = &suffix[..suffix.floor_char_boundary(NEAR_BYTES)];
        let mut place = Self { prefix, suffix, language, shape: Shape::Line, growing: false };
        place.shape = Shape::of(place.line_before(), place.line_after(), language);
        place
    }

    /// The same place with a shape by what syntax says of it.
    pub(crate) fn with(self, facts: &SyntaxFacts) -> Self {
        Self { shape: Shape::by(facts, self.line_before(), self.line_after(), self.language), ..self }
    }

    /// The cursor's line before the cursor.
    pub(crate) fn line_before(&self) -> &'a str {
        self.prefix.rsplit(['\n', '\r']).next().unwrap_or_default()
    }

    /// The cursor's line after the cursor, without its line end.
    pub(crate) fn line_after(&self) -> &'a str {
        self.suffix.split(['\n', '\r']).next().unwrap_or_default()
    }

    /// Whether the cursor's line is empty so far, and the lines below are deeper than it and than
    /// the line above, so that something on this line has to open them.
    ///
    /// ```
    /// use ghostlight_complete::filter::Place;
    /// let lacks_opener = |prefix, suffix| Place::new(prefix, suffix, None).lacks_opener();
    /// assert!(lacks_opener("fn f() {\n    ", "\n        g();\n    }\n}\n"));
    /// assert!(!lacks_opener("fn f() {\n    ", "\n    g();\n}\n"));
    /// assert!(!lacks_opener("fn f() {\n    a();\n", "\n    g();\n}\n"));
    /// ```
    #[must_use]
    pub fn lacks_opener(&self) -> bool {
        let deep = |line: &str| indentation(line) > indentation(self.line_before());
        self.line_before().trim().is_empty()
            && self.line_after().trim().is_empty()
            && self.line_below().is_some_and(deep)
            && !self.line_above().is_some_and(deep)
    }

    /// Whether the file is prose rather than code.
    fn is_prose(&self) -> bool {
        self.language.is_none_or(|language| language.is_prose)
    }

    /// The nearest line with text above the cursor's line.
    fn line_above(&self) -> Option<&'a str> {
        let above = &self.prefix[..self.prefix.len() - self.line_before().len()];
        above.lines().rev().take(NEAR_LINES).find(|line| !line.trim().is_empty())
    }

    /// The nearest line with text below the cursor's line.
    fn line_below(&self) -> Option<&'a str> {
        let below = &self.suffix[self.line_after().len()..];
        below.lines().take(NEAR_LINES).find(|line| !line.trim().is_empty())
    }
}

/// Lines to look through for one with text.
const NEAR_LINES: usize = 20;

/// UTF-8 bytes on each side of the cursor that the filters look at.
const NEAR_BYTES: usize = 8192;

/// The lines of a text: where each starts, and its text without the line end.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

/// The lines that the text itself begins, as [`lines`], and whether more of a
/// line may follow.
fn begun_lines<'a>(place: &Place<'_>, text: &'a str) -> impl Iterator<Item = (usize, &'a str, bool)> {
    let skipped = usize::from(!place.line_before().trim().is_empty());
    let growing = place.growing;
    lines(text).skip(skipped).map(move |(at, line)| (at, line, growing && at + line.len() == text.len()))
}

/// The words of a text: letters, digits and `_`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// What indents a line, and stands between words.
const BLANKS: [char; 2] = [' ', '\t'];

/// Width of a line's indentation; a tab counts four.
fn indentation(line: &str) -> usize {
    let blanks = line.chars().take_while(|c| matches!(c, ' ' | '\t'));
    blanks.map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

/// Whether there is a letter or digit in it.
fn has_word(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}
