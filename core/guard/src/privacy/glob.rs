//! Patterns of paths, as in `.gitignore`, without a regular expression engine.
//!
//! Most patterns are a name or the end of one, and are compared as such. Any other is
//! a list of pieces: matching walks the path once with the set of places in the pattern
//! that are reached, so it takes time in proportion to both lengths whatever the
//! pattern is. Tests compare it with regular expressions.

use super::spelling::fold;

/// Pieces that `{a,b}` may multiply a pattern into.
const MOST_WAYS: usize = 256;

/// Characters of a pattern.
const LONGEST: usize = 1024;

/// A pattern of paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    ways: Vec<Alternative>,
}

/// A pattern without `{}`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Alternative {
    /// A file or folder of this name.
    Name(String),
    /// A file or folder whose name ends so.
    End(String),
    /// What matches holds this text, which is soon looked for.
    Pieces(Vec<Piece>, String),
}

/// A path whose case is folded, and its parts.
pub(super) struct FoldedPath<'a> {
    whole: &'a str,
    parts: Vec<&'a str>,
}

impl<'a> FoldedPath<'a> {
    pub(super) fn new(whole: &'a str) -> Self {
        Self { whole, parts: whole.split('/').collect() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// This character, in lower case.
    Char(char),
    /// Any character but `/`.
    One,
    /// One of the ranges, or none of them; never `/`.
    Set { ranges: Vec<(char, char)>, negated: bool },
    /// Any characters but `/`.
    Star,
    /// Any characters.
    Any,
    /// Nothing, or anything that ends with `/`.
    Folders,
}

impl Glob {
    /// Reads a pattern; none for one that makes no sense.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let pattern = pattern.trim();
        let is_anchored = pattern.trim_end_matches('/').contains('/');
        let pattern = pattern.trim_end_matches('/').trim_start_matches('/');
        if pattern.is_empty() || pattern.len() > LONGEST {
            return None;
        }
        let ways = expand(pattern)?;
        let ways = ways.iter().map(|way| {
            let pieces = pieces_of(way)?;
            if is_anchored {
                return Some(Alternative::pieces(pieces));
            }
            let name = || literal(&pieces).map(Alternative::Name);
            let end = || literal(pieces.strip_prefix(&[Piece::Star])?).map(Alternative::End);
            let way = name().or_else(end);
            Some(way.unwrap_or_else(|| Alternative::pieces([vec![Piece::Folders], pieces].concat())))
        });
        Some(Self { ways: ways.collect::<Option<_>>()? })
    }

    /// Whether the path, or a folder that it is in, matches.
    pub(super) fn matches(&self, path: &FoldedPath<'_>) -> bool {
        self.ways.iter().any(|way| way.matches(&path.parts, path.whole, false))
    }

    /// Whether the path itself matches.
    pub(super) fn matches_file(&self, path: &FoldedPath<'_>) -> bool {
        self.ways
            .iter()
            .any(|way| way.matches(path.parts.last().map_or(&[][..], std::slice::from_ref), path.whole, true))
    }
}

impl Alternative {
    fn pieces(pieces: Vec<Piece>) -> Self {
        let texts = pieces.split(|piece| !matches!(piece, Piece::Char(_)));
        let longest = texts.max_by_key(|text| text.len()).and_then(literal);
        Self::Pieces(pieces, longest.unwrap_or_default())
    }

