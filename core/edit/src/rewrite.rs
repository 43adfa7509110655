//! The replacement as the file would have it: which lines change, and into what bytes.
//!
//! The idea: a model writes a few lines over again and changes some of them. Search text
//! and replacement are compared; lines that both have keep the file's bytes, whatever
//! was overlooked to find them. Only lines that the model changed are written, with the
//! file's indentation and line ends; where the file's line is not quite the one that the
//! model had seen, its change is merged into the file's line, or refused.

use std::ops::Range;

use crate::diff::{self, Change};
use crate::lines::{Lines, indent, is_blank, trim_end};
use crate::locate::{Found, Level, plain_char};
use crate::{EditError, LineRange};

/// Bytes of a file and what comes in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Splice {
    pub(crate) lines: Range<usize>, // of the file, from 0; empty for an insertion
    pub(crate) bytes: Range<usize>,
    pub(crate) text: String,
}

/// Whether the form of an edit can tell a last line without an end from one with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FinalEnd {
    /// It cannot: the file's stays.
    AsInFile,
    /// It can, as a unified diff does: what changes there is meant.
    Meant,
}

/// The splices that make `replace` of `search`, which was found at `found`.
pub(crate) fn rewrite(
    file: &Lines<'_>,
    found: &Found,
    search: &Lines<'_>,
    replace: &Lines<'_>,
    final_end: FinalEnd,
) -> Result<Vec<Splice>, EditError> {
    let changes = diff::of_lines(search.bodies(), replace.bodies());
    let region = Region { file, found, search, replace };
    let mut writer = Writer { file, usual: file.usual_ending(), last_has_end: file.is_terminated() };
    let is_meant = final_end == FinalEnd::Meant && search.is_terminated() != replace.is_terminated();
    if is_meant && found.lines.end == file.len() {
        writer.last_has_end = replace.is_terminated();
    }
    let mut splices = Vec::new();
    for change in &changes {
        splices.push(writer.splice(&region.lines_of(change), region.bodies(change)?));
    }
    let touches_end = splices.last().is_some_and(|splice| splice.lines.end == file.len());
    if writer.last_has_end != file.is_terminated() && !touches_end {
        let last = file.len() - 1;
        splices.push(writer.splice(&(last..file.len()), vec![file.body(last).to_owned()]));
    }
    Ok(splices)
}

/// The splices that make `new` of the whole of `file`.
pub(crate) fn rewrite_all(file: &Lines<'_>, new: &Lines<'_>) -> Vec<Splice> {
    let writer = Writer { file, usual: file.usual_ending(), last_has_end: file.is_terminated() };
    let changes = diff::of_lines(file.bodies(), new.bodies());
    let bodies = |after: &Range<usize>| after.clone().map(|line| new.body(line).to_owned()).collect();
    changes.iter().map(|change| writer.splice(&change.before, bodies(&change.after))).collect()
}

/// Gives lines the ends that they have in the file.
struct Writer<'a> {
    file: &'a Lines<'a>,
    usual: &'static str,
    last_has_end: bool, // whether the file's last line shall have an end
}

impl Writer<'_> {
    /// The end of the line that the new one replaces, else of the one before, else the usual one.
    fn ending(&self, lines: &Range<usize>, index: usize) -> &str {
        let own = Some(lines.start + index).filter(|line| *line < lines.end);
        let before = lines.end.checked_sub(1);
        let mut endings = own.into_iter().chain(before).map(|line| self.file.ending(line));
        endings.find(|ending| !ending.is_empty()).unwrap_or(self.usual)
    }

    fn splice(&self, lines: &Range<usize>, bodies: Vec<String>) -> Splice {
        let mut text = String::new();
        let is_at_end = lines.end == self.file.len();
        let follows_open_line = is_at_end && lines.is_empty() && !self.file.is_terminated();
        if follows_open_line && !bodies.is_empty() {
            text += self.usual;
        }
        let count = bodies.len();
        for (index, body) in bodies.into_iter().enumerate() {
            text += &body;
            if !is_at_end || index + 1 < count || self.last_has_end {
                text += self.ending(lines, index);
            }
        }
        Splice { lines: lines.clone(), bytes: self.file.bytes(lines), text }
    }
}

/// A search text at its place, and what replaces it.
struct Region<'a> {
    file: &'a Lines<'a>,
    found: &'a Found,
    search: &'a Lines<'a>,
    replace: &'a Lines<'a>,
}

