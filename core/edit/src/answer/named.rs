//! Lines and words of an answer that name a file.

/// Names of files without an extension.
const WITHOUT_EXTENSION: &[&str] = &[
    "Makefile",
    "Dockerfile",
    "LICENSE",
    "README",
    "Gemfile",
    "Rakefile",
    "Justfile",
    "Procfile",
    "Jenkinsfile",
];

/// What may stand before a path, in lower case.
const LABELS: &[&str] = &["file", "filename", "file name", "filepath", "file path", "path", "new file"];

/// Attributes of a fence that have a path.
const ATTRIBUTES: &[&str] = &["title", "file", "filename", "filepath", "path"];

/// Bytes of the longest line that may name a file.
const LONGEST: usize = 512;

/// A path as it was written, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: String,
    /// Whether it can be nothing but a path: it has a folder, a label, or is a fence's attribute.
    pub(super) is_clear: bool,
}

impl Named {
    fn new(path: &str, is_labelled: bool) -> Self {
        Self { path: path.to_owned(), is_clear: is_labelled || path.contains(['/', '\\']) }
    }
}

/// The path that a line consists of, but for what Markdown or a comment puts around it.
pub(super) fn sole(line: &str) -> Option<Named> {
    if line.len() > LONGEST {
        return None;
    }
    let plain = line.replace("**", "");
    let mut rest = plain.trim();
    let mut is_quoted = false;
    let mut is_labelled = false;
    loop {
        let before = rest;
        rest = rest.trim().trim_end_matches(':').trim_end();
        for suffix in ["(new)", "(new file)"] {
            rest = rest.strip_suffix(suffix).unwrap_or(rest).trim_end();
        }
        for (open, close) in [("`", "`"), ("\"", "\""), ("'", "'"), ("<!--", "-->"), ("/*", "*/")] {
            let inner = rest.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
            if let Some(inner) = inner.filter(|inner| !inner.contains(open)) {
                is_quoted |= matches!(open, "`" | "\"" | "'");
                rest = inner.trim();
            }
        }
        rest = without_bullet(rest);
        if let Some(labelled) = without_label(rest) {
            is_labelled = true;
            rest = labelled;
        }
        if rest == before {
            break;
        }
    }
    (looks_like_path(rest) && (is_quoted || !rest.contains(char::is_whitespace)))
        .then(|| Named::new(rest, is_labelled))
}

/// The one path in backticks within a line of prose; none if there are two.
pub(super) fn within(line: &str) -> Option<Named> {
    if line.len() > LONGEST {
        return None;
    }
    let mut quoted = line.split('`').skip(1).step_by(2).filter(|text| looks_like_path(text));
    let path = quoted.next()?;
    quoted.all(|other| other == path).then(|| Named::new(path, false))
}

/// The path in what stands behind the opening of a fence: `rust src/a.rs`, `rust:src/a.rs`,
/// `src/a.rs`, `rust title="src/a.rs"`.
pub(super) fn in_info(info: &str) -> Option<Named> {
    let words = info.split_whitespace().take(16);
    let paths = words.filter_map(|word| {
        let word = word.trim_matches(['{', '}', ',']);
        if let Some((key, value)) = word.split_once('=') {
            let value = value.trim_matches(['"', '\'']);
            return (ATTRIBUTES.contains(&key) && looks_like_path(value)).then_some(value);
        }
        let path = word.split_once(':').map_or(word, |(_, path)| path);
        (looks_like_path(path) && !path.starts_with('.')).then_some(path)
    });
    paths.into_iter().next().map(|path| Named::new(path, true))
}

/// Whether a fence holds a unified diff.
pub(super) fn is_diff(info: &str) -> bool {
    let language = info.split([' ', ':', '{', ',']).next().unwrap_or_default();
    ["diff", "patch", "udiff"].iter().any(|name| language.eq_ignore_ascii_case(name))
}

/// Whether a file's text has fences of its own.
pub(super) fn has_fences(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let extension = name.rsplit('.').next().unwrap_or_default();
    ["md", "mdx", "markdown", "rst", "adoc", "txt"].contains(&extension) || name.starts_with("readme")
}

