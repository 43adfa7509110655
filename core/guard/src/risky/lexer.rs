//! Tokens of a programming language, byte by byte: words, strings, signs, line ends.
//!
//! Comments are dropped. A string is one token: its text, and whether values
//! are put into it. Nested code inside of such a string is not read as code.
//! What a language does differently is in [`Dialect`].

/// How a language writes strings and comments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// What begins a comment up to the line's end.
    pub(crate) line_comments: &'static [&'static str],
    /// What begins and ends a comment of any length.
    pub(crate) block_comment: Option<(&'static str, &'static str)>,
    /// Quotes that begin strings.
    pub(crate) quotes: &'static [u8],
    /// Quotes of which three begin a string over several lines.
    pub(crate) triple: &'static [u8],
    /// Quotes inside of which a backslash is only a backslash.
    pub(crate) raw: &'static [u8],
    /// Quotes of strings that may go over a line's end.
    pub(crate) multiline: &'static [u8],
    /// How values are put into strings.
    pub(crate) interpolation: Interpolation,
    /// Signs that are part of words.
    pub(crate) in_words: &'static [u8],
    /// Whether a quote after which no other one soon follows is no string (`'a` in Rust).
    pub(crate) lifetimes: bool,
}

/// How values are put into strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interpolation {
    /// Not at all.
    Never,
    /// `{x}` in strings with such a letter before the quote: `f"{x}"`, `$"{x}"`.
    Braces(&'static [u8]),
    /// `${x}` between such quotes.
    DollarBraces(&'static [u8]),
    /// `$x` or `${x}` between such quotes.
    Dollar(&'static [u8]),
    /// `#{x}` between such quotes.
    HashBraces(&'static [u8]),
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name, a keyword or a number.
    Word(Vec<u8>),
    /// A string: its quote, how it begins, and whether values are put into it.
    Text { quote: u8, text: Vec<u8>, is_filled: bool },
    /// A sign, or two that belong together.
    Sign([u8; 2]),
    /// A line has ended outside of strings and comments.
    Line,
}

/// Bytes of a word or a string that are kept; rules need no more.
const KEPT: usize = 96;

/// Signs that belong together.
pub(crate) const PAIRS: &[&[u8; 2]] = &[
    b"::", b"->", b"=>", b"==", b"!=", b":=", b"+=", b".=", b"||", b"&&", b"?.", b"<<", b">>", b"<=", b">=",
    b"//", b"/*", b"*/", b"--", b"++", b"**",
];

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Code,
    /// A sign that may be the first of two.
    Sign(u8),
    Word(Vec<u8>),
    LineComment,
    /// The last bytes read of a block comment.
    BlockComment(u8),
    Text(Text),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    quote: u8,
    /// Letters before the quote, such as `f` and `rb`.
    letters: Vec<u8>,
    triple: bool,
    /// Quotes in a row: at the beginning they decide about `triple`, later about the end.
    run: u8,
    begun: bool,
    escaped: bool,
    text: Vec<u8>,
    is_filled: bool,
    before: u8,
}

/// Reads bytes, gives tokens.
#[derive(Debug, Clone)]
pub(crate) struct Lexer {
    state: State,
}

impl Lexer {
    pub(crate) fn new() -> Self {
        Self { state: State::Code }
    }

    /// Reads a byte; adds the tokens that have ended with it or before it.
    pub(crate) fn push(&mut self, dialect: &Dialect, byte: u8, tokens: &mut Vec<Token>) {
        // A state that ends before this byte leaves the byte to the next one.
        while !self.step(dialect, byte, tokens) {}
    }

    /// The text has ended; a string that has not is none.
    pub(crate) fn finish(&mut self, tokens: &mut Vec<Token>) {
        match std::mem::replace(&mut self.state, State::Code) {
            State::Word(word) => tokens.push(Token::Word(word)),
            State::Sign(sign) => tokens.push(Token::Sign([sign, 0])),
            State::Text(mut text) if !text.begun && text.run == 2 => tokens.push(text.token()),
            _ => {}
        }
    }

    /// Reads a byte in the present state; says whether it was taken.
    fn step(&mut self, dialect: &Dialect, byte: u8, tokens: &mut Vec<Token>) -> bool {
        match &mut self.state {
            State::Code => {
                self.state = match byte {
                    b'\n' => {
                        tokens.push(Token::Line);
                        State::Code
                    }
                    _ if byte.is_ascii_whitespace() || byte.is_ascii_control() => State::Code,
                    _ if is_word(dialect, byte) => State::Word(vec![byte]),
                    _ if dialect.quotes.contains(&byte) => State::Text(Text::new(byte, Vec::new())),
                    _ => State::Sign(byte),
                };
                true
            }
            State::Word(word) => {
                if is_word(dialect, byte) {
                    if word.len() < KEPT {
                        word.push(byte);
                    }
                    return true;
                }
                let word = std::mem::take(word);
                let letters = word.len() <= 2 && word.iter().all(|letter| b"fFrRbBuULcC$@".contains(letter));
                if letters && dialect.quotes.contains(&byte) {
                    self.state = State::Text(Text::new(byte, word));
                    return true;
                }
                tokens.push(Token::Word(word));
                self.state = State::Code;
                false
            }
            State::Sign(first) => {
                let first = *first;
                self.state = State::Code;
                let starts_comment = |start: &str| {
                    let start = start.as_bytes();
                    start == [first] || (start.len() >= 2 && start[..2] == [first, byte])
                };
                let one = |start: &&&str| start.len() == 1;
                if let Some((open, _)) = dialect.block_comment
                    && open.len() >= 2
                    && open.as_bytes()[..2] == [first, byte]
                {
                    self.state = State::BlockComment(0);
                    return true;
                }
                let is_attribute = first == b'#' && byte == b'[' && dialect.block_comment.is_some();
                if dialect.line_comments.iter().any(|start| starts_comment(start)) && !is_attribute {
                    self.state = State::LineComment;
                    // A comment that begins with one sign has not read this byte.
                    return dialect.line_comments.iter().filter(one).all(|start| start.as_bytes() != [first]);
                }
                if matches!(first, b'$' | b'@') && dialect.quotes.contains(&byte) {
                    self.state = State::Text(Text::new(byte, vec![first]));
                    return true;
                }
                if PAIRS.contains(&&[first, byte]) {
                    tokens.push(Token::Sign([first, byte]));
                    return true;
                }
                tokens.push(Token::Sign([first, 0]));
                false
            }
            State::LineComment => {
                if byte == b'\n' {
                    self.state = State::Code;
                    return false;
                }
                true
            }
            State::BlockComment(before) => {
                let close = dialect.block_comment.map_or("*/", |(_, close)| close).as_bytes();
                let is_end = [*before, byte] == close[close.len().saturating_sub(2)..];
                *before = byte;
                if is_end {
                    self.state = State::Code;
                }
                true
            }
            State::Text(text) => match text.push(dialect, byte) {
                Step::Goes => true,
                Step::Ends { taken } => {
                    tokens.push(text.token());
                    self.state = State::Code;
                    taken
                }
                Step::Breaks => {
                    // No string after all: the quote was a sign.
                    tokens.push(Token::Sign([text.quote, 0]));
                    self.state = State::Code;
                    false
                }
            },
        }
    }
}

/// What a byte does to a string.
enum Step {
    Goes,
    Ends { taken: bool },
    Breaks,
}

impl Text {
    fn new(quote: u8, letters: Vec<u8>) -> Self {
        let (text, before) = (Vec::new(), 0);
        Self {
            quote,
            letters,
            triple: false,
            run: 1,
            begun: false,
            escaped: false,
            text,
            is_filled: false,
            before,
        }
    }

    fn push(&mut self, dialect: &Dialect, byte: u8) -> Step {
        if !self.begun {
            if byte == self.quote && dialect.triple.contains(&byte) && self.run < 3 {
                self.run += 1;
                self.triple = self.run == 3;
                self.begun = self.triple;
                self.run = if self.triple { 0 } else { self.run };
                return Step::Goes;
            }
            if self.run == 2 {
                return Step::Ends { taken: false }; // `""` and no third
            }
            self.begun = true;
            self.run = 0;
        }
        if self.escaped {
            self.escaped = false;
            self.keep(byte);
            return Step::Goes;
        }
        let is_raw = dialect.raw.contains(&self.quote) || self.letters.iter().any(|l| b"rR@".contains(l));
        if byte == b'\\' && !is_raw {
            self.escaped = true;
            self.run = 0;
            return Step::Goes;
        }
        if byte == self.quote {
            if !self.triple {
                return Step::Ends { taken: true };
            }
            self.run += 1;
            return if self.run == 3 { Step::Ends { taken: true } } else { Step::Goes };
        }
        self.run = 0;
        let over_lines = self.triple || dialect.multiline.contains(&self.quote);
        if byte == b'\n' && !over_lines {
            return Step::Breaks;
        }
        if dialect.lifetimes && self.quote == b'\'' && !self.text.is_empty() && !byte.is_ascii_alphanumeric()
        {
            return Step::Breaks;
        }
        self.is_filled |= self.fills(dialect, byte);
        self.keep(byte);
        Step::Goes
    }

    /// Whether a value is put in here.
    fn fills(&self, dialect: &Dialect, byte: u8) -> bool {
        let is_name = byte.is_ascii_alphabetic() || byte == b'_' || byte == b'{';
        match dialect.interpolation {
            Interpolation::Never => false,
            Interpolation::Braces(letters) => {
                self.before == b'{' && byte != b'{' && self.letters.iter().any(|l| letters.contains(l))
            }
            Interpolation::DollarBraces(quotes) => {
                self.before == b'$' && byte == b'{' && quotes.contains(&self.quote)
            }
            Interpolation::Dollar(quotes) => self.before == b'$' && is_name && quotes.contains(&self.quote),
            Interpolation::HashBraces(quotes) => {
                self.before == b'#' && byte == b'{' && quotes.contains(&self.quote)
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        self.before = byte;
        if self.text.len() < KEPT {
            self.text.push(byte);
        }
    }

    fn token(&mut self) -> Token {
        Token::Text { quote: self.quote, text: std::mem::take(&mut self.text), is_filled: self.is_filled }
    }
}

fn is_word(dialect: &Dialect, byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 || dialect.in_words.contains(&byte)
}
