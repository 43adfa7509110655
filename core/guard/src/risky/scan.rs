//! Following all patterns of a language through a text that streams.

use super::RiskyRules;
use super::lexer::{Lexer, Token};
use super::pattern::{Part, is_among};

/// Tokens that a gap may reach over.
const WIDEST: u16 = 80;

/// Ways that are followed at a time; a text that needs more is no program.
const MOST_WAYS: usize = 512;

/// A way through a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    pattern: usize,
    /// The part to match next.
    part: usize,
    /// In a gap: brackets opened since it began, and tokens gone by.
    depth: u16,
    gone: u16,
}

/// Where a scan is in a text that streams.
#[derive(Debug, Clone)]
pub(crate) struct RiskyScan {
    lexer: Lexer,
    tokens: Vec<Token>,
    ways: Vec<Way>,
    next: Vec<Way>,
    /// Whether the last token binds the next one to something: `.`, `def`.
    bound: bool,
    /// The token that ends at the cursor, if the cursor does not go into it.
    at_cursor: Option<Token>,
    is_generated: bool,
}

impl RiskyScan {
    /// At the start of a text in the language of the rules that are to be followed.
    pub(crate) fn new(rules: &RiskyRules) -> Self {
        Self {
            lexer: Lexer::new(rules.language),
            tokens: Vec::new(),
            ways: Vec::new(),
            next: Vec::new(),
            bound: false,
            at_cursor: None,
            is_generated: true,
        }
    }

    /// What is read up to [`Self::begin_generated`] was there before.
    pub(crate) fn begin_existing(&mut self) {
        self.is_generated = false;
    }

    /// What is read from now on was not there before.
    pub(crate) fn begin_generated(&mut self) {
        let mut tokens = Vec::new();
        self.lexer.clone().finish(&mut tokens);
        self.at_cursor = tokens.pop();
        self.is_generated = true;
    }

    /// Reads a byte; adds the indices of rules that are broken here.
    pub(crate) fn push(&mut self, rules: &RiskyRules, byte: u8, found: &mut Vec<usize>) {
        self.lexer.push(byte, &mut self.tokens);
        self.read(rules, found);
    }

    /// The text has ended.
    pub(crate) fn finish(&mut self, rules: &RiskyRules, found: &mut Vec<usize>) {
        self.lexer.finish(&mut self.tokens);
        self.read(rules, found);
    }

    fn read(&mut self, rules: &RiskyRules, found: &mut Vec<usize>) {
        if self.tokens.is_empty() {
            return;
        }
        let tokens = std::mem::take(&mut self.tokens);
        for token in &tokens {
            let is_old = self.is_generated && self.at_cursor.take().as_ref() == Some(token);
            let before = found.len();
            self.token(rules, token, found);
            if is_old || !self.is_generated {
                found.truncate(before);
            }
        }
        self.tokens = tokens;
        self.tokens.clear();
    }

    fn token(&mut self, rules: &RiskyRules, token: &Token, found: &mut Vec<usize>) {
        let mut ways = std::mem::take(&mut self.ways);
        if *token != Token::Line {
            let free = |pattern: &super::Pattern| !(pattern.is_free && self.bound);
            let begins = rules
                .patterns
                .iter()
                .enumerate()
                .filter(|(_, (_, pattern))| free(pattern) && pattern.parts[0].matches(token));
            ways.extend(begins.map(|(pattern, _)| Way { pattern, part: 0, depth: 0, gone: 0 }));
        }
        let first = found.len();
        for way in ways.drain(..) {
            self.step(rules, way, token, found);
        }
        // In the order of rules, each once.
        found[first..].sort_unstable();
        let mut unique = first;
        for at in first..found.len() {
            if unique == first || found[at] != found[unique - 1] {
                found[unique] = found[at];
                unique += 1;
            }
        }
        found.truncate(unique);
        self.ways = std::mem::replace(&mut self.next, ways);
        if *token != Token::Line {
            self.bound = binds(token);
        }
    }

    fn step(&mut self, rules: &RiskyRules, way: Way, token: &Token, found: &mut Vec<usize>) {
        let (rule, pattern) = &rules.patterns[way.pattern];
        let part = &pattern.parts[way.part];
        let Part::Gap { without, in_brackets } = part else {
            if *token == Token::Line {
                self.keep(way);
            } else if part.matches(token) {
                self.arrive(*rule, way, pattern.parts.len(), found);
            }
            return;
        };
        // The gap may end here.
        let next = &pattern.parts[way.part + 1];
        if next.matches(token) && (way.depth == 0 || !is_bracket(token, b")]}")) {
            let after = Way { part: way.part + 1, ..way };
            self.arrive(*rule, after, pattern.parts.len(), found);
        }
        // Or go on over this token.
        let depth = match token {
            Token::Word(word) if is_among(without, word) => return,
            Token::Line if !in_brackets && way.depth == 0 => return,
            Token::Sign([b';', 0]) if way.depth == 0 => return,
            _ if is_bracket(token, b"([{") => way.depth + 1,
            _ if is_bracket(token, b")]}") => match way.depth.checked_sub(1) {
                Some(depth) => depth,
                None => return,
            },
            _ => way.depth,
        };
        if way.gone < WIDEST {
            self.keep(Way { depth, gone: way.gone + 1, ..way });
        }
    }

    /// A part has matched.
    fn arrive(&mut self, rule: usize, way: Way, parts: usize, found: &mut Vec<usize>) {
        if way.part + 1 == parts {
            found.push(rule);
        } else {
            self.keep(Way { part: way.part + 1, depth: 0, gone: 0, ..way });
        }
    }

    fn keep(&mut self, way: Way) {
        let same =
            |other: &Way| (other.pattern, other.part, other.depth) == (way.pattern, way.part, way.depth);
        if self.next.len() < MOST_WAYS && !self.next.iter().any(same) {
            self.next.push(way);
        }
    }
}

fn is_bracket(token: &Token, brackets: &[u8]) -> bool {
    matches!(token, Token::Sign([sign, 0]) if brackets.contains(sign))
}

/// Whether what follows the token belongs to it: a member, or a definition's name.
fn binds(token: &Token) -> bool {
    match token {
        Token::Sign(sign) => matches!(sign, [b'.', 0] | b"->" | b"::" | b"?."),
        Token::Word(word) => is_among(
            &["def", "function", "fn", "func", "class", "import", "from", "sub", "void", "int", "char"],
            word,
        ),
        _ => false,
    }
}
