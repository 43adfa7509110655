//! A file with a hole in it, and what is known about the hole.

use serde::{Deserialize, Serialize};

use crate::measure::lines_end;

/// How a hole was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole line, without its indentation.
    SingleLine,
    /// From somewhere inside a line to its end.
    LineRest,
    /// Several whole lines that belong together.
    Block,
    /// What stands between the brackets of a call.
    CallArguments,
    /// From any character to any character.
    RandomSpan,
    /// A line that uses what another file of the package defines.
    CrossFile,
    /// Of a suite that does not say.
    Other,
}

impl Kind {
    /// All kinds, in the order of tables.
    pub const ALL: [Self; 7] = [
        Self::SingleLine,
        Self::LineRest,
        Self::Block,
        Self::CallArguments,
        Self::RandomSpan,
        Self::CrossFile,
        Self::Other,
    ];

    /// The name in suites and reports.
    ///
    /// ```
    /// use ghostlight_eval::Kind;
    /// assert_eq!(Kind::CallArguments.name(), "call_arguments");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SingleLine => "single_line",
            Self::LineRest => "line_rest",
            Self::Block => "block",
            Self::CallArguments => "call_arguments",
            Self::RandomSpan => "random_span",
            Self::CrossFile => "cross_file",
            Self::Other => "other",
        }
    }
}

/// Another file that the editor has open, or that the package has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextFile {
    /// Path inside the workspace.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// How the file with the suggestion in it can be tried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "run", rename_all = "snake_case")]
pub enum Test {
    /// The file, then this code, is a program that fails or does not.
    Append {
        /// `python`, `javascript` or `rust`.
        language: String,
        /// What comes after the file.
        code: String,
    },
    /// The package's folder with the file in it, and a program in it that fails or does not.
    Package {
        /// `python`, `javascript` or `rust`.
        language: String,
        /// Folder of the package, from the folder of the suite.
        folder: String,
        /// The program, or the file to compile as tests, from the package's folder.
        entry: String,
    },
}

impl Test {
    /// The language whose interpreter or compiler it needs.
    ///
    /// ```
    /// use ghostlight_eval::Test;
    /// let test = Test::Append { language: "python".into(), code: "assert f(1) == 2\n".into() };
    /// assert_eq!(test.language(), "python");
    /// ```
    #[must_use]
    pub fn language(&self) -> &str {
        match self {
            Self::Append { language, .. } | Self::Package { language, .. } => language,
        }
    }
}

/// One hole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Unique in the suite.
    pub id: String,
    /// Id in the language table; empty where it is not known.
    #[serde(default)]
    pub language: String,
    /// How the hole was cut.
    pub kind: Kind,
    /// Path inside the package; its extension tells the language.
    #[serde(default)]
    pub path: String,
    /// The file before the hole.
    pub prefix: String,
    /// The file after the hole.
    pub suffix: String,
    /// What stood in the hole.
    pub truth: String,
    /// Where the file is from, such as `npm:ms@2.1.3`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub package: String,
    /// SPDX expression of the file's licence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// Other files of the package that have to do with the hole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<ContextFile>,
    /// How the result can be tried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Test>,
}

impl Case {
    /// The file with a suggestion in the hole, for a parser or a test.
    ///
    /// Suggestions come without the blanks and line ends that nobody sees at their
    /// end. Where the truth ends with some, as holes of whole lines do in suites of
    /// others, the next line would move up to the suggestion; so what the truth
    /// ends with stands there, whether it was suggested or not.
    ///
    /// ```
    /// # use ghostlight_eval::read_suite;
    /// let line = br#"{"id":"a","kind":"line_rest","prefix":"x = ","suffix":"\ny = 2\n","truth":"1"}"#;
    /// let case = &read_suite(line)?[0];
    /// assert_eq!(case.file_with("3"), "x = 3\ny = 2\n");
    /// # Ok::<(), ghostlight_eval::EvalError>(())
    /// ```
    #[must_use]
    pub fn file_with(&self, suggestion: &str) -> String {
        let (end, body) = (blank_end(&self.truth), suggestion.trim_end());
        if suggestion.ends_with(end) {
            [&self.prefix, suggestion, &self.suffix].concat()
        } else {
            [&self.prefix, body, end, &self.suffix].concat()
        }
    }

    /// What of a suggestion the hole asks for: as many lines as it has.
    ///
    /// What follows a hole that ends a line may be thought of as the next lines; an
    /// editor can take the first ones alone. Where a hole ends inside a line, as
    /// arguments of a call do, the file goes on there, so all of the suggestion counts.
    ///
    /// ```
    /// # use ghostlight_eval::read_suite;
    /// let line = br#"{"id":"a","kind":"line_rest","prefix":"x = ","suffix":"\ny = 2\n","truth":"1"}"#;
    /// let case = &read_suite(line)?[0];
    /// assert_eq!(case.asked("3\nz = 4"), "3");
    /// # Ok::<(), ghostlight_eval::EvalError>(())
    /// ```
    #[must_use]
    pub fn asked<'a>(&self, suggestion: &'a str) -> &'a str {
        let rest = self.suffix.split('\n').next().unwrap_or_default();
        if !blank_end(&self.truth).contains('\n') && !rest.trim().is_empty() {
            return suggestion;
        }
        let end = lines_end(suggestion, self.truth.trim().split('\n').count());
        &suggestion[..end.unwrap_or(suggestion.len())]
    }
}

/// The blanks and line ends at the end of a text.
fn blank_end(text: &str) -> &str {
    &text[text.trim_end().len()..]
}
