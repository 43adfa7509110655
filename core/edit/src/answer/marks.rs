//! Single lines of an answer: fences and the markers of blocks.

/// Characters that a marker of a block may have.
const RUN: std::ops::RangeInclusive<usize> = 5..=9;

/// A line that opens a code fence, as in CommonMark but with any indentation, since
/// models put fences into lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FenceOpening<'l> {
    pub(super) indent: usize, // blanks
    pub(super) mark: char,
    pub(super) length: usize,
    pub(super) info: &'l str,
}

pub(super) fn fence_opening(line: &str) -> Option<FenceOpening<'_>> {
    let body = body(line);
    let rest = body.trim_start_matches(' ');
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = rest.len() - rest.trim_start_matches(mark).len();
    let info = rest[length..].trim();
    let is_fence = length >= 3 && !(mark == '`' && info.contains('`'));
    is_fence.then(|| FenceOpening { indent: body.len() - rest.len(), mark, length, info })
}

/// Whether a line, without its fence's indentation, closes a fence of that length.
pub(super) fn closes_fence(line: &str, mark: char, length: usize) -> bool {
    let body = body(line).trim_end();
    body.len() >= length && body.chars().all(|c| c == mark)
}

/// A marker of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Search,
    Divider,
    Replace,
}

/// The marker that a line is, without the block's indentation, and how many signs it has.
pub(super) fn marker(line: &str) -> Option<(Marker, usize)> {
    let body = body(line).trim_end();
    let sign = body.chars().next()?;
    let rest = body.trim_start_matches(sign);
    let (run, word) = (body.len() - rest.len(), rest.trim());
    let marker = match (sign, word) {
        ('<', "SEARCH" | "SEARCH>") => Marker::Search,
        ('=', "") => Marker::Divider,
        ('>', "REPLACE" | "REPLACE<") => Marker::Replace,
        _ => return None,
    };
    RUN.contains(&run).then_some((marker, run))
}

/// A line without its end.
pub(super) fn body(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// A line without up to `most` blanks of its indentation.
pub(super) fn without_indent(line: &str, most: usize) -> &str {
    &line[blanks(line).min(most)..]
}

/// How many blanks a line begins with.
pub(super) fn blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A line with an end, which the last one of an answer may lack.
pub(super) fn ended(line: &str) -> String {
    if line.ends_with(['\n', '\r']) { line.to_owned() } else { format!("{line}\n") }
}
