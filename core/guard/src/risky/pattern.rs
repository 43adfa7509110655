//! Sequences of tokens, as rules write them.
//!
//! Parts are separated by blanks:
//!
//! | part | matches |
//! |---|---|
//! | `eval`, `(`, `::` | that word or sign |
//! | `a\|b` | either |
//! | `"md5\|aes-*"` | a string of that text, case aside; `*` stands for any end |
//! | `...` | tokens up to the next part, not beyond the bracket or statement |
//! | `...!A,B` | the same, as long as none of these words is among them |
//! | `^` | nothing, where the token before is no `.`, `->`, `::`, `def` and the like |
//! | `<word>` `<str>` | any word, any string |
//! | `<dyn>`, `<dyn!A,B>` | a name (none of these), or a string with values in it |
//! | `<filled>` | a string with values in it |
//! | `<sql>` `<sqlfilled>` | a string that begins as SQL does, one with values in it |
//! | `<cmd>` | a string in backticks with values in it |
//! | `<name>` `<literal>` | the name of a credential, a string that may be one |

use ghostlight_text::Language;

use super::lexer::{PAIRS, Token};

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Words(Vec<&'static str>),
    Signs(Vec<[u8; 2]>),
    Texts(Vec<&'static str>),
    Gap { without: Vec<&'static str>, in_brackets: bool },
    Word,
    Str,
    Dynamic { without: Vec<&'static str> },
    Filled,
    Sql { is_filled: bool },
    Command,
    Name,
    Literal,
}

/// A pattern, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// Whether the first token must not belong to what stands before it.
    pub(super) is_free: bool,
    pub(super) parts: Vec<Part>,
}

impl Pattern {
    /// Reads a pattern; fails with the index of the part that is none.
    pub(super) fn parse(text: &'static str, language: &Language) -> Result<Self, usize> {
        let mut pattern = Self { is_free: false, parts: Vec::new() };
        let mut depth = 0i32;
        for (nth, word) in text.split_ascii_whitespace().enumerate() {
            if word == "^" && nth == 0 {
                pattern.is_free = true;
                continue;
            }
            let part = part(word, depth > 0, language).ok_or(nth)?;
            if let Part::Signs(signs) = &part {
                depth += i32::from(signs.iter().any(|sign| b"([{".contains(&sign[0])));
                depth -= i32::from(signs.iter().any(|sign| b")]}".contains(&sign[0])));
            }
            pattern.parts.push(part);
        }
        let has_ends = |part: Option<&Part>| part.is_some_and(|part| !matches!(part, Part::Gap { .. }));
        let is_whole = has_ends(pattern.parts.first()) && has_ends(pattern.parts.last());
        if is_whole { Ok(pattern) } else { Err(0) }
    }
}

fn part(word: &'static str, in_brackets: bool, language: &Language) -> Option<Part> {
    if let Some(rest) = word.strip_prefix("...") {
        return Some(Part::Gap { without: without(rest)?, in_brackets });
    }
    if let Some(inner) =
        word.strip_prefix('<').and_then(|word| word.strip_suffix('>')).filter(|w| !w.is_empty())
    {
        return Some(match inner {
            "word" => Part::Word,
            "str" => Part::Str,
            "filled" => Part::Filled,
            "sql" => Part::Sql { is_filled: false },
            "sqlfilled" => Part::Sql { is_filled: true },
            "cmd" => Part::Command,
            "name" => Part::Name,
            "literal" => Part::Literal,
            _ => Part::Dynamic { without: without(inner.strip_prefix("dyn")?)? },
        });
    }
    if let Some(inner) = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
        return Some(Part::Texts(inner.split('|').collect()));
    }
    let is_word = |c: char| {
        c.is_ascii_alphanumeric()
            || c == '_'
            || u8::try_from(c).is_ok_and(|c| language.word_signs.contains(&c))
    };
    if word.split('|').all(|way| !way.is_empty() && way.chars().all(is_word)) {
        return Some(Part::Words(word.split('|').collect()));
    }
    let sign = |sign: &str| match *sign.as_bytes() {
        [one] if one.is_ascii_punctuation() => Some([one, 0]),
        [one, two] if PAIRS.contains(&&[one, two]) => Some([one, two]),
        _ => None,
    };
    let ways: Vec<&str> = if sign(word).is_some() { vec![word] } else { word.split('|').collect() };
    ways.into_iter().map(sign).collect::<Option<_>>().map(Part::Signs)
}

fn without(text: &'static str) -> Option<Vec<&'static str>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    Some(text.strip_prefix('!')?.split(',').collect())
}

impl Part {
    /// Whether one token matches; a gap matches none by itself.
    pub(super) fn matches(&self, token: &Token) -> bool {
        match (self, token) {
            (Self::Words(words), Token::Word(word)) => words.iter().any(|w| w.as_bytes() == word),
            (Self::Signs(signs), Token::Sign(sign)) => signs.contains(sign),
            (Self::Texts(texts), Token::Text { text, .. }) => texts.iter().any(|wanted| says(text, wanted)),
            (Self::Word, Token::Word(_)) | (Self::Str, Token::Text { .. }) => true,
            (Self::Dynamic { .. } | Self::Filled, Token::Text { is_filled, .. }) => *is_filled,
            (Self::Dynamic { without }, Token::Word(word)) => is_name(word) && !is_among(without, word),
            (Self::Sql { is_filled }, Token::Text { text, is_filled: filled, .. }) => {
                is_sql(text) && (*filled || !is_filled)
            }
            (Self::Command, Token::Text { quote: b'`', is_filled, .. }) => *is_filled,
            (Self::Name, Token::Word(word)) => is_credential_name(word),
            (Self::Literal, Token::Text { text, is_filled, quote }) => {
                !is_filled && *quote != b'`' && is_credential(text)
            }
            _ => false,
        }
    }
}

/// Whether the word is one of these.
pub(super) fn is_among(words: &[&str], word: &[u8]) -> bool {
    words.iter().any(|known| known.as_bytes() == word)
}

/// Whether a string says what a pattern asks for.
fn says(text: &[u8], wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => {
            text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes()))
        }
        None => text.eq_ignore_ascii_case(wanted.as_bytes()),
    }
}

