//! Words of source text, as one looks for them.
//!
//! An identifier is its parts and itself: `parseHttpHeader` and
//! `parse_http_header` both give `parse`, `http` and `header`, and the whole in
//! lower case without underscores, so that the two spellings find each other.

/// Shortest and longest term, in bytes.
const LENGTH: std::ops::RangeInclusive<usize> = 2..=40;

/// Calls `see` with every term of `text`, in its order. Terms are lower case.
///
/// ```
/// use ghostlight_context::index::terms;
/// let mut found = Vec::new();
/// terms("parseHttpHeader(x1)", |term| found.push(term.to_owned()));
/// assert_eq!(found, ["parse", "http", "header", "parsehttpheader", "x1"]);
/// ```
pub fn terms(text: &str, mut see: impl FnMut(&str)) {
    let mut whole = String::new();
    let mut part = String::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let flush = |part: &mut String, parts: &mut usize, see: &mut dyn FnMut(&str)| {
        if LENGTH.contains(&part.len()) && !part.bytes().all(|byte| byte.is_ascii_digit()) {
            see(part);
        }
        *parts += usize::from(!part.is_empty());
        part.clear();
    };
    for word in text.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
        whole.clear();
        let mut parts = 0;
        let mut last = Kind::Other;
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            let kind = Kind::of(c);
            let next_is_lower = chars.peek().is_some_and(|&next| Kind::of(next) == Kind::Lower);
            // `aB`, `HTTPServer` before `S`, and between letters and digits.
            let starts = matches!((last, kind), (Kind::Lower | Kind::Digit, Kind::Upper))
                || (last == Kind::Upper && kind == Kind::Upper && next_is_lower)
                || (last == Kind::Digit) != (kind == Kind::Digit);
            if starts || kind == Kind::Other {
                flush(&mut part, &mut parts, &mut see);
            }
            last = kind;
            if kind != Kind::Other {
                part.extend(c.to_lowercase());
                whole.extend(c.to_lowercase());
            }
        }
        flush(&mut part, &mut parts, &mut see);
        if parts > 1 && LENGTH.contains(&whole.len()) {
            see(&whole);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lower,
    Upper,
    Digit,
    /// `_`.
    Other,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            '_' => Self::Other,
            c if c.is_numeric() => Self::Digit,
            c if c.is_uppercase() => Self::Upper,
            _ => Self::Lower,
        }
    }
}
