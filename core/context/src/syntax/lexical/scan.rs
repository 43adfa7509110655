//! One pass over a text: comments, strings, and the brackets outside of them.

use ghostlight_text::{Language, Quote, Reach};

/// A stretch that is not code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) kind: RegionKind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether its end was found; a comment to the end of the line has none.
    pub(super) closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegionKind {
    Comment,
    String,
}

/// A bracket in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bracket {
    pub(super) at: usize,
    pub(super) byte: u8,
    /// Index of the one that it belongs to.
    pub(super) mate: Option<usize>,
}

impl Bracket {
    pub(super) fn opens(self) -> bool {
        matches!(self.byte, b'(' | b'[' | b'{')
    }
}

/// What the pass found, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) regions: Vec<Region>,
    pub(super) brackets: Vec<Bracket>,
}

impl Scan {
    /// Reads `text` in time that is linear in its length.
    pub(super) fn new(text: &str, language: Option<&Language>) -> Self {
        let bytes = text.as_bytes();
        let mut scan = Self::default();
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            if let Some(region) = language.and_then(|language| region(text, at, language)) {
                at = region.end.max(at + 1);
                scan.regions.push(region);
                continue;
            }
            let byte = bytes[at];
            if matches!(byte, b'(' | b'[' | b'{' | b')' | b']' | b'}') {
                let index = scan.brackets.len();
                scan.brackets.push(Bracket { at, byte, mate: None });
                if scan.brackets[index].opens() {
                    open.push(index);
                } else if let Some(&mate) = open.last()
                    && closer(scan.brackets[mate].byte) == byte
                {
                    open.pop();
                    scan.brackets[mate].mate = Some(index);
                    scan.brackets[index].mate = Some(mate);
                }
                // A closer that fits nothing is left alone: the text is being typed.
            }
            at += 1;
        }
        scan
    }

    /// The region around a cursor, if it is in one.
    pub(super) fn around(&self, cursor: usize) -> Option<Region> {
        let after = self.regions.partition_point(|region| region.start < cursor);
        let region = *self.regions.get(after.checked_sub(1)?)?;
        (cursor < region.end || cursor == region.end && !region.closed).then_some(region)
    }

    /// Whether the character at `at` is in a comment or string.
    pub(super) fn covers(&self, at: usize) -> bool {
        let after = self.regions.partition_point(|region| region.start <= at);
        after.checked_sub(1).is_some_and(|last| at < self.regions[last].end)
    }

    /// The first bracket at or after `at`, as an index.
    pub(super) fn bracket_from(&self, at: usize) -> usize {
        self.brackets.partition_point(|bracket| bracket.at < at)
    }
}

fn closer(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

/// The comment or string that begins at `at`.
fn region(text: &str, at: usize, language: &Language) -> Option<Region> {
    let rest = &text.as_bytes()[at..];
    let comment = |end, closed| Some(Region { kind: RegionKind::Comment, start: at, end, closed });
    if let Some((open, close)) = language.block_comment
        && rest.starts_with(open.as_bytes())
    {
        let body = at + open.len();
        return match text[body..].find(close) {
            Some(found) => comment(body + found + close.len(), true),
            None => comment(text.len(), false),
        };
    }
    if let Some(start) = language.line_comment
        && rest.starts_with(start.as_bytes())
        && comment_may_start(text, at, language)
    {
        return comment(at + line_end(rest), false);
    }
    let mut quotes = language.quotes.iter();
    quotes.find_map(|quote| string(text, at, quote))
}

/// `#` begins a comment in a shell or in data only where a word may begin.
fn comment_may_start(text: &str, at: usize, language: &Language) -> bool {
    !matches!(language.id, "shellscript" | "yaml" | "dockerfile" | "makefile")
        || at == 0
        || text.as_bytes()[at - 1].is_ascii_whitespace()
}

fn line_end(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len())
}

fn string(text: &str, at: usize, quote: &Quote) -> Option<Region> {
    let bytes = text.as_bytes();
    if !bytes[at..].starts_with(quote.open.as_bytes()) {
        return None;
    }
    // `r"` is no raw string at the end of a word.
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if is_word(quote.open.as_bytes()[0]) && at > 0 && is_word(bytes[at - 1]) {
        return None;
    }
    let found = |end, closed| Some(Region { kind: RegionKind::String, start: at, end, closed });
    let body = at + quote.open.len();
    if quote.reach == Reach::Char {
        let mut rest = text[body..].chars();
        let width = match rest.next()? {
            '\\' => text[body..].bytes().take(12).skip(2).position(|byte| byte == b'\'')? + 2,
            '\'' | '\n' => return None,
            c => c.len_utf8(),
        };
        return (bytes.get(body + width) == Some(&b'\'')).then(|| found(body + width + 1, true))?;
    }
    let mut here = body;
    while here < bytes.len() {
        if bytes[here..].starts_with(quote.close.as_bytes()) {
            return found(here + quote.close.len(), true);
        }
        match bytes[here] {
            b'\\' if quote.escapes => here += 2,
            b'\n' if quote.reach == Reach::Line => return found(here, false),
            _ => here += 1,
        }
    }
    found(bytes.len(), false)
}
