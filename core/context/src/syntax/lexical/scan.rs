//! One pass over a text: comments, strings, and the brackets outside of them.

use ghostlight_text::{Class, Language, Lexer, Part, Run};

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
    pub(super) fn new(text: &str, language: Option<&'static Language>) -> Self {
        static UNKNOWN: Language = Language::PLAIN;
        let mut lexer = Lexer::new(language.unwrap_or(&UNKNOWN));
        let mut reading = Reading { scan: Self::default(), open: Vec::new(), at: 0, last: (Class::Code, 0) };
        lexer.read(text.as_bytes(), &mut |run| reading.run(run));
        lexer.finish(&mut |run| reading.run(run));
        reading.scan
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

/// A pass that is under way.
struct Reading {
    scan: Scan,
    /// Brackets that are open, as indices.
    open: Vec<usize>,
    at: usize,
    /// What the last run was, and how deep.
    last: (Class, usize),
}

impl Reading {
    fn run(&mut self, Run { bytes, class, depth }: Run<'_>) {
        let begins = std::mem::replace(&mut self.last, (class, depth)) != (class, depth);
        let (start, end) = (self.at, self.at + bytes.len());
        self.at = end;
        let (kind, part) = match class {
            // What is put into a string is code, but its brackets are its own affair.
            Class::Code if depth > 0 => return,
            Class::Code => {
                return bytes.iter().enumerate().for_each(|(at, &byte)| self.code(start + at, byte));
            }
            Class::Comment(part) => (RegionKind::Comment, part),
            Class::String(part) => (RegionKind::String, part),
            Class::Value(Part::Open) => (RegionKind::String, Part::Close),
            Class::Value(_) => (RegionKind::String, Part::Body),
        };
        let closed = part == Part::Close;
        match self.scan.regions.last_mut() {
            Some(region) if region.end == start && region.kind == kind && !(begins && part == Part::Open) => {
                region.end = end;
                region.closed = closed;
            }
            _ => self.scan.regions.push(Region { kind, start, end, closed }),
        }
    }

    fn code(&mut self, at: usize, byte: u8) {
        if !matches!(byte, b'(' | b'[' | b'{' | b')' | b']' | b'}') {
            return;
        }
        let brackets = &mut self.scan.brackets;
        let index = brackets.len();
        brackets.push(Bracket { at, byte, mate: None });
        if brackets[index].opens() {
            self.open.push(index);
        } else if let Some(&mate) = self.open.last()
            && closer(brackets[mate].byte) == byte
        {
            self.open.pop();
            brackets[mate].mate = Some(index);
            brackets[index].mate = Some(mate);
        }
        // A closer that fits nothing is left alone: the text is being typed.
    }
}

fn closer(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}
