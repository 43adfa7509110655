//! What an inserted text would be, told from brackets and indentation.

use ghostlight_text::{BlockStyle, Language};

use super::lines::{Line, indentation, lines};
use super::scan::Scan;
use crate::Source;
use crate::syntax::{Insertion, Origin, StatementEnd, limits};

/// Bytes before the cursor that are read along. A string or comment that began
/// earlier is not seen.
const BEFORE: usize = 8192;

/// Words and signs with which a statement goes on in the next line.
const GOES_ON: &[&str] =
    &["else", "elif", "elsif", "catch", "except", "finally", "rescue", "ensure", "while"];

pub(super) fn read(source: Source<'_>, text: &str, language: Option<&'static Language>) -> Insertion {
    let from = source.prefix.ceil_char_boundary(source.prefix.len().saturating_sub(BEFORE));
    let from = from + source.prefix[from..].find('\n').filter(|_| from > 0).map_or(0, |at| at + 1);
    let before = &source.prefix[from..];
    let whole = [before, text].concat();
    let cursor = before.len();
    let scan = Scan::new(&whole, language);
    let lines = lines(&whole, &scan);
    let style = language.map_or(BlockStyle::None, |language| language.blocks);
    let (mut statements, block_end) = match style {
        BlockStyle::Braces => {
            braces(&whole, cursor, &scan, &lines, language.is_some_and(|language| language.semicolons))
        }
        BlockStyle::Indentation | BlockStyle::Keywords => indented(cursor, &scan, &lines),
        BlockStyle::None => (Vec::new(), None),
    };
    statements.sort_unstable_by_key(|end| (end.at, end.depth));
    statements.dedup_by_key(|end| end.at);
    statements.truncate(limits::STATEMENTS);
    Insertion { origin: Origin::Lexical, statements, block_end, ..Insertion::default() }
}

fn braces(
    whole: &str,
    cursor: usize,
    scan: &Scan,
    lines: &[Line<'_>],
    semicolons: bool,
) -> (Vec<StatementEnd>, Option<usize>) {
    // Brackets that were opened before the cursor and are not closed before it.
    let mut open: Vec<u8> = Vec::new();
    let first = scan.bracket_from(cursor);
    for bracket in &scan.brackets[..first] {
        if bracket.opens() {
            let stays = bracket.mate.is_none_or(|mate| mate >= first);
            open.extend(stays.then_some(bracket.byte));
        }
    }
    let base = open.len();
    let mut ends = Vec::new();
    let mut here = first;
    let mut next_line = lines.partition_point(|line| line.end() < cursor);
    let bytes = whole.as_bytes();
    for at in cursor..whole.len() {
        if let Some(bracket) = scan.brackets.get(here).filter(|bracket| bracket.at == at) {
            here += 1;
            if bracket.opens() {
                open.push(bracket.byte);
                continue;
            }
            let opened = open.pop();
            if open.len() < base && opened == Some(b'{') {
                return (ends, Some(at - cursor));
            }
            if bracket.byte == b'}' && in_block(&open) && ends_statement(&whole[at + 1..]) {
                ends.push(StatementEnd { at: at + 1 - cursor, depth: depth(&open, base) });
            }
            continue;
        }
        if bytes[at] == b';' && in_block(&open) && !scan.covers(at) {
            ends.push(StatementEnd { at: at + 1 - cursor, depth: depth(&open, base) });
        }
        while lines.get(next_line).is_some_and(|line| line.end() < at) {
            next_line += 1;
        }
        let Some(line) = lines.get(next_line).filter(|line| line.end() == at && bytes[at] == b'\n') else {
            continue;
        };
        if !semicolons && in_block(&open) && !scan.covers(at) && ends_line(line, lines.get(next_line + 1)) {
            ends.push(StatementEnd { at: (at - cursor).max(1), depth: depth(&open, base) });
        }
    }
    (ends, None)
}

fn in_block(open: &[u8]) -> bool {
    open.last().is_none_or(|&byte| byte == b'{')
}

fn depth(open: &[u8], base: usize) -> u32 {
    open.len().saturating_sub(base) as u32
}

/// Whether what follows a closing brace is not more of the same statement.
fn ends_statement(rest: &str) -> bool {
    let rest = rest.trim_start();
    !rest.starts_with([')', ',', ';', '.', ']', '?']) && !GOES_ON.iter().any(|word| rest.starts_with(word))
}

/// Whether a line without a semicolon is whole.
fn ends_line(line: &Line<'_>, next: Option<&Line<'_>>) -> bool {
    let text = line.text.trim_end();
    let goes_on = text.ends_with([
        '{', '(', '[', ',', '=', '+', '-', '*', '/', '&', '|', '.', ':', '<', '?', '\\', '%', '^',
    ]) || text.trim().is_empty()
        || !line.is_code;
    !goes_on
        && next
            .is_none_or(|next| !next.text.trim_start().starts_with(['.', '?', ':', '&', '|', '+', ')', ']']))
}

fn indented(cursor: usize, scan: &Scan, lines: &[Line<'_>]) -> (Vec<StatementEnd>, Option<usize>) {
    let at_cursor = lines.partition_point(|line| line.start <= cursor).saturating_sub(1);
    let Some(current) = lines.get(at_cursor) else { return (Vec::new(), None) };
    let before = &current.text[..(cursor - current.start).min(current.text.len())];
    let base = indentation(before);
    let is_open = |at: usize| {
        scan.brackets
            .iter()
            .take_while(|bracket| bracket.at < at)
            .any(|bracket| bracket.opens() && bracket.mate.is_none_or(|mate| scan.brackets[mate].at >= at))
    };
    let opens = |line: &Line<'_>| {
        let text = line.text.trim_end();
        text.ends_with([':', ',', '\\', '(', '[', '{', '='])
            || matches!(text.rsplit(' ').next(), Some("do" | "then" | "else" | "begin" | "of" | "where"))
    };
    // A definition by keyword is open until its `end`.
    let mut ends: Vec<StatementEnd> = Vec::new();
    for (nth, line) in lines.iter().enumerate().skip(at_cursor) {
        let is_first = nth == at_cursor;
        if !is_first && (line.is_blank() || !line.is_code) {
            continue;
        }
        if !is_first && line.indent < base {
            return (ends, Some(line.start.saturating_sub(cursor)));
        }
        let whole = nth + 1 < lines.len();
        let next = lines[nth + 1..].iter().find(|line| !line.is_blank());
        let deeper = next.is_some_and(|next| next.indent > line.indent);
        if whole && line.end() > cursor && !opens(line) && !deeper && !is_open(line.end()) {
            let deep = line.indent.saturating_sub(base);
            let depth = u32::from(deep > 0) + (deep.saturating_sub(1) / 4) as u32;
            // The end of a line at the margin ends all that are deeper too.
            let shallow = next.map_or(depth, |next| (next.indent.saturating_sub(base).div_ceil(4)) as u32);
            let goes_on = next.is_some_and(|next| {
                let word = next.text.trim_start();
                next.indent <= line.indent
                    && GOES_ON.iter().chain(&["end", "fi", "done"]).any(|w| word.starts_with(w))
            });
            let depth = if goes_on { depth.max(1) } else { depth.min(shallow) };
            ends.push(StatementEnd { at: line.end() - cursor, depth });
        }
    }
    (ends, None)
}
