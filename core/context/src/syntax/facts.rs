//! The answers of a [`Syntax`](super::Syntax): plain data without a tree behind it.
//!
//! They cross a WebAssembly border as bytes, so they own their text and hold no
//! type of a parser.

pub use ghostlight_text::DefinitionKind;
use ghostlight_text::Span;

/// How much an answer may hold. What is more is left out, the nearest to the
/// cursor kept where there is a cursor.
pub mod limits {
    /// Definitions of an outline or around a cursor.
    pub const DEFINITIONS: usize = 2048;
    /// Imports.
    pub const IMPORTS: usize = 256;
    /// Names of one import.
    pub const NAMES: usize = 64;
    /// Scopes around a cursor.
    pub const SCOPES: usize = 32;
    /// References near a cursor.
    pub const REFERENCES: usize = 64;
    /// Parse errors near a cursor, and in an insertion.
    pub const ERRORS: usize = 64;
    /// Risky rules that an insertion breaks.
    pub const RISKS: usize = 16;
    /// Ends of statements in an insertion.
    pub const STATEMENTS: usize = 256;
    /// Places to cut a file at.
    pub const CUTS: usize = 16384;
    /// UTF-8 bytes of a signature.
    pub const SIGNATURE: usize = 240;
    /// UTF-8 bytes of a name.
    pub const NAME: usize = 120;
}

/// Who an answer comes from, and so how far it can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Origin {
    /// Brackets, indentation and keywords; a good guess.
    #[default]
    Lexical,
    /// A syntax tree of the language's grammar.
    Tree,
}

/// What the cursor is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Within {
    /// Ordinary code, or prose where a file is prose.
    #[default]
    Code,
    /// A comment.
    Comment,
    /// A string or character literal.
    String,
    /// A statement that brings in names from elsewhere.
    Import,
}

/// A definition that the cursor is inside of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What it is.
    pub kind: DefinitionKind,
    /// Its name; empty for one without.
    pub name: String,
    /// Its head on one line, without the body.
    pub signature: String,
    /// All of it.
    pub span: Span,
}

/// Names that come from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What is imported from, as it is written, without quotes: `std::fmt`, `./util`, `stdio.h`.
    pub module: String,
    /// Names that it makes known, where they are spelled out.
    pub names: Vec<String>,
    /// The whole statement.
    pub span: Span,
}

/// Something with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// What it is.
    pub kind: DefinitionKind,
    /// Its name.
    pub name: String,
    /// Its head on one line, without the body.
    pub signature: String,
    /// All of it, body included.
    pub span: Span,
    /// How many definitions of the same list it is inside of.
    pub depth: u32,
}

/// A name that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// Where the use nearest to the cursor is.
    pub span: Span,
}

/// What stands around a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyntaxFacts {
    /// Id of the language in the table of `ghostlight-text`; empty where it is not known.
    pub language: &'static str,
    /// Who says so.
    pub origin: Origin,
    /// What the cursor is inside of.
    pub within: Within,
    /// Definitions around the cursor, outermost first.
    pub scopes: Vec<Scope>,
    /// Imports of the file, in its order.
    pub imports: Vec<Import>,
    /// Definitions of the file, in its order.
    pub definitions: Vec<Definition>,
    /// Names used near the cursor that this file does not explain by a keyword,
    /// each once, the nearest first.
    pub references: Vec<Reference>,
    /// Whether the cursor stands in a block that holds no statement yet.
    pub in_empty_block: bool,
    /// The innermost statement around the cursor, if it is in one.
    pub statement: Option<Span>,
    /// Parse errors near the cursor; always none from `Lexical`.
    pub errors: Vec<Span>,
}

/// Where a statement of an inserted text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementEnd {
    /// UTF-8 bytes from the start of the inserted text.
    pub at: usize,
    /// 0 for the statement that the cursor is in and for those that follow it in
    /// the same block, 1 for those inside of these, and so on.
    pub depth: u32,
}

/// What a text would be at the cursor. All offsets are UTF-8 bytes from the
/// start of the inserted text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Insertion {
    /// Who says so.
    pub origin: Origin,
    /// Ends of statements, ascending. One that ends with the inserted text may
    /// still go on if the text grows.
    pub statements: Vec<StatementEnd>,
    /// Where the block that the cursor is in ends: the closing bracket or word,
    /// or the first line that is not deep enough. What is from there on belongs to
    /// somebody else.
    pub block_end: Option<usize>,
    /// Parse errors that touch the inserted text, or, where its last line goes on behind the
    /// cursor with more than closing brackets, the rest of that line (those lie at the text's
    /// end); always empty from `Lexical`.
    pub errors: Vec<Span>,
    /// Whether the file has more parse errors with the text than without it, and, if it had any
    /// before, more that touch the text.
    pub breaks: bool,
    /// Whether the file has parse errors without the text; false from `Lexical`.
    pub was_broken: bool,
    /// Whether it has fewer with the text; false from `Lexical`.
    pub mends: bool,
    /// Ids of the risky rules of `ghostlight-guard` that the file breaks with the text and
    /// not without it, each once; always empty from `Lexical`. How bad each is, is not
    /// known here.
    pub risks: Vec<String>,
}

/// What a file is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// Id of the language in the table of `ghostlight-text`; empty where it is not known.
    pub language: &'static str,
    /// Who says so.
    pub origin: Origin,
    /// In the order of the file.
    pub imports: Vec<Import>,
    /// In the order of the file.
    pub definitions: Vec<Definition>,
    /// Starts of lines at which the file may be cut without cutting a small
    /// definition, ascending; 0 and the end are not among them.
    pub cuts: Vec<usize>,
}

/// `text` with runs of blanks and line ends as one space each, at most `bytes` long.
pub(crate) fn one_line(text: &str, bytes: usize) -> String {
    let mut out = String::with_capacity(text.len().min(bytes));
    for word in text.split_whitespace() {
        if out.len() + 1 + word.len() > bytes {
            if out.is_empty() {
                out.push_str(&word[..word.floor_char_boundary(bytes)]);
            }
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
