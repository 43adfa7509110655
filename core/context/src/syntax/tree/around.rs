//! What a tree says about a cursor.

use ghostlight_text::{BlockStyle, Span};
use tree_sitter::{Node, QueryCursorOptions, StreamingIterator, Tree};

use super::document::Document;
use super::grammar::{Grammar, PlaceCapture};
use super::{Tools, outline};
use crate::syntax::lexical::{self, NEAR_LINES};
use crate::syntax::{Origin, Reference, SyntaxFacts, Within, limits};

pub(super) fn read(grammar: &Grammar, document: &Document, tools: &mut Tools, cursor: usize) -> SyntaxFacts {
    let (text, tree) = (document.text.as_str(), &document.tree);
    let language = grammar.table(&document.path).expect("the document was opened with this grammar");
    let near = near(text, cursor);
    let guess = lexical::around_cursor(text, cursor, language);
    let queries = grammar.queries().expect("the document was opened with its queries");
    let (definitions, imports) = outline::definitions_and_imports(queries, tree, text, &mut tools.cursor);

    let mut comment = false;
    let mut string = false;
    let mut statement: Option<Span> = None;
    let mut in_block = false;
    let mut names: Vec<(usize, Span)> = Vec::new();
    tools.cursor.set_byte_range(near.clone()).set_match_limit(super::MATCHES);
    let mut left = 1024 + near.len() / 4;
    let mut limited = super::limited(&mut left);
    let options = QueryCursorOptions::new().progress_callback(&mut limited);
    let mut captures =
        tools.cursor.captures_with_options(&queries.place, tree.root_node(), text.as_bytes(), options);
    while let Some((one, index)) = captures.next() {
        let capture = one.captures()[*index];
        let node = capture.node;
        let (start, end) = (node.start_byte(), node.end_byte());
        match queries.place_captures[capture.index as usize] {
            PlaceCapture::Comment => {
                let closed =
                    language.block_comment.is_some_and(|(_, close)| text[start..end].ends_with(close));
                comment |= start < cursor && (cursor < end || cursor == end && !closed);
            }
            PlaceCapture::String => string |= start < cursor && cursor < end,
            PlaceCapture::Statement => {
                let span = Span::new(start, end);
                let is_inner = statement.is_none_or(|outer| span.len() <= outer.len());
                if start < cursor && cursor <= end && is_inner {
                    statement = Some(span);
                }
            }
            PlaceCapture::Block => in_block |= start < cursor && cursor <= end,
            PlaceCapture::Reference if end != cursor && end - start > 1 => {
                names.push((start.abs_diff(cursor), Span::new(start, end)));
            }
            PlaceCapture::Reference | PlaceCapture::Other => {}
        }
    }
    drop(captures);
    let errors = errors(tree, near);
    let line_start = text[..cursor].rfind('\n').map_or(0, |at| at + 1);
    // Where the tree is broken, what it says of this line is a guess as well.
    let broken = errors.iter().any(|error| error.start.0 <= cursor && line_start <= error.end.0);
    let in_import = imports.iter().any(|import| import.span.start.0 < cursor && cursor <= import.span.end.0)
        && !text[..cursor].ends_with([';', '\n']);
    let within = match () {
        () if comment => Within::Comment,
        () if in_import || broken && guess.within == Within::Import => Within::Import,
        () if string => Within::String,
        () if broken => guess.within,
        () => Within::Code,
    };
    SyntaxFacts {
        language: language.id,
        origin: Origin::Tree,
        within,
        scopes: lexical::scopes_at(text, cursor, language, &definitions),
        in_empty_block: within == Within::Code
            && guess.in_empty_block
            && (language.blocks != BlockStyle::Braces || in_block || broken),
        imports,
        definitions,
        references: references(text, names),
        statement,
        errors,
    }
}

/// The lines near a cursor.
fn near(text: &str, cursor: usize) -> std::ops::Range<usize> {
    let start = text[..cursor].rmatch_indices('\n').nth(NEAR_LINES).map_or(0, |(at, _)| at + 1);
    let end = text[cursor..].match_indices('\n').nth(NEAR_LINES).map_or(text.len(), |(at, _)| cursor + at);
    start..end
}

fn references(text: &str, mut names: Vec<(usize, Span)>) -> Vec<Reference> {
    names.sort_unstable_by_key(|(distance, span)| (*distance, span.start.0));
    let mut found: Vec<Reference> = Vec::new();
    for (_, span) in names {
        let name = &text[span.start.0..span.end.0];
        let known = found.iter().any(|reference| reference.name == name);
        if found.len() < limits::REFERENCES && name.len() <= limits::NAME && !known {
            found.push(Reference { name: name.to_owned(), span });
        }
    }
    found
}

/// Nodes that tree-sitter could not make sense of, or had to add, within a range.
pub(super) fn errors(tree: &Tree, range: std::ops::Range<usize>) -> Vec<Span> {
    let mut found = Vec::new();
    visit_errors(tree, &mut |node| {
        let span = Span::new(node.start_byte(), node.end_byte());
        if span.start.0 <= range.end && range.start <= span.end.0 {
            found.push(span);
        }
        found.len() < limits::ERRORS
    });
    found
}

/// Calls `see` for every error from the start of the tree until it says no.
pub(super) fn visit_errors<'tree>(tree: &'tree Tree, see: &mut dyn FnMut(Node<'tree>) -> bool) {
    let mut walk = tree.walk();
    loop {
        let node = walk.node();
        let is_error = node.is_error() || node.is_missing();
        if is_error && !see(node) {
            return;
        }
        // Only a part that has an error is looked into, and an error itself is not.
        if node.has_error() && !is_error && walk.goto_first_child() {
            continue;
        }
        while !walk.goto_next_sibling() {
            if !walk.goto_parent() {
                return;
            }
        }
    }
}
