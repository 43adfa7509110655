//! Syntax from somewhere else: questions and answers as bytes.
//!
//! The idea: in a browser grammars are packs, WebAssembly modules that are fetched
//! when a language is first seen. [`Remote`] is the [`Syntax`] of the engine: it
//! writes the question as bytes, hands it with the pack's name to a function of
//! the host, and reads the answer. The pack's side is [`answer`]. While there is no
//! pack, or where an answer makes no sense, [`Lexical`] answers.
//!
//! Both sides come from the same build, so the form has no versions.

use ghostlight_text::{Language, Span};

use super::{
    Definition, DefinitionKind, Import, Insertion, Lexical, Origin, Outline, Reference, Scope, StatementEnd,
    Syntax, SyntaxFacts, Within, limits,
};
use crate::Source;
use crate::wire::{Reader, Writer};

/// Name of the pack for a file; none for a language without a grammar.
///
/// ```
/// use ghostlight_context::syntax::pack_of;
/// assert_eq!(pack_of("src/main.rs"), Some("rust"));
/// assert_eq!(pack_of("notes.txt"), None);
/// ```
#[must_use]
pub fn pack_of(path: &str) -> Option<&'static str> {
    Some(Language::from_path(path)?.grammar?.name)
}

/// The [`Syntax`] behind a function of the host: the name of a pack and a
/// question in, its answer out, or none while the pack is not there.
pub struct Remote<F> {
    ask: F,
}

impl<F> std::fmt::Debug for Remote<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

impl<F: FnMut(&str, &[u8]) -> Option<Vec<u8>>> Remote<F> {
    /// Asks `ask`.
    ///
    /// ```
    /// use ghostlight_context::syntax::{Lexical, Remote, Syntax, answer};
    /// let mut remote = Remote::new(|pack: &str, question: &[u8]| {
    ///     assert_eq!(pack, "rust");
    ///     answer(&mut Lexical, question) // by another module
    /// });
    /// assert_eq!(remote.outline("a.rs", "fn a() {}\n").definitions[0].name, "a");
    /// ```
    pub fn new(ask: F) -> Self {
        Self { ask }
    }

    fn ask<T>(
        &mut self,
        path: &str,
        write: impl FnOnce(&mut Writer),
        read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Option<T> {
        let pack = pack_of(path)?;
        let mut question = Writer::default();
        write(&mut question);
        let bytes = (self.ask)(pack, &question.0)?;
        let mut reader = Reader(&bytes);
        read(&mut reader).filter(|_| reader.is_done())
    }
}

const FACTS: u8 = 0;
const INSERTION: u8 = 1;
const OUTLINE: u8 = 2;

impl<F: FnMut(&str, &[u8]) -> Option<Vec<u8>>> Syntax for Remote<F> {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        let write = |to: &mut Writer| write_source(to, FACTS, source);
        let read = |from: &mut Reader<'_>| read_facts(from, &SpanBounds::of(source));
        self.ask(source.path, write, read).unwrap_or_else(|| Lexical.facts(source))
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        let write = |to: &mut Writer| {
            write_source(to, INSERTION, source);
            to.text(text);
        };
        let read = |from: &mut Reader<'_>| read_insertion(from, &SpanBounds { before: "", after: text });
        self.ask(source.path, write, read).unwrap_or_else(|| Lexical.insertion(source, text))
    }

    fn outline(&mut self, path: &str, text: &str) -> Outline {
        let write = |to: &mut Writer| {
            to.0.push(OUTLINE);
            to.text(path);
            to.text(text);
        };
        let read = |from: &mut Reader<'_>| read_outline(from, &SpanBounds { before: "", after: text });
        self.ask(path, write, read).unwrap_or_else(|| Lexical.outline(path, text))
    }
}

