//! One lexer of strings and comments for every language, which reads a text as it comes.
//!
//! The idea: a row of the language table says what comments and strings look like, and the lexer
//! tells of every byte whether it is code, comment or string. A byte whose meaning depends on the
//! next ones, such as the first of `"""`, waits for them, so that how a text was cut into chunks
//! makes no difference. What is put into a string (`${x}`) is code again, one level deeper.
//!
//! It knows no words, numbers or operators, and no regular expressions.

mod here;

use crate::language::Language;
use crate::quotes::{Quote, Reach, Values};
use here::Tag;

/// Strings within values within strings; what is deeper counts as string.
const DEEPEST: usize = 8;

/// Bytes that wait for what follows them, at most: a prefix and a mark, or a character in quotes.
const WAITING: usize = 24;

/// Which end of a comment, string or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The mark that begins it.
    Open,
    /// What is between.
    Body,
    /// The mark that ends it.
    Close,
}

/// What a byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Code, blanks included.
    Code,
    /// Part of a comment. One that ends with its line has no [`Part::Close`].
    Comment(Part),
    /// Part of a string or character. One that ends with its line for want of a quote has no
    /// [`Part::Close`], and a here-document is all [`Part::Body`].
    String(Part),
    /// The mark of a value that is put into a string: `${` and `}`, or the `$` of `$name`
    /// ([`Part::Body`]). What is between two marks has classes of its own.
    Value(Part),
}

/// Bytes in a row that are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// The bytes, at least one. They may end within a character.
    pub bytes: &'a [u8],
    /// What they are.
    pub class: Class,
    /// How many strings they are put into as part of a value.
    pub depth: usize,
}

/// A string that is being read.
#[derive(Debug, Clone, Copy)]
struct Text {
    quote: &'static Quote,
    is_raw: bool,
    values: &'static Values,
}

/// A value that is being read, and the string that it is put into.
#[derive(Debug, Clone, Copy)]
struct Frame {
    text: Text,
    close: u8,
    /// Brackets like its own that are open inside of it.
    brackets: u32,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Code,
    LineComment,
    /// Comments around the innermost one.
    BlockComment(u32),
    Text(Text),
    HereDocument,
}

/// What a mark in code begins.
#[derive(Debug, Clone, Copy)]
enum Mark {
    Nothing,
    LineComment,
    BlockComment,
    Text(Text),
    HereDocument,
}

/// How far a mark stands at the beginning of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    No,
    /// The window ends within it.
    Part,
    Whole,
}

/// Bytes that are settled: how many, what they are, how deep.
type Settled = (usize, Class, usize);

/// Where the reading of a text is.
///
/// ```
/// use ghostlight_text::{Class, Language, Lexer};
/// let mut lexer = Lexer::new(Language::from_id("rust").unwrap());
/// let mut code = Vec::new();
/// for chunk in ["let a = \"x /", "/ y\"; /", "/ z"] {
///     lexer.read(chunk.as_bytes(), &mut |run| {
///         if run.class == Class::Code {
///             code.extend_from_slice(run.bytes);
///         }
///     });
/// }
/// assert_eq!(code, b"let a = ; ");
/// assert!(!lexer.is_in_code());
/// ```
#[derive(Debug, Clone)]
pub struct Lexer {
    language: &'static Language,
    /// A bit for each byte that may begin something in code.
    starts: [u64; 4],
    state: State,
    values: Vec<Frame>,
    /// The last byte that is settled.
    last: u8,
    tag: Tag,
    waiting: [u8; WAITING],
    /// How many of `waiting` there are.
    waits: usize,
}

impl Lexer {
    /// At the start of a text.
    #[must_use]
    pub fn new(language: &'static Language) -> Self {
        let mut lexer = Self {
            language,
            starts: [0; 4],
            state: State::Code,
            values: Vec::new(),
            last: 0,
            tag: Tag::default(),
            waiting: [0; WAITING],
            waits: 0,
        };
        lexer.start(b'\n');
        if language.escapes_in_code {
            lexer.start(b'\\');
        }
        let comments = language.line_comment.iter().chain(language.other_line_comments);
        let marks = comments.chain(language.not_marks).chain(language.here_documents);
        let quotes = language.quotes.iter().map(|quote| &quote.open);
        let prefixes = language.prefixes.iter().map(|prefix| &prefix.letters);
        for mark in marks.chain(quotes).chain(language.block_comment.iter().map(|(open, _)| open)) {
            lexer.start(first(mark));
        }
        for prefix in prefixes {
            lexer.start(first(prefix).to_ascii_lowercase());
            lexer.start(first(prefix).to_ascii_uppercase());
        }
        lexer
    }