/// Without the sign of a heading, a list or a comment before it.
fn without_bullet(text: &str) -> &str {
    let heading = text.trim_start_matches('#');
    if heading.len() < text.len() && heading.starts_with(' ') {
        return heading.trim_start();
    }
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if number.len() < text.len()
        && let Some(rest) = number.strip_prefix(". ").or_else(|| number.strip_prefix(") "))
    {
        return rest.trim_start();
    }
    ["- ", "* ", "+ ", "// ", "-- ", "; "]
        .iter()
        .find_map(|sign| text.strip_prefix(sign))
        .unwrap_or(text)
        .trim_start()
}

fn without_label(text: &str) -> Option<&str> {
    let (label, rest) = text.split_once(':')?;
    let label = label.trim().to_lowercase();
    (LABELS.contains(&label.as_str()) && !rest.trim().is_empty()).then(|| rest.trim())
}

/// Whether a text has the form of a path; `Result` and `e.g.` do not.
fn looks_like_path(text: &str) -> bool {
    let name = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let has_extension = extension.is_some_and(|extension| {
        (1..=12).contains(&extension.len())
            && extension.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    let has_name =
        has_extension || WITHOUT_EXTENSION.contains(&name) || (name.starts_with('.') && name.len() > 1);
    // A path of folders alone is one too, if it is long enough to be no fraction or `and/or`.
    let has_folders = text.matches(['/', '\\']).count() >= 2 && !name.is_empty();
    let is_spelled = !text.contains(['<', '>', '|', '"', '*', '?', '`', '=', ';']) && !text.contains("://");
    is_spelled && text.len() > 1 && (has_name || has_folders) && text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_file_or_does_not() {
        for (line, path) in [
            ("src/a.rs", Some("src/a.rs")),
            ("`src/a.rs`", Some("src/a.rs")),
            ("**src/a.rs**:", Some("src/a.rs")),
            ("### `src/a.rs`", Some("src/a.rs")),
            ("1. **`src/a.rs`**:", Some("src/a.rs")),
            ("File: src/a.rs", Some("src/a.rs")),
            ("**File:** `my file.txt`", Some("my file.txt")),
            ("// src/a.rs", Some("src/a.rs")),
            ("# setup.py", Some("setup.py")),
            ("<!-- index.html -->", Some("index.html")),
            ("/* app.css */", Some("app.css")),
            ("- src/a.rs (new file)", Some("src/a.rs")),
            ("__init__.py", Some("__init__.py")),
            ("Makefile", Some("Makefile")),
            (".gitignore", Some(".gitignore")),
            ("app/(group)/[id]/page.tsx", Some("app/(group)/[id]/page.tsx")),
            ("../../etc/passwd", Some("../../etc/passwd")),
            ("/etc/passwd", Some("/etc/passwd")),
            ("C:\\a.txt", Some("C:\\a.txt")),
            ("my file.txt", None),
            ("Here is the code:", None),
            ("Example:", None),
            ("and/or", None),
            ("e.g.", None),
            ("https://example.com/a.html", None),
            ("Update `src/a.rs`:", None),
            ("", None),
        ] {
            assert_eq!(sole(line).map(|named| named.path).as_deref(), path, "{line}");
        }
        assert!(sole("File: a.rs").unwrap().is_clear && sole("src/a.rs").unwrap().is_clear);
        assert!(!sole("Node.js:").unwrap().is_clear);
    }

    #[test]
    fn prose_names_one_file_at_most() {
        for (line, path) in [
            ("Update `src/a.rs`:", Some("src/a.rs")),
            ("In `a.rs`, rename `x`:", Some("a.rs")),
            ("Move it from `a.rs` to `b.rs`:", None),
            ("Rename `x` to `y`", None),
            ("no path", None),
        ] {
            assert_eq!(within(line).map(|named| named.path).as_deref(), path, "{line}");
        }
    }

    #[test]
    fn a_fence_names_a_file_or_does_not() {
        for (info, path) in [
            ("rust src/a.rs", Some("src/a.rs")),
            ("rust:src/a.rs", Some("src/a.rs")),
            ("src/a.rs", Some("src/a.rs")),
            ("main.rs", Some("main.rs")),
            ("ts title=\"a.ts\"", Some("a.ts")),
            ("js {1,3-4} showLineNumbers", None),
            ("rust", None),
            ("c++", None),
            ("", None),
        ] {
            assert_eq!(in_info(info).map(|named| named.path).as_deref(), path, "{info}");
        }
    }
}