/// Answers a question of a [`Remote`]; none for bytes that are none.
///
/// ```
/// use ghostlight_context::syntax::{Lexical, answer};
/// assert_eq!(answer(&mut Lexical, b"no question"), None);
/// ```
pub fn answer(syntax: &mut impl Syntax, question: &[u8]) -> Option<Vec<u8>> {
    let mut from = Reader(question);
    let mut to = Writer::default();
    let kind = from.byte()?;
    let path = from.text()?;
    let first = from.text()?;
    if kind == OUTLINE {
        write_outline(&mut to, &syntax.outline(path, first));
        return from.is_done().then_some(to.0);
    }
    let source = Source { path, prefix: first, suffix: from.text()? };
    match kind {
        FACTS => write_facts(&mut to, &syntax.facts(source)),
        INSERTION => write_insertion(&mut to, &syntax.insertion(source, from.text()?)),
        _ => return None,
    }
    from.is_done().then_some(to.0)
}

fn write_source(to: &mut Writer, kind: u8, source: Source<'_>) {
    to.0.push(kind);
    to.text(source.path);
    to.text(source.prefix);
    to.text(source.suffix);
}

/// Where a span of an answer may begin and end.
pub(crate) struct SpanBounds<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> SpanBounds<'a> {
    pub(crate) fn of(source: Source<'a>) -> Self {
        Self { before: source.prefix, after: source.suffix }
    }

    fn has(&self, at: usize) -> bool {
        match at.checked_sub(self.before.len()) {
            Some(after) => self.after.is_char_boundary(after),
            None => self.before.is_char_boundary(at),
        }
    }

    fn at(&self, from: &mut Reader<'_>) -> Option<usize> {
        from.count().filter(|&at| self.has(at))
    }

    fn span(&self, from: &mut Reader<'_>) -> Option<Span> {
        let start = self.at(from)?;
        let end = start.checked_add(from.count()?)?;
        self.has(end).then(|| Span::new(start, end))
    }
}

fn write_span(to: &mut Writer, span: &Span) {
    to.count(span.start.0);
    to.count(span.len());
}

/// A name or signature that is not longer than one may be.
fn short(from: &mut Reader<'_>, most: usize) -> Option<String> {
    from.text().filter(|text| text.len() <= most).map(str::to_owned)
}

fn write_language(to: &mut Writer, language: &str, origin: Origin) {
    to.text(language);
    to.0.push(u8::from(origin == Origin::Tree));
}

fn read_language(from: &mut Reader<'_>) -> Option<(&'static str, Origin)> {
    let language = match from.text()? {
        "" => "",
        id => Language::from_id(id)?.id,
    };
    Some((language, read_origin(from)?))
}

fn read_origin(from: &mut Reader<'_>) -> Option<Origin> {
    Some(if from.bool()? { Origin::Tree } else { Origin::Lexical })
}

const WITHIN: [Within; 4] = [Within::Code, Within::Comment, Within::String, Within::Import];

fn index_of<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|item| item == one).expect("the list holds every value") as u8
}

fn write_kind(to: &mut Writer, kind: DefinitionKind) {
    to.0.push(index_of(&DefinitionKind::ALL, &kind));
}

fn read_kind(from: &mut Reader<'_>) -> Option<DefinitionKind> {
    DefinitionKind::ALL.get(usize::from(from.byte()?)).copied()
}

fn write_import(to: &mut Writer, import: &Import) {
    to.text(&import.module);
    to.list(&import.names, |to, name| to.text(name));
    write_span(to, &import.span);
}

fn read_imports(from: &mut Reader<'_>, places: &SpanBounds<'_>) -> Option<Vec<Import>> {
    from.list(limits::IMPORTS, |from| {
        let module = short(from, limits::NAME)?;
        let names = from.list(limits::NAMES, |from| short(from, limits::NAME))?;
        Some(Import { module, names, span: places.span(from)? })
    })
}

fn write_definition(to: &mut Writer, definition: &Definition) {
    write_kind(to, definition.kind);
    to.text(&definition.name);
    to.text(&definition.signature);
    write_span(to, &definition.span);
    to.number(definition.depth.into());
}

