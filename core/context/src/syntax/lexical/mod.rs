//! Syntax without a grammar: what every language of the table shows by its
//! brackets, its indentation, its comments and strings, and a few words.
//!
//! It is what there is until a grammar is there, and for languages without one.
//! It guesses; it never finds a parse error.

mod definitions;
mod imports;
mod insertion;
mod lines;
mod scan;

use ghostlight_text::{BlockStyle, Language, OutlineStyle, Span};

use super::{Definition, Insertion, Origin, Outline, Reference, Scope, Syntax, SyntaxFacts, Within, limits};
use crate::Source;
use lines::{Line, identifiers, indentation, lines};
use scan::{RegionKind, Scan};

/// Most bytes on each side of the cursor, and of an outline, that are read.
const NEAR: usize = 512 << 10;

/// Lines on each side of the cursor in which references are looked for.
pub(super) const NEAR_LINES: usize = 30;

/// Lines of a chunk, the text between two cuts, about.
const CHUNK_LINES: usize = 40;

/// The [`Syntax`] of every language of the table, which the path names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lexical;

/// The [`Syntax`] of one language, whatever the path.
#[derive(Debug, Clone, Copy)]
pub struct LexicalOf(pub &'static Language);

impl Syntax for Lexical {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        Language::from_path(source.path).map(|language| LexicalOf(language).facts(source)).unwrap_or_default()
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        insertion::read(source, text, Language::from_path(source.path))
    }

    fn outline(&mut self, path: &str, text: &str) -> Outline {
        if let Some(language) = Language::from_path(path) {
            return LexicalOf(language).outline(path, text);
        }
        let text = &text[..text.floor_char_boundary(2 * NEAR)];
        Outline { cuts: cuts(&lines(text, &Scan::default()), &[]), ..Outline::default() }
    }
}

impl Syntax for LexicalOf {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        let language = self.0;
        let base = source.prefix.ceil_char_boundary(source.prefix.len().saturating_sub(NEAR));
        let prefix = &source.prefix[base..];
        let text = [prefix, &source.suffix[..source.suffix.floor_char_boundary(NEAR)]].concat();
        let mut facts = around_cursor(&text, prefix.len(), language);
        if base > 0 {
            let moved = |span: &mut Span| *span = Span::new(span.start.0 + base, span.end.0 + base);
            facts.scopes.iter_mut().for_each(|scope| moved(&mut scope.span));
            facts.imports.iter_mut().for_each(|import| moved(&mut import.span));
            facts.definitions.iter_mut().for_each(|definition| moved(&mut definition.span));
            facts.references.iter_mut().for_each(|reference| moved(&mut reference.span));
        }
        facts
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        insertion::read(source, text, Some(self.0))
    }

    fn outline(&mut self, _: &str, text: &str) -> Outline {
        let text = &text[..text.floor_char_boundary(2 * NEAR)];
        let language = self.0;
        let scan = Scan::new(text, Some(language));
        let lines = lines(text, &scan);
        let definitions = definitions::find(text, language, &scan, &lines);
        let spans: Vec<Span> = definitions.iter().map(|definition| definition.span).collect();
        Outline {
            language: language.id,
            origin: Origin::Lexical,
            imports: imports::find(text, language, &lines),
            cuts: cuts(&lines, &spans),
            definitions,
        }
    }
}

/// [`SyntaxFacts`] of a cursor in a whole text.
pub(super) fn around_cursor(text: &str, cursor: usize, language: &'static Language) -> SyntaxFacts {
    let scan = Scan::new(text, Some(language));
    let lines = lines(text, &scan);
    let current = lines.partition_point(|line| line.start <= cursor).saturating_sub(1);
    let imports = imports::find(text, language, &lines);
    let in_import =
        imports.iter().any(|import| (import.span.start.0 + 1..=import.span.end.0).contains(&cursor))
            || imports::starts(&text[lines[current].start..cursor], language);
    let within = match scan.around(cursor).map(|region| region.kind) {
        Some(RegionKind::Comment) => Within::Comment,
        _ if in_import => Within::Import,
        Some(RegionKind::String) => Within::String,
        None => Within::Code,
    };
    let definitions = definitions::find(text, language, &scan, &lines);
    let scopes = scopes(text, cursor, language, &lines, &definitions);
    SyntaxFacts {
        language: language.id,
        origin: Origin::Lexical,
        within,
        references: references(language, &scan, &lines, current, cursor),
        in_empty_block: within == Within::Code
            && in_empty_block(text, cursor, language, &scan, &lines, current),
        scopes,
        imports,
        definitions,
        statement: None,
        errors: Vec::new(),
    }
}