    /// Whether one of the parts matches, or the path up to a `/`, or the whole of it alone.
    fn matches(&self, parts: &[&str], path: &str, whole: bool) -> bool {
        match self {
            Self::Name(name) => parts.contains(&name.as_str()),
            Self::End(end) => parts.iter().any(|part| part.ends_with(end.as_str())),
            Self::Pieces(pieces, text) => path.contains(text.as_str()) && matches(pieces, path, whole),
        }
    }
}

/// The text of pieces that are nothing but text.
fn literal(pieces: &[Piece]) -> Option<String> {
    pieces.iter().map(|piece| if let Piece::Char(c) = piece { Some(*c) } else { None }).collect()
}

/// Every way to choose among `{a,b}`.
fn expand(pattern: &str) -> Option<Vec<String>> {
    let Some(open) = pattern.find('{') else {
        return (!pattern.contains('}')).then(|| vec![pattern.to_owned()]);
    };
    let close = open + pattern[open..].find('}')?;
    let inner = &pattern[open + 1..close];
    if inner.contains('{') || pattern[..open].contains('}') {
        return None;
    }
    let mut ways = Vec::new();
    for rest in expand(&pattern[close + 1..])? {
        for choice in inner.split(',') {
            if ways.len() >= MOST_WAYS {
                return None;
            }
            ways.push(format!("{}{choice}{rest}", &pattern[..open]));
        }
    }
    Some(ways)
}

fn pieces_of(pattern: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let at_folder = matches!(pieces.last(), None | Some(Piece::Char('/') | Piece::Folders));
        let (piece, len) = match first {
            '*' if at_folder && rest.starts_with("**/") => (Piece::Folders, 3),
            '*' if at_folder && rest == "**" => (Piece::Any, 2),
            '*' => (Piece::Star, rest.len() - rest.trim_start_matches('*').len()),
            '?' => (Piece::One, 1),
            '[' => set(rest)?,
            '\\' => return None,
            _ => (Piece::Char(fold(first)), first.len_utf8()),
        };
        pieces.push(piece);
        rest = &rest[len..];
    }
    Some(pieces)
}

/// Reads `[a-z]`; gives its length, too.
fn set(text: &str) -> Option<(Piece, usize)> {
    let negated = text[1..].starts_with(['!', '^']);
    let start = 1 + usize::from(negated);
    // A bracket that stands first is meant as one.
    let first = text[start..].chars().next()?;
    let end = start + first.len_utf8() + text[start + first.len_utf8()..].find(']')?;
    let chars: Vec<char> = text[start..end].chars().map(fold).collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let is_range = chars.get(at + 1) == Some(&'-') && at + 2 < chars.len();
        let to = chars[if is_range { at + 2 } else { at }];
        if chars[at] > to {
            return None;
        }
        ranges.push((chars[at], to));
        at += if is_range { 3 } else { 1 };
    }
    Some((Piece::Set { ranges, negated }, end + 1))
}

/// Whether the pieces match the path up to its end, or to a `/` where `whole` is not asked for.
fn matches(pieces: &[Piece], path: &str, whole: bool) -> bool {
    let mut reached = vec![false; pieces.len() + 1];
    arrive(pieces, &mut reached, 0);
    let mut next = vec![false; pieces.len() + 1];
    for c in path.chars() {
        if c == '/' && !whole && reached[pieces.len()] {
            return true;
        }
        next.fill(false);
        for (at, piece) in pieces.iter().enumerate().filter(|(at, _)| reached[*at]) {
            match piece {
                Piece::Char(wanted) if c == *wanted => arrive(pieces, &mut next, at + 1),
                Piece::One if c != '/' => arrive(pieces, &mut next, at + 1),
                Piece::Set { ranges, negated } if c != '/' && is_among(ranges, c) != *negated => {
                    arrive(pieces, &mut next, at + 1);
                }
                Piece::Star if c != '/' => arrive(pieces, &mut next, at),
                Piece::Any => arrive(pieces, &mut next, at),
                Piece::Folders => {
                    // In the middle of a folder's name there is no way on.
                    next[at] = true;
                    if c == '/' {
                        arrive(pieces, &mut next, at + 1);
                    }
                }
                _ => {}
            }
        }
        std::mem::swap(&mut reached, &mut next);
        if !reached.contains(&true) {
            return false;
        }
    }
    reached[pieces.len()]
}

fn is_among(ranges: &[(char, char)], c: char) -> bool {
    ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))
}

/// Reaches a piece, and those behind pieces that may stand for nothing.
fn arrive(pieces: &[Piece], reached: &mut [bool], mut at: usize) {
    reached[at] = true;
    while let Some(Piece::Star | Piece::Any | Piece::Folders) = pieces.get(at) {
        at += 1;
        reached[at] = true;
    }
}
