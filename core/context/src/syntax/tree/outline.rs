//! Definitions and imports of a whole tree.

use ghostlight_text::Span;
use tree_sitter::{Node, QueryCursor, QueryCursorOptions, StreamingIterator, Tree};

use super::grammar::{Compiled, OutlineCapture};
use crate::syntax::facts::one_line;
use crate::syntax::lexical::cuts_between;
use crate::syntax::{Definition, DefinitionKind as Kind, Import, Origin, Outline, limits};

/// Everything that [`Outline`] holds.
pub(super) fn read(
    language: &'static str,
    queries: &Compiled,
    tree: &Tree,
    text: &str,
    cursor: &mut QueryCursor,
) -> Outline {
    let (definitions, imports) = definitions_and_imports(queries, tree, text, cursor);
    let spans: Vec<Span> = definitions.iter().map(|definition| definition.span).collect();
    Outline { language, origin: Origin::Tree, imports, cuts: cuts_between(text, &spans), definitions }
}

/// What a match says.
#[derive(Default)]
struct OutlineMatch<'tree> {
    definition: Option<(Kind, Node<'tree>)>,
    name: Option<Node<'tree>>,
    body: Option<Node<'tree>>,
    import: Option<Node<'tree>>,
    module: Option<Node<'tree>>,
    names: Vec<Node<'tree>>,
}

pub(super) fn definitions_and_imports(
    queries: &Compiled,
    tree: &Tree,
    text: &str,
    cursor: &mut QueryCursor,
) -> (Vec<Definition>, Vec<Import>) {
    let mut definitions: Vec<(usize, Definition)> = Vec::new();
    let mut imports: Vec<Import> = Vec::new();
    cursor.set_byte_range(0..usize::MAX).set_match_limit(super::MATCHES);
    let mut left = 1024 + text.len() / 4;
    let mut limited = super::limited(&mut left);
    let options = QueryCursorOptions::new().progress_callback(&mut limited);
    let mut matches =
        cursor.matches_with_options(&queries.outline, tree.root_node(), text.as_bytes(), options);
    while let Some(one) = matches.next() {
        let mut found = OutlineMatch::default();
        for capture in one.captures() {
            let node = capture.node;
            match queries.outline_captures[capture.index as usize] {
                OutlineCapture::Definition(kind) => found.definition = Some((kind, node)),
                OutlineCapture::Name => found.name = found.name.or(Some(node)),
                OutlineCapture::Body => found.body = found.body.or(Some(node)),
                OutlineCapture::Import => found.import = Some(node),
                OutlineCapture::Module => found.module = found.module.or(Some(node)),
                OutlineCapture::ImportName => found.names.push(node),
                OutlineCapture::Other => {}
            }
        }
        if let Some((kind, node)) = found.definition
            && let Some(name) = found.name
            && definitions.len() < 2 * limits::DEFINITIONS
        {
            let pattern = one.pattern_index;
            definitions.push((pattern, definition(kind, node, name, found.body, text)));
        }
        if let Some(node) = found.import {
            import(node, found.module, &found.names, text, &mut imports);
        }
    }
    (nest(definitions), imports)
}

fn definition(kind: Kind, node: Node<'_>, name: Node<'_>, body: Option<Node<'_>>, text: &str) -> Definition {
    let range = node.byte_range();
    let head = match body {
        Some(body) => range.start..body.start_byte(),
        // Without a body all of it is head, or the first line where that is long.
        None => {
            let all = &text[range.clone()];
            let is_short = all.lines().nth(3).is_none();
            let end = all.find('\n').filter(|_| !is_short).unwrap_or(all.len());
            range.start..range.start + end
        }
    };
    Definition {
        kind,
        name: one_line(&text[name.byte_range()], limits::NAME),
        signature: one_line(text[head].trim_end().trim_end_matches(['{', '=']), limits::SIGNATURE),
        span: Span::new(range.start, range.end),
        depth: 0,
    }
}

/// Adds to the import of the same statement, or begins another.
fn import(
    node: Node<'_>,
    module: Option<Node<'_>>,
    names: &[Node<'_>],
    text: &str,
    imports: &mut Vec<Import>,
) {
    let span = Span::new(node.start_byte(), node.end_byte());
    let module = module.map_or("", |module| &text[module.byte_range()]);
    // A grammar without a node for the module gives the whole statement.
    let module = module.strip_prefix("import ").unwrap_or(module);
    let module = one_line(module.trim_matches(['"', '\'', '<', '>', '`', ' ']), limits::NAME);
    let same = |import: &Import| {
        import.span == span && (module.is_empty() || import.module == module || import.module.is_empty())
    };
    let from = imports.len().saturating_sub(16);
    let at = match imports[from..].iter().rposition(same) {
        Some(at) => from + at,
        None if imports.len() < limits::IMPORTS => {
            imports.push(Import { module: String::new(), names: Vec::new(), span });
            imports.len() - 1
        }
        None => return,
    };
    let at = &mut imports[at];
    if !module.is_empty() {
        at.module = module;
    }
    for name in names {
        let name = one_line(&text[name.byte_range()], limits::NAME);
        if at.names.len() < limits::NAMES && !at.names.contains(&name) {
            at.names.push(name);
        }
    }
}

/// Orders definitions, drops those found twice, and says how deep each is.
fn nest(mut found: Vec<(usize, Definition)>) -> Vec<Definition> {
    // Of two patterns for one node the earlier one in the file of queries counts.
    found.sort_by_key(|(pattern, one)| (one.span.start.0, std::cmp::Reverse(one.span.end.0), *pattern));
    found.dedup_by(|(_, later), (_, earlier)| later.span == earlier.span && later.name == earlier.name);
    found.truncate(limits::DEFINITIONS);
    let mut definitions: Vec<Definition> = found.into_iter().map(|(_, definition)| definition).collect();
    let mut around: Vec<(usize, Kind)> = Vec::new();
    for definition in &mut definitions {
        around.retain(|(end, _)| definition.span.start.0 < *end);
        definition.depth = around.len() as u32;
        let in_type =
            matches!(around.last(), Some((_, Kind::Class | Kind::Interface | Kind::Extension | Kind::Enum)));
        if definition.kind == Kind::Function && in_type {
            definition.kind = Kind::Method;
        }
        around.push((definition.span.end.0, definition.kind));
    }
    definitions
}