impl Region<'_> {
    /// The file's lines that a change is of.
    fn lines_of(&self, change: &Change) -> Range<usize> {
        let start = self.found.lines.start;
        start + change.before.start..start + change.before.end
    }

    /// The new lines of a change.
    fn bodies(&self, change: &Change) -> Result<Vec<String>, EditError> {
        let is_line_for_line = change.before.len() == change.after.len();
        if self.found.level == Level::Similar && !is_line_for_line {
            // What became of a line is unknown here, so it must be the one that the model saw.
            for line in change.before.clone() {
                let there = self.found.lines.start + line;
                if !is_same(self.search.body(line), self.file.body(there)) {
                    return Err(EditError::Differs { line: there + 1 });
                }
            }
        }
        let mut bodies = Vec::with_capacity(change.after.len());
        for (index, line) in change.after.clone().enumerate() {
            let old = Some(change.before.start + index).filter(|old| *old < change.before.end);
            bodies.push(match old {
                Some(old) if is_line_for_line => self.changed(old, line)?,
                Some(old) => self.keep_blanks(old, line, self.shifted(line, self.replace.body(line))?),
                None => self.shifted(line, self.replace.body(line))?,
            });
        }
        Ok(bodies)
    }

    /// Line `line` of the replacement, which takes the place of line `old` of the search text.
    fn changed(&self, old: usize, line: usize) -> Result<String, EditError> {
        let there = self.found.lines.start + old;
        let (seen, file, new) = (self.search.body(old), self.file.body(there), self.replace.body(line));
        if self.found.level < Level::Typography || core(seen) == core(file) {
            return Ok(self.keep_blanks(old, line, self.shifted(line, new)?));
        }
        let merged =
            merge(core(seen), core(file), core(new)).ok_or(EditError::Differs { line: there + 1 })?;
        let body = format!("{}{merged}{}", indent(new), &new[trim_end(new).len()..]);
        Ok(self.keep_blanks(old, line, self.shifted(line, &body)?))
    }

    fn shifted(&self, line: usize, body: &str) -> Result<String, EditError> {
        self.found.shift.apply(body).ok_or(EditError::Indent { line: line + 1 })
    }

    /// Blanks at the line's end are the file's unless the model changed them.
    fn keep_blanks(&self, old: usize, line: usize, body: String) -> String {
        let blanks = |body: &str| body[trim_end(body).len()..].to_owned();
        let (seen, new) = (self.search.body(old), self.replace.body(line));
        if blanks(seen) != blanks(new) || is_blank(new) {
            return body;
        }
        trim_end(&body).to_owned() + &blanks(self.file.body(self.found.lines.start + old))
    }
}

fn core(body: &str) -> &str {
    body.trim_matches([' ', '\t'])
}

fn is_same(a: &str, b: &str) -> bool {
    core(a).chars().map(plain_char).eq(core(b).chars().map(plain_char))
}

/// The change from `seen` to `new` made in `file`, which is nearly `seen`; none when both
/// changed one place. Words and signs are merged, not characters: half a name is no name.
fn merge(seen: &str, file: &str, new: &str) -> Option<String> {
    let (seen, file, new) = (tokens(seen), tokens(file), tokens(new));
    let only_spelled = seen.len() == file.len() && seen.iter().zip(&file).all(|(a, b)| plain(a) == plain(b));
    let theirs = if only_spelled {
        Vec::new()
    } else {
        diff::of_tokens(seen.iter().map(|token| plain(token)), file.iter().map(|token| plain(token)))
    };
    let ours = diff::of_tokens(seen.iter(), new.iter());
    let touch = |a: &Change, b: &Change| a.before.start <= b.before.end && b.before.start <= a.before.end;
    if ours.iter().any(|our| theirs.iter().any(|their| touch(our, their))) {
        return None;
    }
    // Where a token of `seen` before which nothing of theirs is under way stands in `file`.
    let in_file = |at: usize| {
        theirs
            .iter()
            .take_while(|their| their.before.end <= at)
            .last()
            .map_or(at, |their| their.after.end + (at - their.before.end))
    };
    let mut merged = String::new();
    let mut from = 0; // of `file`
    for our in &ours {
        merged.extend(file[from..in_file(our.before.start)].iter().copied());
        merged.extend(new[our.after.clone()].iter().copied());
        from = in_file(our.before.end);
    }
    merged.extend(file[from..].iter().copied());
    Some(merged)
}

fn plain(token: &str) -> String {
    token.chars().map(plain_char).collect()
}

/// Words, runs of blanks, and signs one by one.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        c if plain_char(c) == ' ' || c == '\t' => 2,
        _ => 0,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut last = 0;
    for (at, c) in text.char_indices() {
        if at > start && (kind(c) == 0 || kind(c) != last) {
            tokens.push(&text[start..at]);
            start = at;
        }
        last = kind(c);
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

/// Lines of a file that a splice changes, as messages tell them.
pub(crate) fn told(splice: &Splice) -> LineRange {
    LineRange::of(&splice.lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_a_line_are_merged_or_refused() {
        for (seen, file, new, merged) in [
            (
                "let a = sum(items);",
                "let a = sum(items, tax);",
                "let total = sum(items);",
                Some("let total = sum(items, tax);"),
            ),
            ("say('hello')", "say(‘hello’)", "say('bye')", Some("say(‘bye’)")),
            ("say(\"hello\", a)", "say(“hello”, a)", "say(\"hello\", b, 'c')", Some("say(“hello”, b, 'c')")),
            ("say(‘hello’)", "say('hello')", "say(‘hello’, 1)", Some("say('hello', 1)")),
            ("a = one + two", "a = one + three", "a = one + four", None),
            ("a = foobar(x)", "a = foo_bar(x)", "a = foobar(x, y)", Some("a = foo_bar(x, y)")),
            ("a = foobar(x)", "a = foo_bar(x)", "a = foobar2(x)", None),
            (".lock(now)", "l.lock(now)", ".lock(later)", Some("l.lock(later)")),
            ("lock(now)", "lock(now);", "lock(later)", Some("lock(later);")),
            ("a", "a", "", Some("")),
            ("", "", "b", Some("b")),
        ] {
            assert_eq!(merge(seen, file, new).as_deref(), merged, "{seen} | {file} | {new}");
        }
    }
}
