//! `FILE:LINE:COL`: a cursor as compilers and editors write it.
//!
//! Lines and columns count from 1 and columns count characters, so the place
//! after the last character of a line is a column too. A byte order mark is no
//! character, and lines end as they do in an editor.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Result, bail};
use ghostlight_text::LineIndex;

use crate::terminal::count;

/// A cursor in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    line: usize,   // from 1
    column: usize, // in characters, from 1
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.rsplitn(3, ':');
        let (column, line, file) = (parts.next(), parts.next(), parts.next());
        let number = |part: Option<&str>| part?.parse().ok().filter(|&n: &usize| n > 0);
        match (file.filter(|file| !file.is_empty()), number(line), number(column)) {
            (Some(file), Some(line), Some(column)) => Ok(Self { file: file.into(), line, column }),
            _ => Err("must be a file, a line and a column from 1, such as src/main.rs:12:5".to_owned()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

impl Place {
    /// What stands before and after the cursor.
    ///
    /// # Errors
    /// Names the line or column that is not there, and what is.
    pub(crate) fn split<'a>(&self, text: &'a str) -> Result<(&'a str, &'a str)> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let index = LineIndex::new(text);
        let Self { file, line, column } = self;
        let Ok(span) = index.line(text, line - 1) else {
            bail!("find {}:{line}:{column}: the file has {}", file.display(), count(index.lines(), "line"));
        };
        let content = &text[span.start.0..span.end.0];
        let mut places = content.char_indices().map(|(at, _)| at).chain([content.len()]);
        let Some(at) = places.nth(column - 1) else {
            let chars = count(content.chars().count(), "character");
            bail!("find {}:{line}:{column}: line {line} has {chars}", file.display());
        };
        Ok(text.split_at(span.start.0 + at))
    }

    /// The file's path as a project would name it: no folder of this machine goes into a prompt.
    pub(crate) fn path_in_project(&self) -> String {
        let inside = match std::env::current_dir() {
            Ok(folder) if self.file.is_absolute() => self.file.strip_prefix(folder).ok().map(PathBuf::from),
            _ => Some(self.file.clone()).filter(|file| file.is_relative() && !file.starts_with("..")),
        };
        let name = || self.file.file_name().map(PathBuf::from).unwrap_or_default();
        inside.unwrap_or_else(name).to_string_lossy().trim_start_matches("./").to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(place: &str) -> Place {
        place.parse().unwrap()
    }

    #[test]
    fn a_place_is_read_from_its_end() {
        assert_eq!(at("a.rs:3:7"), Place { file: "a.rs".into(), line: 3, column: 7 });
        assert_eq!(at("c:\\a:b.rs:3:7").file, PathBuf::from("c:\\a:b.rs"));
        for wrong in ["", "a.rs", "a.rs:3", ":3:7", "a.rs:0:1", "a.rs:1:0", "a.rs:x:1", "a.rs:1:-1", "3:7"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn columns_count_characters() {
        let text = "\u{feff}let 👻é = 1;\r\nx\n";
        for (place, before, after) in [
            ("f:1:1", "", "let 👻é = 1;\r\nx\n"),
            ("f:1:6", "let 👻", "é = 1;\r\nx\n"),
            ("f:1:12", "let 👻é = 1;", "\r\nx\n"),
            ("f:2:2", "let 👻é = 1;\r\nx", "\n"),
            ("f:3:1", "let 👻é = 1;\r\nx\n", ""),
        ] {
            assert_eq!(at(place).split(text).unwrap(), (before, after), "{place}");
        }
        for (place, message) in [
            ("f:1:13", "find f:1:13: line 1 has 11 characters"),
            ("f:2:3", "find f:2:3: line 2 has 1 character"),
            ("f:4:1", "find f:4:1: the file has 3 lines"),
        ] {
            assert_eq!(at(place).split(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_prompt_names_no_folder_of_this_machine() {
        for (place, path) in [
            ("src/a.rs:1:1", "src/a.rs"),
            ("./a.rs:1:1", "a.rs"),
            ("../b/a.rs:1:1", "a.rs"),
            ("/etc/b/a.rs:1:1", "a.rs"),
        ] {
            assert_eq!(at(place).path_in_project(), path);
        }
        let inside = std::env::current_dir().unwrap().join("src/a.rs");
        assert_eq!(at(&format!("{}:1:1", inside.display())).path_in_project(), "src/a.rs");
    }
}
