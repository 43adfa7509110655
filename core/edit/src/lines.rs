//! The lines of a text with their ends, as byte ranges.
//!
//! A line ends at `\n`, `\r\n` or a lone `\r`, as in `ghostlight-text`, but here an
//! end belongs to its line, nothing follows the last end, and a byte order mark
//! belongs to no line. So that is what edits never touch.

use std::ops::Range;

/// U+FEFF at the beginning of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A text cut into lines.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    first: usize,         // UTF-8 bytes of the byte order mark
    spans: Vec<LineSpan>, // in order, without gaps from `first` to the text's end
}

#[derive(Debug, Clone, Copy)]
struct LineSpan {
    start: usize,
    body_end: usize,
    end: usize,
}

impl<'t> Lines<'t> {
    /// Linear in the text's length.
    pub(crate) fn new(text: &'t str) -> Self {
        let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        let mut spans = Vec::new();
        let mut start = first;
        while start < text.len() {
            let rest = &text.as_bytes()[start..];
            let body = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
            let ending = match &rest[body..] {
                [b'\r', b'\n', ..] => 2,
                [] => 0,
                _ => 1,
            };
            let body_end = start + body;
            spans.push(LineSpan { start, body_end, end: body_end + ending });
            start = body_end + ending;
        }
        Self { text, first, spans }
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// Number of lines; none in an empty text.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Line `index` without its end.
    pub(crate) fn body(&self, index: usize) -> &'t str {
        &self.text[self.spans[index].start..self.spans[index].body_end]
    }

    /// The end of line `index`; empty for a last line without one.
    pub(crate) fn ending(&self, index: usize) -> &'t str {
        &self.text[self.spans[index].body_end..self.spans[index].end]
    }

    /// Line `index` with its end.
    pub(crate) fn whole(&self, index: usize) -> &'t str {
        &self.text[self.spans[index].start..self.spans[index].end]
    }

    pub(crate) fn bodies(&self) -> impl Iterator<Item = &'t str> {
        (0..self.len()).map(|index| self.body(index))
    }

    pub(crate) fn wholes(&self) -> impl Iterator<Item = &'t str> {
        (0..self.len()).map(|index| self.whole(index))
    }

    /// Where line `index` starts, in UTF-8 bytes; the text's end for one past the last line.
    pub(crate) fn start(&self, index: usize) -> usize {
        match self.spans.get(index) {
            Some(span) => span.start,
            None => self.text.len().max(self.first),
        }
    }

    /// Bytes of a range of lines.
    pub(crate) fn bytes(&self, lines: &Range<usize>) -> Range<usize> {
        self.start(lines.start)..self.start(lines.end)
    }

    /// The line that byte `offset` is in; the number of lines for the text's end.
    pub(crate) fn at(&self, offset: usize) -> usize {
        self.spans.partition_point(|span| span.end <= offset)
    }

    /// Whether the last line has an end, or there is no line.
    pub(crate) fn is_terminated(&self) -> bool {
        self.spans.last().is_none_or(|span| span.body_end < span.end)
    }

    /// The end that most lines have, the earlier one of two that are as frequent; `\n` where none has one.
    pub(crate) fn usual_ending(&self) -> &'static str {
        let mut counts = [("\n", 0usize), ("\r\n", 0), ("\r", 0)];
        for index in 0..self.len() {
            let ending = self.ending(index);
            if let Some(count) = counts.iter_mut().find(|(known, _)| *known == ending) {
                count.1 += 1;
            }
        }
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        counts.iter().find(|(_, count)| *count == most).map_or("\n", |(ending, _)| *ending)
    }
}

/// Whether a line holds nothing but blanks.
pub(crate) fn is_blank(body: &str) -> bool {
    body.chars().all(char::is_whitespace)
}

/// The blanks that a line begins with.
pub(crate) fn indent(body: &str) -> &str {
    &body[..body.len() - body.trim_start_matches([' ', '\t']).len()]
}

/// A line without blanks at its end.
pub(crate) fn trim_end(body: &str) -> &str {
    body.trim_end_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_every_byte() {
        for (text, bodies, endings) in [
            ("", &[][..], &[][..]),
            ("a", &["a"], &[""]),
            ("a\n", &["a"], &["\n"]),
            ("a\r\n\rb\n\n", &["a", "", "b", ""], &["\r\n", "\r", "\n", "\n"]),
            ("\u{feff}a\nb", &["a", "b"], &["\n", ""]),
            ("\u{feff}", &[], &[]),
        ] {
            let lines = Lines::new(text);
            assert_eq!(lines.bodies().collect::<Vec<_>>(), bodies, "{text:?}");
            let found: Vec<_> = (0..lines.len()).map(|index| lines.ending(index)).collect();
            assert_eq!(found, endings, "{text:?}");
            assert_eq!(lines.bytes(&(0..lines.len())), lines.first..text.len(), "{text:?}");
        }
    }

    #[test]
    fn the_usual_end_is_the_most_frequent_one() {
        for (text, ending) in
            [("", "\n"), ("a", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\r\nb\n", "\n"), ("a\rb\r", "\r")]
        {
            assert_eq!(Lines::new(text).usual_ending(), ending, "{text:?}");
        }
    }
}