/// Whether a word is the name of something, not a number or a constant.
fn is_name(word: &[u8]) -> bool {
    const CONSTANTS: &[&[u8]] = &[
        b"true",
        b"false",
        b"True",
        b"False",
        b"None",
        b"null",
        b"nil",
        b"undefined",
        b"NULL",
        b"nullptr",
        b"lambda",
        b"function",
        b"async",
        b"new",
    ];
    !word.first().is_some_and(u8::is_ascii_digit) && !CONSTANTS.contains(&word)
}

/// Whether a text begins as a statement of SQL does.
fn is_sql(text: &[u8]) -> bool {
    const VERBS: &[(&str, &str)] = &[
        ("select ", " from "),
        ("insert into ", ""),
        ("insert ", " values"),
        ("update ", " set "),
        ("delete from ", ""),
        ("drop table ", ""),
        ("alter table ", ""),
        ("create table ", ""),
        ("replace into ", ""),
    ];
    let text = text.trim_ascii_start().to_ascii_lowercase();
    let has =
        |part: &str| part.is_empty() || text.windows(part.len()).any(|window| window == part.as_bytes());
    VERBS.iter().any(|(verb, later)| text.starts_with(verb.as_bytes()) && has(later))
}

/// Whether a name says that its value is a credential.
fn is_credential_name(word: &[u8]) -> bool {
    const NAMES: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "apikey",
        "privatekey",
        "accesskey",
        "authtoken",
        "accesstoken",
        "clientsecret",
    ];
    let name: Vec<u8> =
        word.iter().filter(|c| **c != b'_' && **c != b'-').map(u8::to_ascii_lowercase).collect();
    // `PASSWORD`, `db_password`, `API_KEY_PROD`, but not `password_field` and the like.
    NAMES.iter().any(|known| name.ends_with(known.as_bytes()))
}

/// Whether a string may be a credential: some length, no blanks, digits or signs
/// and letters, and nothing that says that it stands for one.
fn is_credential(text: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| text.iter().any(test);
    let lower = text.to_ascii_lowercase();
    const STANDS_FOR: &[&str] = &[
        "example",
        "change",
        "your",
        "xxx",
        "placeholder",
        "dummy",
        "test",
        "fake",
        "todo",
        "password",
        "secret",
        "{",
        "<",
        "$",
        "%",
        "env",
        "http",
        "/",
    ];
    let stands_for =
        STANDS_FOR.iter().any(|word| lower.windows(word.len()).any(|part| part == word.as_bytes()));
    (8..=80).contains(&text.len())
        && has(u8::is_ascii_alphabetic)
        && has(u8::is_ascii_digit)
        && !has(u8::is_ascii_whitespace)
        && !stands_for
}
