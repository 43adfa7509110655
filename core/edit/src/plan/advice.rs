//! What a model is told about an edit that was refused, so that it can write a better one.

use std::fmt::Write as _;

use super::{Refusal, range_of};
use crate::lines::Lines;
use crate::{EditError, FileEdit, LineRange};

/// Lines of the file that a model is shown.
const SHOWN: usize = 40;

/// UTF-8 bytes of a line that a model is shown.
const LONGEST: usize = 400;

impl Refusal {
    /// A message for the model: what is wrong, what the file says there, what to write instead.
    ///
    /// It holds source text, unlike the error itself, and is as long as 40 lines at most.
    ///
    /// ```
    /// use ghostlight_edit::{FileEdit, Operation, Policy, SourceFile, plan};
    /// let file = "fn main() {\n    let x = 1;\n}\n";
    /// let operation = Operation::Replace { search: "fn main() {\n    let x = 2;\n".into(), replace: String::new() };
    /// let edits = [FileEdit { path: "main.rs".into(), operation }];
    /// let files = [SourceFile { path: "main.rs", text: file }];
    /// let refusals = plan(&edits, &files, Policy::default()).unwrap_err();
    /// let advice = refusals[0].advice(&edits, Some(file));
    /// assert!(advice.contains("main.rs") && advice.contains("    let x = 1;"));
    /// ```
    #[must_use]
    pub fn advice(&self, edits: &[FileEdit], file: Option<&str>) -> String {
        let mut text = match self.path.as_str() {
            "" => format!("No edit was made: {}.\n", self.error),
            path => format!("The edit of {path} was not made: {}.\n", self.error),
        };
        let file = Lines::new(file.unwrap_or_default());
        let search = Lines::new(edits.get(self.edit).map_or("", |edit| edit.operation.old_text()));
        match &self.error {
            EditError::NotFound(mismatch) => {
                if let (Some(nearest), Some(line)) = (mismatch.nearest, mismatch.search_line) {
                    first_difference(&mut text, &file, &search, nearest, line);
                    show(&mut text, &file, nearest);
                }
                if let Some(already) = mismatch.already {
                    show(&mut text, &file, already);
                    text += "If that is what you wanted, leave the edit out. ";
                }
                text += "Copy the lines to search for from the file, character by character.\n";
            }
            EditError::Several { first, second, .. } | EditError::Doubtful { first, second } => {
                show(&mut text, &file, around(*first, &file));
                show(&mut text, &file, around(*second, &file));
                text += "Search for more lines, so that only one place has them.\n";
            }
            EditError::AlreadyThere { place } => {
                show(&mut text, &file, *place);
                text += "The edit seems to be made: leave it out.\n";
            }
            EditError::Differs { line } => {
                show(&mut text, &file, around(LineRange { first: *line, last: *line }, &file));
                text += "Copy the lines to search for from the file, character by character.\n";
            }
            EditError::Indent { .. } => {
                text += "Indent search text and replacement as the file is.\n";
            }
            EditError::Elided { .. } => text += "Write every line, or a block for each part that changes.\n",
            EditError::Excerpt { .. } => {
                text += "Write the whole file, or search/replace blocks for the parts that change.\n";
            }
            EditError::Exists => text += "The file is there: write search/replace blocks for what changes.\n",
            EditError::UnknownPath { .. } => {
                text += "Use a path of the files that you were shown, or `File: PATH` above a new one.\n";
            }
            EditError::Overlap { .. } | EditError::WholeAndPart => {
                text += "Write one edit for each place; all are made to the file as you were shown it.\n";
            }
            EditError::BlankSearch => text += "Search for lines with text.\n",
            EditError::Conflict { now, .. } => {
                show(&mut text, &file, around(*now, &file));
                text += "Write the edit for the file as it is now.\n";
            }
            _ => {}
        }
        text
    }
}

fn first_difference(
    text: &mut String,
    file: &Lines<'_>,
    search: &Lines<'_>,
    nearest: LineRange,
    line: usize,
) {
    let mut told = |who: &str, lines: &Lines<'_>, line: usize| {
        if (1..=lines.len()).contains(&line) {
            let _ = writeln!(text, "{who} line {line}: {}", short(lines.body(line - 1)));
        }
    };
    told("search text", search, line);
    // The nearest region may begin before the file does; then its first lines are what is missing.
    if nearest.last + 1 - nearest.first == range_of(search).last {
        told("file", file, nearest.first + line - 1);
    }
}

/// A line and what stands around it.
fn around(lines: LineRange, file: &Lines<'_>) -> LineRange {
    let first = lines.first.saturating_sub(2).max(1);
    LineRange { first, last: (lines.last + 2).min(file.len()) }
}

fn show(text: &mut String, file: &Lines<'_>, lines: LineRange) {
    let last = lines.last.min(file.len()).min(lines.first + SHOWN - 1);
    if lines.first == 0 || lines.first > last {
        return;
    }
    let shown = LineRange { first: lines.first, last };
    // Longer than any run of backticks in it, so that the file's own fences do not end it.
    let longest =
        (lines.first..=last).flat_map(|line| file.body(line - 1).split(|c| c != '`')).map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let _ = writeln!(text, "{shown} of the file:\n{fence}");
    for line in lines.first..=last {
        let _ = writeln!(text, "{}", short(file.body(line - 1)));
    }
    let _ = writeln!(text, "{fence}");
}

fn short(line: &str) -> &str {
    &line[..line.floor_char_boundary(LONGEST.min(line.len()))]
}
