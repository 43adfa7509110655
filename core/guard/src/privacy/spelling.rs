//! The ways to write one path, so that a rule means the file and not a spelling of it.
//!
//! Hosts give paths with either slash, with `.` and `..`, as URIs, and as whoever typed
//! them wrote them; a file system may ignore case, dots and spaces at a name's end, or
//! what follows a colon. Where it is not plain what was meant, each reading counts.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

/// Encodings around one another that are taken off; some hosts encode a URI within a URI.
const MOST_ENCODINGS: usize = 3;

/// What editors add to the name of a copy that they keep.
const COPIES: [&str; 7] = ["~", ".bak", ".backup", ".old", ".orig", ".save", ".swp"];

/// All readings of a path, in the form that a glob is compared with.
pub(super) fn spellings(path: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut text = path.to_owned();
    for _ in 0..=MOST_ENCODINGS {
        found.insert(normal(&text));
        if let Some(rest) = behind_scheme(&text) {
            found.insert(normal(rest));
            found.insert(normal(rest.split(['?', '#']).next().unwrap_or_default()));
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            break;
        }
        text = decoded;
    }
    let whole: Vec<String> = found.iter().cloned().collect();
    for path in whole {
        let (folder, name) = path.rsplit_once('/').map_or(("", &*path), |(folder, name)| (folder, name));
        let before = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        // A stream of NTFS: `.env::$DATA`.
        let name = match name.find(':') {
            Some(at @ 1..) => &name[..at],
            _ => name,
        };
        found.insert(format!("{before}{name}"));
        if let Some(copied) = COPIES.iter().find_map(|end| name.strip_suffix(end)) {
            found.insert(format!("{before}{copied}"));
            // The editor hides it: `.secrets.yml.swp`.
            found.insert(format!("{before}{}", copied.strip_prefix('.').unwrap_or(copied)));
        }
    }
    found
}

/// What follows `file:`, or the letter of a drive.
fn behind_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let mut chars = scheme.chars();
    let is_one = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    is_one.then_some(rest)
}

/// Without case, empty parts, `.` and `..`, and without what Windows leaves out of names.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        let name = part.trim_end_matches(['.', ' ']);
        if part == ".." {
            parts.pop();
        } else if !name.is_empty() {
            parts.push(name);
        }
    }
    parts.join("/").chars().map(fold).collect()
}

/// Without case, as file systems compare that ignore it: `K` and the sign of kelvin are one.
pub(super) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let upper = c.to_uppercase().next().unwrap_or(c);
    upper.to_lowercase().next().unwrap_or(upper)
}
