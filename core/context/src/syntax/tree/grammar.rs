//! A grammar with its queries, compiled when they are first needed.

use std::cell::OnceCell;

use tree_sitter::{LANGUAGE_VERSION, Language, MIN_COMPATIBLE_LANGUAGE_VERSION, Query, QueryError};
use tree_sitter_language::LanguageFn;

use super::GrammarError;
use super::queries::Queries;
use super::risks::Risks;
use crate::syntax::DefinitionKind;

/// A grammar, ready to parse.
pub(super) struct Grammar {
    source: &'static Queries,
    pub(super) language: Language,
    compiled: OnceCell<Result<Compiled, GrammarError>>,
    /// Apart from the others, since who only asks where the cursor is needs none.
    risks: OnceCell<Result<Risks, GrammarError>>,
}

/// The queries of a grammar.
pub(super) struct Compiled {
    /// Definitions and imports, run over whole files.
    pub(super) outline: Query,
    /// What each capture of `outline` means, by its index.
    pub(super) outline_captures: Vec<OutlineCapture>,
    /// Comments, strings, statements, blocks and names, run near a cursor.
    pub(super) place: Query,
    /// What each capture of `place` means, by its index.
    pub(super) place_captures: Vec<PlaceCapture>,
}

/// What a node in an outline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutlineCapture {
    Definition(DefinitionKind),
    Name,
    Body,
    Import,
    Module,
    ImportName,
    /// Only there for a predicate.
    Other,
}

/// What a node near a cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceCapture {
    Comment,
    String,
    Statement,
    Block,
    Reference,
    Other,
}

impl Grammar {
    pub(super) fn new(source: &'static Queries, language: LanguageFn) -> Result<Self, GrammarError> {
        let language = Language::new(language);
        let found = language.abi_version();
        let (oldest, newest) = (MIN_COMPATIBLE_LANGUAGE_VERSION, LANGUAGE_VERSION);
        if !(oldest..=newest).contains(&found) {
            return Err(GrammarError::Version { name: source.name, found, oldest, newest });
        }
        Ok(Self { source, language, compiled: OnceCell::new(), risks: OnceCell::new() })
    }

    pub(super) fn name(&self) -> &'static str {
        self.source.name
    }

    /// Whether it may be shown only the characters of Latin-1.
    pub(super) fn is_narrow(&self) -> bool {
        self.source.narrow
    }

    /// Whether it is the grammar of a file.
    pub(super) fn reads(&self, path: &str) -> bool {
        self.table(path).is_some()
    }

    /// The language of a file, if it is one of this grammar.
    pub(super) fn table(&self, path: &str) -> Option<&'static ghostlight_text::Language> {
        ghostlight_text::Language::from_path(path)
            .filter(|language| self.source.languages.contains(&language.id))
    }

    pub(super) fn queries(&self) -> Result<&Compiled, GrammarError> {
        self.compiled.get_or_init(|| self.compile()).as_ref().map_err(Clone::clone)
    }

    /// What finds risky patterns, compiled when it is first needed.
    pub(super) fn risks(&self) -> Result<&Risks, GrammarError> {
        let compile = || Risks::new(self.query(self.source.risky, 0)?, self.source);
        self.risks.get_or_init(compile).as_ref().map_err(Clone::clone)
    }

    fn compile(&self) -> Result<Compiled, GrammarError> {
        let (outline, place) = self.source.parts();
        let skipped = self.source.text[..self.source.text.len() - place.len()].lines().count();
        let outline = self.query(outline, 0)?;
        let place = self.query(place, skipped)?;
        let outline_captures = outline.capture_names().iter().map(|name| outline_capture(name)).collect();
        let place_captures = place.capture_names().iter().map(|name| place_capture(name)).collect();
        Ok(Compiled { outline, outline_captures, place, place_captures })
    }

    fn query(&self, text: &str, skipped: usize) -> Result<Query, GrammarError> {
        let failed = |error: QueryError| GrammarError::Query {
            name: self.source.name,
            what: format!("{:?} ({})", error.kind, error.message.lines().next().unwrap_or_default()),
            line: skipped + error.row + 1,
        };
        Query::new(&self.language, text).map_err(failed)
    }
}

fn outline_capture(name: &str) -> OutlineCapture {
    if let Some(kind) = name.strip_prefix("definition.").and_then(DefinitionKind::from_name) {
        return OutlineCapture::Definition(kind);
    }
    match name {
        "name" => OutlineCapture::Name,
        "body" => OutlineCapture::Body,
        "import" => OutlineCapture::Import,
        "import.module" => OutlineCapture::Module,
        "import.name" => OutlineCapture::ImportName,
        _ => OutlineCapture::Other,
    }
}

fn place_capture(name: &str) -> PlaceCapture {
    match name {
        "comment" => PlaceCapture::Comment,
        "string" => PlaceCapture::String,
        "statement" => PlaceCapture::Statement,
        "block" => PlaceCapture::Block,
        "reference" => PlaceCapture::Reference,
        _ => PlaceCapture::Other,
    }
}
