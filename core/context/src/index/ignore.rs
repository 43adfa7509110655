//! `.gitignore` files: which paths are not looked at.
//!
//! The rules of gitignore(5): the last pattern that matches counts, `!` takes a
//! path back in unless a folder above it is ignored, a pattern with a `/` before
//! its end is bound to the folder of its file, one that ends with `/` means
//! folders only, `*` and `?` stay within a name, `**` does not. Case counts.

/// The patterns of one `.gitignore` file.
#[derive(Debug, Clone, Default)]
pub struct GitIgnore {
    /// Folder that the file is in, with `/` at its end; empty for the top.
    folder: String,
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    negated: bool,
    folders_only: bool,
    /// Whether it begins at the folder of its file, or matches a name anywhere.
    anchored: bool,
    segments: Vec<Vec<Token>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// `[a-z]`, or with `!` anything but these.
    Class(bool, Vec<(char, char)>),
    /// A segment that is `**`.
    Deep,
}

impl GitIgnore {
    /// Reads the file `path`, such as `web/.gitignore`. What is no pattern is left out.
    ///
    /// ```
    /// use ghostlight_context::index::{GitIgnore, IndexRules};
    /// let ignored = vec![GitIgnore::parse("web/.gitignore", "*.map\n")];
    /// let rules = IndexRules { ignored, ..IndexRules::default() };
    /// assert!(!rules.allow_path("web/app.js.map") && rules.allow_path("app.js.map"));
    /// ```
    #[must_use]
    pub fn parse(path: &str, text: &str) -> Self {
        let folder = path.rfind('/').map_or("", |at| &path[..=at]).to_owned();
        Self { folder, patterns: text.lines().filter_map(pattern).collect() }
    }

    /// What this file says of a path: none where no pattern matches it.
    fn ignores(&self, path: &str, is_folder: bool) -> Option<bool> {
        let rest = path.strip_prefix(&self.folder)?;
        let names: Vec<&str> = rest.split('/').collect();
        let matches = |pattern: &&Pattern| {
            (is_folder || !pattern.folders_only)
                && if pattern.anchored {
                    matches_path(&pattern.segments, &names)
                } else {
                    names.last().is_some_and(|name| matches_name(&pattern.segments[0], name))
                }
        };
        self.patterns.iter().rev().find(matches).map(|pattern| !pattern.negated)
    }
}

/// Whether files above or at a path say that it is ignored. `files` go from the
/// top to the deeper ones.
pub(crate) fn is_ignored(files: &[GitIgnore], path: &str, is_folder: bool) -> bool {
    let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
    folders.chain([(path, is_folder)]).any(|(part, is_folder)| {
        files.iter().rev().find_map(|file| file.ignores(part, is_folder)).unwrap_or(false)
    })
}

fn pattern(line: &str) -> Option<Pattern> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let line = if line.ends_with("\\ ") { line } else { line.trim_end() };
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (negated, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    let (folders_only, line) = line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
    let anchored = line.contains('/');
    let line = line.strip_prefix('/').unwrap_or(line);
    if line.is_empty() {
        return None;
    }
    let segments = line.split('/').map(segment).collect::<Option<Vec<_>>>()?;
    Some(Pattern { negated, folders_only, anchored, segments })
}

fn segment(text: &str) -> Option<Vec<Token>> {
    if text == "**" {
        return Some(vec![Token::Deep]);
    }
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' if tokens.last() == Some(&Token::Any) => continue,
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Char(chars.next()?),
            '[' => {
                let negated = chars.next_if(|&c| c == '!' || c == '^').is_some();
                let mut ranges = Vec::new();
                loop {
                    let from = match chars.next()? {
                        ']' if !ranges.is_empty() => break,
                        '\\' => chars.next()?,
                        from => from,
                    };
                    let mut ahead = chars.clone();
                    let to = match (ahead.next(), ahead.next()) {
                        (Some('-'), Some(to)) if to != ']' => {
                            chars = ahead;
                            to
                        }
                        _ => from,
                    };
                    ranges.push((from, to));
                }
                Token::Class(negated, ranges)
            }
            c => Token::Char(c),
        });
    }
    Some(tokens)
}

/// Segments against names; `**` stands for any number of names. One pass with a
/// single way back is enough, as for `*` in a name.
fn matches_path(segments: &[Vec<Token>], names: &[&str]) -> bool {
    let (mut s, mut n) = (0, 0);
    let mut back = None;
    while n < names.len() {
        match segments.get(s) {
            Some(segment) if segment[..] == [Token::Deep] => {
                back = Some((s + 1, n));
                s += 1;
                // `a/**` is what is in `a`, and not `a`.
                if s == segments.len() {
                    return true;
                }
                continue;
            }
            Some(segment) if matches_name(segment, names[n]) => {
                s += 1;
                n += 1;
                continue;
            }
            _ => {}
        }
        let Some((segment, name)) = back else { return false };
        back = Some((segment, name + 1));
        (s, n) = (segment, name + 1);
    }
    s == segments.len()
}

fn matches_name(tokens: &[Token], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut t, mut c) = (0, 0);
    let mut back = None;
    while c < name.len() {
        let fits = match tokens.get(t) {
            Some(Token::Any | Token::Deep) => {
                back = Some((t + 1, c));
                t += 1;
                continue;
            }
            Some(Token::One) => true,
            Some(Token::Char(wanted)) => *wanted == name[c],
            Some(Token::Class(negated, ranges)) => {
                ranges.iter().any(|(from, to)| (from..=to).contains(&&name[c])) != *negated
            }
            None => false,
        };
        if fits {
            t += 1;
            c += 1;
            continue;
        }
        let Some((token, from)) = back else { return false };
        back = Some((token, from + 1));
        (t, c) = (token, from + 1);
    }
    tokens[t..].iter().all(|token| matches!(token, Token::Any | Token::Deep))
}
