//! The tail of a secret: a small, bounded part of regular expressions.
//!
//! Literals, classes, `(?:a|b)`, `?`, `{n}`, `{m,n}`, and one capturing group
//! that says which part is the secret. There is no `*` and no `+`, so every
//! pattern has a longest match, and what has to be held back has a bound. What
//! is allowed means the same to any regular expression engine, and tests use
//! one as the oracle.

use crate::error::GuardError;

/// Times that a quantifier may ask for.
const MOST_REPEATS: u32 = 512;

/// Groups inside groups.
const DEEPEST: u32 = 8;

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Class([u64; 4]);

impl Class {
    pub(crate) const fn has(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }

    pub(crate) fn of(ranges: &[(u8, u8)]) -> Self {
        let mut class = Self::default();
        for &(from, to) in ranges {
            class.add(from, to);
        }
        class
    }

    pub(crate) fn with(mut self, byte: u8) -> Self {
        self.add(byte, byte);
        self
    }

    fn add(&mut self, from: u8, to: u8) {
        for byte in from..=to {
            self.0[(byte >> 6) as usize] |= 1 << (byte & 63);
        }
    }

    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

/// A pattern, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// One byte of a set.
    Byte(Class),
    /// One after the other.
    Sequence(Vec<Node>),
    /// One of them.
    Either(Vec<Node>),
    /// From `min` to `max` times.
    Repeat(Box<Node>, u32, u32),
    /// The part that is the secret.
    Secret(Box<Node>),
}

impl Node {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// [`GuardError::Pattern`] with the byte at which it is not one.
    pub(crate) fn parse(pattern: &str) -> Result<Self, GuardError> {
        let mut parser = Parser { text: pattern.as_bytes(), at: 0 };
        let node = parser.either(0)?;
        if parser.at < parser.text.len() { Err(parser.error()) } else { Ok(node) }
    }

    /// Bytes of its longest match.
    pub(crate) fn longest(&self) -> usize {
        match self {
            Self::Byte(_) => 1,
            Self::Sequence(nodes) => nodes.iter().map(Self::longest).sum(),
            Self::Either(nodes) => nodes.iter().map(Self::longest).max().unwrap_or(0),
            Self::Repeat(node, _, max) => node.longest().saturating_mul(*max as usize),
            Self::Secret(node) => node.longest(),
        }
    }

    /// Whether a part of it is marked as the secret.
    pub(crate) fn marks_secret(&self) -> bool {
        match self {
            Self::Byte(_) => false,
            Self::Sequence(nodes) | Self::Either(nodes) => nodes.iter().any(Self::marks_secret),
            Self::Repeat(node, ..) => node.marks_secret(),
            Self::Secret(_) => true,
        }
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn error(&self) -> GuardError {
        GuardError::Pattern { at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, GuardError> {
        let byte = self.peek().ok_or_else(|| self.error())?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, text: &str) -> bool {
        let is = self.text[self.at..].starts_with(text.as_bytes());
        self.at += if is { text.len() } else { 0 };
        is
    }

    fn either(&mut self, depth: u32) -> Result<Node, GuardError> {
        let mut ways = vec![self.sequence(depth)?];
        while self.take("|") {
            ways.push(self.sequence(depth)?);
        }
        Ok(if ways.len() == 1 { ways.remove(0) } else { Node::Either(ways) })
    }

    fn sequence(&mut self, depth: u32) -> Result<Node, GuardError> {
        let mut nodes = Vec::new();
        while self.peek().is_some_and(|byte| !matches!(byte, b'|' | b')')) {
            let node = self.one(depth)?;
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn one(&mut self, depth: u32) -> Result<Node, GuardError> {
        if depth > DEEPEST {
            return Err(self.error());
        }
        match self.next()? {
            b'(' => {
                let is_secret = !self.take("?:");
                let inner = self.either(depth + 1)?;
                if !self.take(")") {
                    return Err(self.error());
                }
                Ok(if is_secret { Node::Secret(Box::new(inner)) } else { inner })
            }
            b'[' => Ok(Node::Byte(self.class()?)),
            b'\\' => {
                let escaped = self.next()?;
                Ok(Node::Byte(self.escape(escaped)?))
            }
            b'*' | b'+' | b'?' | b'{' | b'.' | b'^' | b'$' => {
                self.at -= 1;
                Err(self.error())
            }
            byte => Ok(Node::Byte(Class::of(&[(byte, byte)]))),
        }
    }

    fn escape(&self, byte: u8) -> Result<Class, GuardError> {
        match byte {
            b's' => Ok(Class::of(&[(b' ', b' '), (b'\t', b'\r')])),
            b'd' => Ok(Class::of(&[(b'0', b'9')])),
            b'w' => Ok(Class::of(&WORD)),
            b'n' => Ok(Class::of(&[(b'\n', b'\n')])),
            _ if byte.is_ascii_punctuation() => Ok(Class::of(&[(byte, byte)])),
            _ => Err(self.error()),
        }
    }

    /// What stands between `[` and `]`.
    fn class(&mut self) -> Result<Class, GuardError> {
        let negated = self.take("^");
        let mut class = Class::default();
        loop {
            let from = match self.next()? {
                b']' => return Ok(if negated { class.not() } else { class }),
                b'\\' => {
                    let escaped = self.next()?;
                    let set = self.escape(escaped)?;
                    class = Class(std::array::from_fn(|word| class.0[word] | set.0[word]));
                    continue;
                }
                byte => byte,
            };
            let is_range =
                self.peek() == Some(b'-') && self.text.get(self.at + 1).is_some_and(|b| *b != b']');
            let to = if is_range {
                self.at += 1;
                self.next()?
            } else {
                from
            };
            if from > to {
                return Err(self.error());
            }
            class.add(from, to);
        }
    }

    fn repeated(&mut self, node: Node) -> Result<Node, GuardError> {
        if self.take("?") {
            return Ok(Node::Repeat(Box::new(node), 0, 1));
        }
        if !self.take("{") {
            return Ok(node);
        }
        let min = self.number()?;
        let max = if self.take(",") { self.number()? } else { min };
        if !self.take("}") || max < min || max == 0 || max > MOST_REPEATS {
            return Err(self.error());
        }
        Ok(Node::Repeat(Box::new(node), min, max))
    }

    fn number(&mut self) -> Result<u32, GuardError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.text[start..self.at]).ok();
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| self.error())
    }
}

/// Letters, digits and the underscore.
pub(crate) const WORD: [(u8, u8); 4] = [(b'0', b'9'), (b'A', b'Z'), (b'a', b'z'), (b'_', b'_')];
