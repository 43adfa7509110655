//! Text of unknown origin as it may stand on a terminal: nothing in it moves the cursor, reorders or hides what is read.
//!
//! Names, metadata and answers of models are written by anybody. What a terminal or the
//! bidirectional algorithm would obey is written as an escape (`\u{1b}`); letters of all
//! scripts, marks and emoji stay as they are.

use std::borrow::Cow;

/// A text for one line: line ends and tabs are escaped as well.
///
/// ```
/// use ghostlight_text::printable;
/// assert_eq!(printable("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb");
/// assert_eq!(printable("naïve 日本 👻"), "naïve 日本 👻");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c, _| is_obeyed(c))
}

/// A text of several lines, such as code: line ends (LF and CRLF) and tabs stay.
///
/// ```
/// use ghostlight_text::printable_lines;
/// assert_eq!(printable_lines("if x:\n\ty = 1\r\n"), "if x:\n\ty = 1\r\n");
/// assert_eq!(printable_lines("hidden\rshown"), "hidden\\rshown");
/// ```
#[must_use]
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c, rest| match c {
        '\n' | '\t' => false,
        '\r' => !rest.starts_with('\n'),
        c => is_obeyed(c),
    })
}

/// `is_bad` gets a character and what follows it.
fn escaped(text: &str, is_bad: impl Fn(char, &str) -> bool) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if is_bad(c, &text[next..]) {
            out.push_str(&text[copied..at]);
            match c {
                '\n' | '\r' | '\t' => out.extend(c.escape_default()),
                c => out.extend(c.escape_unicode()),
            }
            copied = next;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Whether a terminal would do something, or a reader see something else than is there.
fn is_obeyed(c: char) -> bool {
    c.is_control() // C0, DEL, C1
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // Bidi_Control
            | '\u{2028}' | '\u{2029}' // further line ends
            | '\u{200b}' | '\u{2060}' | '\u{feff}' // of no width, and of no script
            | '\u{fff9}'..='\u{fffb}' // annotations
            | '\u{e0000}'..='\u{e007f}' // tags, an ASCII that nobody sees
        )
}
