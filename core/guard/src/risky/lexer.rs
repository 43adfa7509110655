//! Tokens of a programming language, byte by byte: words, strings, signs, line ends.
//!
//! What is comment and what is string is for the lexer of the language table to say
//! ([`ghostlight_text::Lexer`]); here its bytes become tokens. Comments are dropped. A string is
//! one token: its text, and whether values are put into it. Code inside of such a string is not
//! read as code, and a here-document is dropped like a comment.

use ghostlight_text::{Class, Language, Part, Run};

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
enum LexerState {
    Code,
    /// A sign that may be the first of two.
    Sign(u8),
    Word(Vec<u8>),
    Text(Text),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    /// The last byte of the mark that began it.
    quote: u8,
    escaped: bool,
    text: Vec<u8>,
    is_filled: bool,
}

/// Reads bytes, gives tokens.
#[derive(Debug, Clone)]
pub(crate) struct Lexer {
    lexer: ghostlight_text::Lexer,
    tokens: Tokens,
}

/// Tokens of bytes whose class is known.
#[derive(Debug, Clone)]
struct Tokens {
    state: LexerState,
    /// Signs that are part of words.
    word_signs: &'static [u8],
}

impl Lexer {
    pub(crate) fn new(language: &'static Language) -> Self {
        let tokens = Tokens { state: LexerState::Code, word_signs: language.word_signs };
        Self { lexer: ghostlight_text::Lexer::new(language), tokens }
    }

    /// Reads a byte; adds the tokens that have ended with it or before it.
    pub(crate) fn push(&mut self, byte: u8, out: &mut Vec<Token>) {
        let Self { lexer, tokens } = self;
        lexer.read(&[byte], &mut |run| tokens.run(run, out));
    }

    /// The text has ended; a string that has not is none.
    pub(crate) fn finish(&mut self, out: &mut Vec<Token>) {
        let Self { lexer, tokens } = self;
        lexer.finish(&mut |run| tokens.run(run, out));
        match std::mem::replace(&mut tokens.state, LexerState::Code) {
            LexerState::Word(word) => out.push(Token::Word(word)),
            LexerState::Sign(sign) => out.push(Token::Sign([sign, 0])),
            _ => {}
        }
    }
}

impl Tokens {
    fn run(&mut self, Run { bytes, class, depth }: Run<'_>, out: &mut Vec<Token>) {
        match class {
            Class::Code | Class::Comment(_) | Class::String(_) if depth > 0 => {
                bytes.iter().for_each(|&byte| self.text_byte(byte));
            }
            Class::Code => bytes.iter().for_each(|&byte| while !self.step(byte, out) {}),
            Class::Comment(_) => self.end(out),
            Class::String(Part::Open) => {
                self.end(out);
                let quote = bytes[bytes.len() - 1];
                self.state =
                    LexerState::Text(Text { quote, escaped: false, text: Vec::new(), is_filled: false });
            }
            Class::String(Part::Body) => bytes.iter().for_each(|&byte| self.text_byte(byte)),
            Class::String(Part::Close) => {
                if let LexerState::Text(Text { quote, text, is_filled, .. }) =
                    std::mem::replace(&mut self.state, LexerState::Code)
                {
                    out.push(Token::Text { quote, text, is_filled });
                }
            }
            Class::Value(part) => {
                if let LexerState::Text(text) = &mut self.state {
                    text.is_filled |= part != Part::Close;
                }
                bytes.iter().for_each(|&byte| self.text_byte(byte));
            }
        }
    }

    /// Ends what is being read.
    fn end(&mut self, out: &mut Vec<Token>) {
        match std::mem::replace(&mut self.state, LexerState::Code) {
            LexerState::Code => {}
            LexerState::Word(word) => out.push(Token::Word(word)),
            LexerState::Sign(sign) => out.push(Token::Sign([sign, 0])),
            // No string after all: the quote was a sign.
            LexerState::Text(text) => out.push(Token::Sign([text.quote, 0])),
        }
    }

    /// Reads a byte of code in the present state; says whether it was taken.
    fn step(&mut self, byte: u8, out: &mut Vec<Token>) -> bool {
        let is_word = self.is_word(byte);
        match &mut self.state {
            LexerState::Code => {
                self.state = match byte {
                    b'\n' => {
                        out.push(Token::Line);
                        LexerState::Code
                    }
                    _ if byte.is_ascii_whitespace() || byte.is_ascii_control() => LexerState::Code,
                    _ if is_word => LexerState::Word(vec![byte]),
                    _ => LexerState::Sign(byte),
                };
                return true;
            }
            LexerState::Word(word) if is_word => {
                if word.len() < KEPT {
                    word.push(byte);
                }
                return true;
            }
            LexerState::Sign(first) if PAIRS.contains(&&[*first, byte]) => {
                out.push(Token::Sign([*first, byte]));
                self.state = LexerState::Code;
                return true;
            }
            _ => self.end(out),
        }
        false
    }

    /// Reads a byte of a string.
    fn text_byte(&mut self, byte: u8) {
        let LexerState::Text(text) = &mut self.state else { return };
        // What is escaped counts without its backslash.
        text.escaped = byte == b'\\' && !text.escaped;
        if !text.escaped && text.text.len() < KEPT {
            text.text.push(byte);
        }
    }

    fn is_word(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 || self.word_signs.contains(&byte)
    }
}
