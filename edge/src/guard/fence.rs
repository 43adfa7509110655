//! Fenced code blocks in a chat's prose, each guarded in the language that its fence names.
//!
//! Fences are those of CommonMark (section 4.5): three or more backticks or tildes at
//! the start of a line, closed by as many of the same; they may be indented, as in
//! lists. A line is looked at when it is over, or longer than any that people write.

use ghostlight_guard::{Cut, Guard, Verdict};
use ghostlight_text::Language;

use super::Rules;

/// A longer line is looked at in parts, bytes.
const LONGEST_LINE: usize = 4096;

/// Reads one text of a chat for risky patterns in its code.
#[derive(Debug)]
pub(super) struct Fences<'a> {
    rules: &'a Rules,
    line: String,
    /// Whether `line` is the rest of a longer one.
    is_rest: bool,
    open: Option<Fence<'a>>,
}

#[derive(Debug)]
struct Fence<'a> {
    mark: char,
    length: usize,
    /// None for a language without rules.
    guard: Option<Guard<'a>>,
}

impl<'a> Fences<'a> {
    pub(super) fn new(rules: &'a Rules) -> Self {
        Self { rules, line: String::new(), is_rest: false, open: None }
    }

    pub(super) fn push(&mut self, text: &str) -> Option<Cut> {
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            let is_over = part.ends_with('\n');
            if is_over || self.line.len() > LONGEST_LINE {
                let cut = self.line();
                self.is_rest = !is_over;
                if cut.is_some() {
                    return cut;
                }
            }
        }
        None
    }

    pub(super) fn finish(&mut self) -> Option<Cut> {
        self.line().or_else(|| self.open.take().and_then(Fence::close))
    }

    fn line(&mut self) -> Option<Cut> {
        let line = std::mem::take(&mut self.line);
        let (mark, length, info) = if self.is_rest { (' ', 0, "") } else { fence(&line) };
        match &mut self.open {
            None if length >= 3 && !(mark == '`' && info.contains('`')) => {
                let name = info.split([' ', '{', ',']).next().unwrap_or("");
                let policy = language(name).and_then(|language| self.rules.risky(language));
                self.open = Some(Fence { mark, length, guard: policy.map(|policy| Guard::new(policy, "")) });
                None
            }
            None => None,
            Some(open) if mark == open.mark && length >= open.length && info.is_empty() => {
                self.open.take().and_then(Fence::close)
            }
            Some(open) => open.guard.as_mut().and_then(|guard| cut(guard.push(&line))),
        }
    }
}

impl Fence<'_> {
    fn close(mut self) -> Option<Cut> {
        self.guard.as_mut().and_then(|guard| cut(guard.finish()))
    }
}

fn cut(verdict: Verdict<'_>) -> Option<Cut> {
    match verdict {
        Verdict::Show(_) => None,
        Verdict::Cut(cut) => Some(cut),
    }
}

/// The mark that a line begins with, how often it stands there, and what follows.
fn fence(line: &str) -> (char, usize, &str) {
    let line = line.trim();
    let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~')).unwrap_or(' ');
    let rest = line.trim_start_matches(mark);
    (mark, line.len() - rest.len(), rest.trim())
}

/// The language that people mean by a word after a fence: an id or a file's extension.
fn language(name: &str) -> Option<&'static Language> {
    let name = name.to_ascii_lowercase();
    Language::from_id(&name).or_else(|| Language::from_path(&format!("x.{name}")))
}