    /// Reads the next bytes and hands on what is settled. Together the runs are the text, in its
    /// order; only up to 24 bytes wait for what comes next.
    pub fn read(&mut self, text: &[u8], out: &mut dyn FnMut(Run<'_>)) {
        let mut at = 0;
        while self.waits > 0 && at < text.len() {
            self.waiting[self.waits] = text[at];
            self.waits += 1;
            at += 1;
            self.read_waiting(false, out);
        }
        at += self.read_window(&text[at..], false, out);
        // A step that wants more has looked at less than a window.
        self.waiting[self.waits..self.waits + text.len() - at].copy_from_slice(&text[at..]);
        self.waits += text.len() - at;
    }

    /// The text has ended: hands on what has waited.
    pub fn finish(&mut self, out: &mut dyn FnMut(Run<'_>)) {
        self.read_waiting(true, out);
    }

    /// Whether the text ends in code, if it ends here, and not in a comment, string or value.
    #[must_use]
    pub fn is_in_code(&self) -> bool {
        let mut end = self.clone();
        end.finish(&mut |_| {});
        matches!(end.state, State::Code) && end.values.is_empty()
    }

    fn start(&mut self, byte: u8) {
        self.starts[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn read_waiting(&mut self, at_end: bool, out: &mut dyn FnMut(Run<'_>)) {
        let (window, len) = (self.waiting, std::mem::take(&mut self.waits));
        let read = self.read_window(&window[..len], at_end, out);
        self.waits = len - read;
        self.waiting[..self.waits].copy_from_slice(&window[read..len]);
    }

    /// Settles what it can from the start of `window`; how many bytes.
    fn read_window(&mut self, window: &[u8], at_end: bool, out: &mut dyn FnMut(Run<'_>)) -> usize {
        let mut at = 0;
        while at < window.len() {
            let Some((len, class, depth)) = self.step(&window[at..], at_end) else { break };
            let bytes = &window[at..at + len];
            self.last = bytes[len - 1];
            self.tag.watch(bytes);
            out(Run { bytes, class, depth });
            at += len;
        }
        at
    }

    /// What the first bytes of a window are; none while that depends on more.
    fn step(&mut self, window: &[u8], at_end: bool) -> Option<Settled> {
        let depth = self.values.len();
        match self.state {
            State::Code => self.code(window, at_end),
            State::LineComment => match run_until(window, |byte| byte == b'\n') {
                0 => self.back_to_code(window, at_end),
                len => Some((len, Class::Comment(Part::Body), depth)),
            },
            State::BlockComment(around) => self.block_comment(around, window, at_end),
            State::Text(text) => self.text(text, window, at_end),
            State::HereDocument => match self.tag.line(window) {
                0 => self.back_to_code(window, at_end),
                len => Some((len, Class::String(Part::Body), depth)),
            },
        }
    }

    fn back_to_code(&mut self, window: &[u8], at_end: bool) -> Option<Settled> {
        self.state = State::Code;
        self.code(window, at_end)
    }

    fn code(&mut self, window: &[u8], at_end: bool) -> Option<Settled> {
        let around = self.values.last().map(|frame| (opener(frame.close), frame.close));
        let begins = |byte: u8| {
            self.starts[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
                || around.is_some_and(|(open, close)| byte == open || byte == close)
        };
        let code = |len: usize, lexer: &Self| Some((len, Class::Code, lexer.values.len()));
        let len = run_until(window, begins);
        if len > 0 {
            return code(len, self);
        }
        let byte = window[0];
        if byte == b'\n' {
            // What is put into a string of one line ends with it.
            let ended = self.values.iter().position(|frame| frame.text.quote.reach != Reach::Lines);
            self.values.truncate(ended.unwrap_or(self.values.len()));
            if self.tag.begin() {
                self.state = State::HereDocument;
            }
            return code(1, self);
        }
        if let Some(frame) = self.values.last_mut().filter(|_| around.is_some_and(|(open, _)| byte == open)) {
            frame.brackets += 1;
            return code(1, self);
        }
        if let Some(frame) = self.values.last_mut().filter(|frame| frame.close == byte) {
            if let Some(less) = frame.brackets.checked_sub(1) {
                frame.brackets = less;
                return code(1, self);
            }
            self.state = State::Text(frame.text);
            self.values.pop();
            return Some((1, Class::Value(Part::Close), self.values.len()));
        }
        // Within a word no string begins with a letter.
        if is_word(byte) && is_word(self.last) {
            return code(run_until(window, |byte| !is_word(byte)), self);
        }
        if byte == b'\\' && self.language.escapes_in_code {
            return if window.len() > 1 || at_end { code(window.len().min(2), self) } else { None };
        }
        let (len, mark) = self.mark(window, at_end)?;
        let depth = self.values.len();
        match mark {
            Mark::Nothing => return code(len, self),
            Mark::LineComment => self.state = State::LineComment,
            Mark::BlockComment => self.state = State::BlockComment(0),
            Mark::HereDocument => {
                self.tag.expect();
                return code(len, self);
            }
            Mark::Text(text) => {
                if text.quote.reach == Reach::Char {
                    match character(&window[len..], text.quote) {
                        Fit::Whole => {}
                        Fit::Part if !at_end => return None,
                        Fit::Part | Fit::No => return code(len, self),
                    }
                }
                self.state = State::Text(text);
                return Some((len, Class::String(Part::Open), depth));
            }
        }
        Some((len, Class::Comment(Part::Open), depth))
    }

    /// The longest mark that a window of code begins with, and its bytes; one byte that begins
    /// nothing if there is none. None while a longer one may follow.
    fn mark(&self, window: &[u8], at_end: bool) -> Option<(usize, Mark)> {
        let language = self.language;
        let mut best = (1, Mark::Nothing);
        let (mut found, mut more) = (0, false);
        let mut consider = |fit: Fit, len: usize, mark: Mark| match fit {
            Fit::Whole if len > found => {
                found = len;
                best = (len, mark);
            }
            Fit::Part => more = true,
            _ => {}
        };
        if let Some((open, _)) = language.block_comment {
            consider(fit(window, open), open.len(), Mark::BlockComment);
        }
        if !language.comment_after_blank || self.last == 0 || self.last.is_ascii_whitespace() {
            for start in language.line_comment.iter().chain(language.other_line_comments) {
                consider(fit(window, start), start.len(), Mark::LineComment);
            }
        }
        for start in language.here_documents {
            consider(fit(window, start), start.len(), Mark::HereDocument);
        }
        for plain in language.not_marks {
            consider(fit(window, plain), plain.len(), Mark::Nothing);
        }
        for quote in language.quotes {
            if quote.after_word || !is_word(self.last) {
                let text = Text { quote, is_raw: false, values: quote.values };
                consider(fit(window, quote.open), quote.open.len(), Mark::Text(text));
            }
        }
        for prefix in language.prefixes {
            let len = prefix.letters.len();
            let shown = window.len().min(len);
            if !window[..shown].eq_ignore_ascii_case(&prefix.letters.as_bytes()[..shown]) {
                continue;
            }
            for quote in language.quotes {
                let values = prefix.values.unwrap_or(quote.values);
                let text = Text { quote, is_raw: prefix.raw, values };
                consider(fit(&window[shown..], quote.open), len + quote.open.len(), Mark::Text(text));
            }
        }
        if more && !at_end { None } else { Some(best) }
    }

    fn block_comment(&mut self, around: u32, window: &[u8], at_end: bool) -> Option<Settled> {
        let depth = self.values.len();
        let body = |len| Some((len, Class::Comment(Part::Body), depth));
        // The state says that there are some.
        let (open, close) = self.language.block_comment.unwrap_or(("/*", "*/"));
        let nests = self.language.nested_comments;
        let len = run_until(window, |byte| byte == first(close) || nests && byte == first(open));
        if len > 0 {
            return body(len);
        }
        let (opens, closes) = (fit(window, open), fit(window, close));
        if closes == Fit::Whole {
            self.state = around.checked_sub(1).map_or(State::Code, State::BlockComment);
            let part = if around == 0 { Part::Close } else { Part::Body };
            return Some((close.len(), Class::Comment(part), depth));
        }
        if nests && opens == Fit::Whole {
            self.state = State::BlockComment(around.saturating_add(1));
            return body(open.len());
        }
        if !at_end && (closes == Fit::Part || nests && opens == Fit::Part) {
            return None;
        }
        body(1)
    }

    fn text(&mut self, text: Text, window: &[u8], at_end: bool) -> Option<Settled> {
        let Text { quote, is_raw, values } = text;
        let depth = self.values.len();
        let body = |len| Some((len, Class::String(Part::Body), depth));
        let escape = quote.escape.filter(|_| !is_raw);
        let means_something = |byte: u8| {
            byte == first(quote.close)
                || Some(byte) == escape
                || byte == b'\n' && quote.reach != Reach::Lines
                || byte == b'$' && values.names
                || values.marks.iter().any(|(mark, _)| first(mark) == byte)
        };
        let len = run_until(window, means_something);
        if len > 0 {
            return body(len);
        }
        for &(mark, close) in values.marks {
            match fit(window, mark) {
                Fit::No => continue,
                Fit::Part if !at_end => return None,
                Fit::Part => continue,
                Fit::Whole => {}
            }
            let after = &window[mark.len()..];
            match fit(after, mark) {
                Fit::Whole if values.doubled => return body(2 * mark.len()),
                Fit::Part if values.doubled && !at_end => return None,
                _ => {}
            }
            if depth < DEEPEST {
                self.values.push(Frame { text, close, brackets: 0 });
                self.state = State::Code;
                return Some((mark.len(), Class::Value(Part::Open), depth));
            }
        }
        let byte = window[0];
        if byte == b'$' && values.names {
            match window.get(1) {
                Some(next) if next.is_ascii_alphabetic() || *next == b'_' => {
                    return Some((1, Class::Value(Part::Body), depth));
                }
                None if !at_end => return None,
                _ => {}
            }
        }
        if Some(byte) == escape {
            return if window.len() > 1 || at_end { body(window.len().min(2)) } else { None };
        }
        match fit(window, quote.close) {
            Fit::Whole => {
                self.state = State::Code;
                Some((quote.close.len(), Class::String(Part::Close), depth))
            }
            Fit::Part if !at_end => None,
            _ if byte == b'\n' && quote.reach != Reach::Lines => self.back_to_code(window, at_end),
            _ => body(1),
        }
    }
}

/// How many bytes stand before the first that is wanted.
fn run_until(window: &[u8], is_wanted: impl Fn(u8) -> bool) -> usize {
    window.iter().position(|&byte| is_wanted(byte)).unwrap_or(window.len())
}

fn fit(window: &[u8], mark: &str) -> Fit {
    let shown = window.len().min(mark.len());
    match window[..shown] == mark.as_bytes()[..shown] {
        true if shown == mark.len() => Fit::Whole,
        true => Fit::Part,
        false => Fit::No,
    }
}

/// Whether a character, perhaps escaped, and its quote follow.
fn character(rest: &[u8], quote: &Quote) -> Fit {
    const LONGEST: usize = 12; // `\u{10ffff}'`
    let Some(&byte) = rest.first() else { return Fit::Part };
    if Some(byte) == quote.escape {
        // The first that ends it decides, so that what comes behind it, which may not have come yet, does not.
        let ends = |(at, byte): (usize, u8)| byte == b'\n' || at > 1 && byte == first(quote.close);
        return match rest.iter().copied().enumerate().take(LONGEST).find(|&next| ends(next)) {
            Some((_, byte)) if byte != b'\n' => Fit::Whole,
            None if rest.len() < LONGEST => Fit::Part,
            _ => Fit::No,
        };
    }
    if byte == first(quote.close) || byte == b'\n' {
        return Fit::No;
    }
    let width = match byte {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    match rest.get(width) {
        Some(&byte) if byte == first(quote.close) => Fit::Whole,
        Some(_) => Fit::No,
        None => Fit::Part,
    }
}

fn first(mark: &str) -> u8 {
    mark.as_bytes().first().copied().unwrap_or_default()
}

fn opener(close: u8) -> u8 {
    match close {
        b')' => b'(',
        b']' => b'[',
        _ => b'{',
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