/// The definitions that a cursor is inside of, outermost first.
fn scopes(
    text: &str,
    cursor: usize,
    language: &Language,
    lines: &[Line<'_>],
    definitions: &[Definition],
) -> Vec<Scope> {
    let line_of = |at: usize| lines.partition_point(|line| line.start <= at).saturating_sub(1);
    let current = line_of(cursor);
    let indent = indentation(&text[lines[current].start..cursor]);
    let is_around = |definition: &&Definition| {
        let span = definition.span;
        let line = line_of(span.start.0);
        span.start.0 < cursor
            && match language.blocks {
                BlockStyle::Braces => cursor < span.end.0 || (cursor == span.end.0 && cursor == text.len()),
                // The cursor may stand below the last line of a body, as deep as it.
                _ => {
                    line < current
                        && (cursor <= span.end.0 || only_blank(&text[span.end.0..cursor]))
                        && (indent > lines[line].indent
                            || cursor < span.end.0
                            || language.outline == OutlineStyle::Headings)
                }
            }
    };
    let scope = |definition: &Definition| Scope {
        kind: definition.kind,
        name: definition.name.clone(),
        signature: definition.signature.clone(),
        span: definition.span,
    };
    let scopes: Vec<Scope> = definitions.iter().filter(is_around).map(scope).collect();
    let skipped = scopes.len().saturating_sub(limits::SCOPES);
    scopes.into_iter().skip(skipped).collect()
}

/// The same, from the text alone.
#[cfg(feature = "tree-sitter")]
pub(super) fn scopes_at(
    text: &str,
    cursor: usize,
    language: &Language,
    definitions: &[Definition],
) -> Vec<Scope> {
    scopes(text, cursor, language, &lines(text, &Scan::default()), definitions)
}

/// Cuts of a text whose definitions are known.
#[cfg(feature = "tree-sitter")]
pub(super) fn cuts_between(text: &str, definitions: &[Span]) -> Vec<usize> {
    cuts(&lines(text, &Scan::default()), definitions)
}

fn only_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Identifiers in code near the cursor, the nearest first, each once.
fn references(
    language: &Language,
    scan: &Scan,
    lines: &[Line<'_>],
    current: usize,
    cursor: usize,
) -> Vec<Reference> {
    let from = current.saturating_sub(NEAR_LINES);
    let near = &lines[from..lines.len().min(current + NEAR_LINES)];
    let mut all: Vec<(usize, Span, &str)> = Vec::new();
    for line in near {
        for (at, name) in identifiers(line.text) {
            let start = line.start + at;
            let end = start + name.len();
            // The word that is being typed is no reference yet.
            if name.len() > 1 && end != cursor && !language.is_keyword(name) && !scan.covers(start) {
                all.push((start.abs_diff(cursor), Span::new(start, end), name));
            }
        }
    }
    all.sort_unstable_by_key(|(distance, span, _)| (*distance, span.start.0));
    let mut found: Vec<Reference> = Vec::new();
    for (_, span, name) in all {
        if found.len() < limits::REFERENCES && !found.iter().any(|reference| reference.name == name) {
            let name = &name[..name.floor_char_boundary(limits::NAME)];
            found.push(Reference { name: name.to_owned(), span });
        }
    }
    found
}

fn in_empty_block(
    text: &str,
    cursor: usize,
    language: &Language,
    scan: &Scan,
    lines: &[Line<'_>],
    current: usize,
) -> bool {
    if language.blocks == BlockStyle::Braces {
        let here = scan.bracket_from(cursor);
        let Some(open) = here.checked_sub(1).map(|before| scan.brackets[before]) else { return false };
        let end = scan.brackets.get(here).map_or(text.len(), |bracket| bracket.at);
        return open.byte == b'{' && only_blank(&text[open.at + 1..cursor]) && only_blank(&text[cursor..end]);
    }
    let line = &lines[current];
    if !line.is_blank() {
        return false;
    }
    let above = lines[..current].iter().rev().find(|line| !line.is_blank());
    let below = lines[current + 1..].iter().find(|line| !line.is_blank());
    let Some(above) = above.filter(|above| above.is_code) else { return false };
    let head = above.text.trim_end();
    let opens = match language.blocks {
        BlockStyle::Indentation => head.ends_with(':'),
        BlockStyle::Keywords => {
            let last = head.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            let first = identifiers(head).map(|(_, word)| word).next().unwrap_or_default();
            matches!(last, "do" | "then" | "else" | "begin")
                || language.defines(first).is_some()
                || matches!(first, "if" | "while" | "for" | "local") && !head.ends_with("end")
        }
        _ => false,
    };
    opens && below.is_none_or(|below| below.indent <= above.indent)
}

/// Starts of lines to cut at: about every [`CHUNK_LINES`], where possible at the
/// start of a definition or after a blank line, and not inside of a small definition.
fn cuts(lines: &[Line<'_>], definitions: &[Span]) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut from = 0;
    while lines.len() - from > CHUNK_LINES + CHUNK_LINES / 2 && cuts.len() < limits::CUTS {
        let range = from + CHUNK_LINES / 2..(from + CHUNK_LINES + CHUNK_LINES / 2).min(lines.len());
        let rank = |&nth: &usize| {
            let line = &lines[nth];
            let start = line.first();
            let starts = definitions.binary_search_by_key(&start, |span| span.start.0).is_ok();
            let after_blank = lines[nth - 1].is_blank() && !line.is_blank();
            let distance = nth.abs_diff(from + CHUNK_LINES);
            // What stands shallow is cut before what stands deep.
            (
                line.indent.min(40) + distance / 4 + usize::from(!starts) * 8 + usize::from(!after_blank) * 8,
                distance,
            )
        };
        let Some(cut) = range.min_by_key(rank) else { break };
        cuts.push(lines[cut].start);
        from = cut;
    }
    cuts
}
