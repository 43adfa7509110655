//! Lines that stand for others: `// ... rest of the code`.
//!
//! A model that is told to write a whole text sometimes leaves out what it would not
//! change. Such a line in a file deletes what it stands for.

use std::collections::HashSet;

use crate::lines::Lines;

/// What comments begin with.
const COMMENTS: &[&str] = &["//", "#", "--", "/*", "*", "<!--", "{/*", ";", "%", "\"\"\"", "'''", "(*"];

/// Words for what is left out, after an ellipsis.
const WORDS: &[&str] = &[
    "rest",
    "existing",
    "unchanged",
    "remain",
    "previous",
    "same",
    "omitted",
    "other",
    "above",
    "code",
    "goes here",
    "as before",
    "truncated",
    "snip",
];

/// What a comment begins with that ends with an ellipsis and says the same.
const OPENINGS: &[&str] = &["rest of", "existing", "remaining", "unchanged", "same as", "previous", "other"];

/// Lines that say it without a word.
const BARE: &[&str] =
    &["...", "…", "// ...", "# ...", "/* ... */", "// …", "# …", "-- ...", "<!-- ... -->", "[...]"];

/// The first line of `new`, from 1, that stands for others; one that `file` has is a line like any other.
pub(super) fn line(new: &str, file: &str) -> Option<usize> {
    if !new.contains("...") && !new.contains('…') {
        return None;
    }
    let known: HashSet<&str> = Lines::new(file).bodies().map(str::trim).collect();
    let is_elided = |body: &str| stands_for_others(body.trim()) && !known.contains(body.trim());
    Lines::new(new).bodies().position(is_elided).map(|line| line + 1)
}

fn stands_for_others(line: &str) -> bool {
    // `...` is a statement of Python, so without a comment only the words tell.
    if BARE.contains(&line) && line != "..." {
        return true;
    }
    let comment = COMMENTS.iter().find_map(|marker| line.strip_prefix(marker));
    let (Some(rest), true) = (comment, line.contains("...") || line.contains('…')) else { return false };
    let rest = rest.trim_start().to_lowercase();
    let opens = rest.starts_with("...") || rest.starts_with('…');
    if opens {
        return WORDS.iter().any(|word| rest.contains(word));
    }
    let ends = rest.trim_end_matches(['*', '/', '-', '>', '}', ' ']).ends_with(['.', '…']);
    ends && OPENINGS.iter().any(|opening| rest.starts_with(opening))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_that_stands_for_others_is_seen() {
        for (line, is) in [
            ("// ... rest of the code", true),
            ("    # ... existing code ...", true),
            ("/* … unchanged … */", true),
            ("<!-- rest of the page... -->", true),
            ("// ...", true),
            ("# rest of the function remains the same...", true),
            ("...", false),
            ("def f(): ...", false),
            ("// for a, b, ... in the list", false),
            ("let [first, ...rest] = list;", false),
            ("print('... existing code ...')", false),
            ("# wait for it...", false),
            ("// loads all other modules...", false),
        ] {
            assert_eq!(super::line(line, "").is_some(), is, "{line}");
        }
        assert_eq!(super::line("a\n// ... rest\n", "  // ... rest\n"), None);
        assert_eq!(super::line("a\n// ... rest\n", ""), Some(2));
    }
}