fn read_definitions(from: &mut Reader<'_>, places: &SpanBounds<'_>) -> Option<Vec<Definition>> {
    from.list(limits::DEFINITIONS, |from| {
        Some(Definition {
            kind: read_kind(from)?,
            name: short(from, limits::NAME)?,
            signature: short(from, limits::SIGNATURE)?,
            span: places.span(from)?,
            depth: u32::try_from(from.number()?).ok()?,
        })
    })
}

pub(crate) fn write_facts(to: &mut Writer, facts: &SyntaxFacts) {
    write_language(to, facts.language, facts.origin);
    to.0.push(index_of(&WITHIN, &facts.within));
    to.list(&facts.scopes, |to, scope| {
        write_kind(to, scope.kind);
        to.text(&scope.name);
        to.text(&scope.signature);
        write_span(to, &scope.span);
    });
    to.list(&facts.imports, write_import);
    to.list(&facts.definitions, write_definition);
    to.list(&facts.references, |to, reference| {
        to.text(&reference.name);
        write_span(to, &reference.span);
    });
    to.0.push(u8::from(facts.in_empty_block));
    to.list(facts.statement.as_slice(), write_span);
    to.list(&facts.errors, write_span);
}

pub(crate) fn read_facts(from: &mut Reader<'_>, places: &SpanBounds<'_>) -> Option<SyntaxFacts> {
    let (language, origin) = read_language(from)?;
    Some(SyntaxFacts {
        language,
        origin,
        within: *WITHIN.get(usize::from(from.byte()?))?,
        scopes: from.list(limits::SCOPES, |from| {
            Some(Scope {
                kind: read_kind(from)?,
                name: short(from, limits::NAME)?,
                signature: short(from, limits::SIGNATURE)?,
                span: places.span(from)?,
            })
        })?,
        imports: read_imports(from, places)?,
        definitions: read_definitions(from, places)?,
        references: from.list(limits::REFERENCES, |from| {
            Some(Reference { name: short(from, limits::NAME)?, span: places.span(from)? })
        })?,
        in_empty_block: from.bool()?,
        statement: from.list(1, |from| places.span(from))?.pop(),
        errors: from.list(limits::ERRORS, |from| places.span(from))?,
    })
}

fn write_insertion(to: &mut Writer, insertion: &Insertion) {
    to.0.push(u8::from(insertion.origin == Origin::Tree));
    to.list(&insertion.statements, |to, end| {
        to.count(end.at);
        to.number(end.depth.into());
    });
    to.list(insertion.block_end.as_slice(), |to, end| to.count(*end));
    to.list(&insertion.errors, write_span);
    for fact in [insertion.breaks, insertion.was_broken, insertion.mends] {
        to.0.push(u8::from(fact));
    }
    to.list(&insertion.risks, |to, rule| to.text(rule));
}

fn read_insertion(from: &mut Reader<'_>, places: &SpanBounds<'_>) -> Option<Insertion> {
    Some(Insertion {
        origin: read_origin(from)?,
        statements: from.list(limits::STATEMENTS, |from| {
            Some(StatementEnd { at: places.at(from)?, depth: u32::try_from(from.number()?).ok()? })
        })?,
        block_end: from.list(1, |from| places.at(from))?.pop(),
        errors: from.list(limits::ERRORS, |from| places.span(from))?,
        breaks: from.bool()?,
        was_broken: from.bool()?,
        mends: from.bool()?,
        risks: from.list(limits::RISKS, |from| short(from, limits::NAME))?,
    })
}

fn write_outline(to: &mut Writer, outline: &Outline) {
    write_language(to, outline.language, outline.origin);
    to.list(&outline.imports, write_import);
    to.list(&outline.definitions, write_definition);
    to.list(&outline.cuts, |to, cut| to.count(*cut));
}

fn read_outline(from: &mut Reader<'_>, places: &SpanBounds<'_>) -> Option<Outline> {
    let (language, origin) = read_language(from)?;
    Some(Outline {
        language,
        origin,
        imports: read_imports(from, places)?,
        definitions: read_definitions(from, places)?,
        cuts: from.list(limits::CUTS, |from| places.at(from))?,
    })
}
