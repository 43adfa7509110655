//! One edit of one file, as a model asked for it.

/// What to do to a file.
///
/// Texts are as the model wrote them, with its line ends and its indentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Whole lines of the file and what takes their place.
    Replace {
        /// The lines to search for.
        search: String,
        /// What takes their place; empty to delete them.
        replace: String,
    },
    /// One hunk of a unified diff: as `Replace`, and a last line without an end means one.
    Patch {
        /// Context and removed lines.
        old: String,
        /// Context and added lines.
        new: String,
    },
    /// A file that is not there yet.
    Create {
        /// Its text.
        text: String,
    },
    /// The text of a whole file, which may be there or not.
    Write {
        /// The text.
        text: String,
        /// Whether it is clear that a path is what the answer has where its path is: it has a
        /// folder or is marked as a path. `Node.js` above a fence may be a heading.
        is_clear: bool,
    },
    /// A file that goes away.
    Delete {
        /// The text that it is said to have.
        text: String,
    },
}

/// An edit of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// Which file: relative, with `/`, see [`check_path`](crate::check_path()).
    pub path: String,
    /// What to do to it.
    pub operation: Operation,
}

impl Operation {
    /// The text that the operation brings into the file.
    #[must_use]
    pub fn new_text(&self) -> &str {
        match self {
            Self::Replace { replace, .. } => replace,
            Self::Patch { new, .. } => new,
            Self::Create { text } | Self::Write { text, .. } => text,
            Self::Delete { .. } => "",
        }
    }

    /// The text that the operation expects in the file.
    #[must_use]
    pub fn old_text(&self) -> &str {
        match self {
            Self::Replace { search, .. } => search,
            Self::Patch { old, .. } => old,
            Self::Delete { text } => text,
            Self::Create { .. } | Self::Write { .. } => "",
        }
    }
}
