//! What the table says of a language, and how a file finds its row.
//!
//! Everything that Ghostlight knows of a language stands in its row: names, comments, strings,
//! blocks, words, and which grammar reads it. The rows are in `languages.rs`. What a syntax tree
//! would say belongs to the context crate.

use crate::definition::DefinitionKind;
use crate::grammar::Grammar;
use crate::languages::LANGUAGES;
use crate::quotes::{Prefix, Quote};
use crate::words;

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

/// What a file of the language consists of, for a reader without a grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutlineStyle {
    /// Definitions by their first words, or by the shape of their line.
    Words,
    /// Headings of one to six `#`.
    Headings,
    /// Names in `[` and `]`.
    Sections,
    /// Lines that end with `:`.
    Keys,
    /// Selectors before `{`.
    Rules,
    /// Nothing with a name.
    None,
}

/// How a language brings in names from elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Imports {
    /// Words that begin an import, each a whole beginning of a line: `global using`.
    pub words: &'static [&'static str],
    /// Words that may stand before them, such as `pub`.
    pub modifiers: &'static [&'static str],
    /// Functions whose value is what they import: `x = require("y")`.
    pub calls: &'static [&'static str],
    /// A word that begins an import only where ` from ` follows: `export`.
    pub with_from: Option<&'static str>,
    /// Whether the names stand after the module, as in `from x import y`.
    pub names_last: bool,
}

impl Imports {
    /// Imports that begin with one of these words.
    #[must_use]
    pub const fn by(words: &'static [&'static str]) -> Self {
        Self { words, modifiers: &[], calls: &[], with_from: None, names_last: false }
    }
}

/// One row of the language table.
///
/// ```
/// use ghostlight_text::{BlockStyle, Language};
/// static TINY: Language = Language {
///     id: "tiny",
///     name: "Tiny",
///     extensions: &["tiny"],
///     line_comment: Some(";;"),
///     blocks: BlockStyle::Keywords,
///     ..Language::PLAIN
/// };
/// assert_eq!(TINY.comment("note").as_deref(), Some(";; note"));
/// ```
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
    /// What else does.
    pub other_line_comments: &'static [&'static str],
    /// What begins like a comment or a here-document and is none: `#[`, `<<<`.
    pub not_marks: &'static [&'static str],
    /// Whether a line comment begins only at the start of a word.
    pub comment_after_blank: bool,
    /// What opens and closes a comment of any length.
    pub block_comment: Option<(&'static str, &'static str)>,
    /// Whether such a comment may hold others.
    pub nested_comments: bool,

    /// How strings are written; the longest beginning that fits counts.
    pub quotes: &'static [Quote],
    /// Letters before a quote that belong to the string.
    pub prefixes: &'static [Prefix],
    /// What stands right before the tag of a here-document: `<<`.
    pub here_documents: &'static [&'static str],
    /// Whether `\` takes the next character's meaning away outside of strings, too.
    pub escapes_in_code: bool,

    /// Brackets that come in pairs.
    pub brackets: &'static [(char, char)],
    /// Whether a closing bracket may close what no bracket has opened, as in a shell's `case`.
    pub lone_brackets: bool,
    /// How blocks are marked.
    pub blocks: BlockStyle,
    /// Whether the end of a line ends no statement.
    pub semicolons: bool,
    /// What its files consist of.
    pub outline: OutlineStyle,
    /// Whether its files are prose or markup rather than code.
    pub is_prose: bool,

    /// Words that begin the head of a block: what follows their brackets is wanted. Blanks are
    /// between them, as in the other lists of words.
    pub heads: &'static str,
    /// What is defined by the word before a name. Case does not count.
    pub defines: &'static [(&'static str, DefinitionKind)],
    /// Words before the one that says what is defined, lower case.
    pub modifiers: &'static str,
    /// Words that look like a name and are none.
    pub keywords: &'static str,
    /// How names are brought in.
    pub imports: Imports,
    /// Signs that a word may have, besides letters, digits and `_`.
    pub word_signs: &'static [u8],

    /// Id of the language whose names its files use, too, such as `javascript` for TypeScript.
    pub family: Option<&'static str>,
    /// Files that say what a workspace in the language depends on, the likeliest first.
    pub manifests: &'static [&'static str],
    /// The guard's rules on risky patterns that fit it, by name.
    pub risky_rules: Option<&'static str>,
    /// The grammar that reads it.
    pub grammar: Option<&'static Grammar>,
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

    /// Whether files of both use each other's names.
    ///
    /// ```
    /// use ghostlight_text::Language;
    /// let language = |id| Language::from_id(id).unwrap();
    /// assert!(language("typescriptreact").is_akin(language("javascript")));
    /// assert!(!language("java").is_akin(language("javascript")));
    /// ```
    #[must_use]
    pub fn is_akin(&self, other: &Language) -> bool {
        self.family.unwrap_or(self.id) == other.family.unwrap_or(other.id)
    }

    /// Whether a word begins the head of a block.
    #[must_use]
    pub fn is_head(&self, word: &str) -> bool {
        words::has(self.heads, word)
    }

    /// Whether a word stands before the one that says what is defined; case does not count.
    #[must_use]
    pub fn is_modifier(&self, word: &str) -> bool {
        words::has(self.modifiers, &word.to_ascii_lowercase())
    }

    /// Whether a word looks like a name and is none.
    #[must_use]
    pub fn is_keyword(&self, word: &str) -> bool {
        words::has(self.keywords, word)
    }

    /// What is defined by a word.
    #[must_use]
    pub fn defines(&self, word: &str) -> Option<DefinitionKind> {
        self.defines.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, kind)| *kind)
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
