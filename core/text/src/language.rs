//! Programming languages as far as text goes: names, comments, blocks.
//!
//! The table itself stands in `languages.rs`. Grammar is not known here; what
//! a syntax tree would say belongs to the context crate.

use crate::languages::LANGUAGES;
use crate::quotes::Quote;

/// How a language marks where a block of statements begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockStyle {
    /// `{` and `}`.
    Braces,
    /// A line that ends with `:`, then deeper indentation.
    Indentation,
    /// Words, such as `do` and `end`.
    Keywords,
    /// No blocks of statements (data, markup, prose).
    None,
}

/// One row of the language table.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// Identifier as in LSP, such as `typescriptreact`.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// File name extensions, lower case, without the dot.
    pub extensions: &'static [&'static str],
    /// Whole file names that say the language, such as `Makefile`.
    pub file_names: &'static [&'static str],
    /// What starts a comment that ends with the line.
    pub line_comment: Option<&'static str>,
    /// What opens and closes a comment of any length.
    pub block_comment: Option<(&'static str, &'static str)>,
    /// Brackets that come in pairs.
    pub brackets: &'static [(char, char)],
    /// How strings are written, the longest beginning first.
    pub quotes: &'static [Quote],
    /// How blocks are marked.
    pub blocks: BlockStyle,
}

impl Language {
    /// All languages, ordered by id.
    #[must_use]
    pub fn all() -> &'static [Language] {
        LANGUAGES
    }

    /// The language with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<&'static Language> {
        LANGUAGES.iter().find(|language| language.id == id)
    }

    /// The language of a file by its name, then by its extension; case is
    /// ignored in extensions only. `/` and `\` both separate folders.
    ///
    /// ```
    /// use ghostlight_text::Language;
    /// assert_eq!(Language::from_path("src/main.rs").unwrap().id, "rust");
    /// assert!(Language::from_path("a.unknown").is_none());
    /// ```
    #[must_use]
    pub fn from_path(path: &str) -> Option<&'static Language> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        if let Some(found) = LANGUAGES.iter().find(|l| l.file_names.contains(&name)) {
            return Some(found);
        }
        let (_, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        LANGUAGES.iter().find(|l| l.extensions.contains(&extension.as_str()))
    }

    /// `text` as one comment line without a line end; none where the language
    /// has no comments. Line ends in `text` become spaces, and a block
    /// comment's end is taken out, so that the comment cannot be left.
    #[must_use]
    pub fn comment(&self, text: &str) -> Option<String> {
        let flat = text.replace(['\r', '\n'], " ");
        if let Some(start) = self.line_comment {
            return Some(format!("{start} {flat}"));
        }
        let (open, close) = self.block_comment?;
        let mut body = flat;
        // Taking one out can join another: `**//`.
        while body.contains(close) {
            body = body.replace(close, "");
        }
        Some(format!("{open} {body} {close}"))
    }
}
