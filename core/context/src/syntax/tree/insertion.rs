//! What an inserted text would be: the tree of the file with it.

use ghostlight_text::Span;
use tree_sitter::{QueryCursorOptions, StreamingIterator, Tree};

use super::document::{Document, advance, parse, point};
use super::grammar::{Grammar, PlaceCapture};
use super::{Tools, around, risks};
use crate::only_closes;
use crate::syntax::{Insertion, Origin, StatementEnd, limits};

/// None where the file with the text cannot be parsed.
pub(super) fn read(
    grammar: &Grammar,
    document: &Document,
    tools: &mut Tools,
    cursor: usize,
    text: &str,
) -> Option<Insertion> {
    let queries = grammar.queries().ok()?;
    let base = &document.text;
    let whole = [&base[..cursor], text, &base[cursor..]].concat();
    let mut old = document.tree.clone();
    let start = point(base, cursor);
    old.edit(&tree_sitter::InputEdit {
        start_byte: cursor,
        old_end_byte: cursor,
        new_end_byte: cursor + text.len(),
        start_position: start,
        old_end_position: start,
        new_end_position: advance(start, text),
    });
    let tree = parse(&whole, Some(&old), grammar, tools)?;
    let end = cursor + text.len();

    let mut blocks: Vec<Span> = Vec::new();
    let mut statements: Vec<Span> = Vec::new();
    tools.cursor.set_byte_range(cursor.saturating_sub(1)..end + 1).set_match_limit(super::MATCHES);
    let mut left = 1024 + text.len() / 4;
    let mut limited = super::limited(&mut left);
    let options = QueryCursorOptions::new().progress_callback(&mut limited);
    let mut captures =
        tools.cursor.captures_with_options(&queries.place, tree.root_node(), whole.as_bytes(), options);
    while let Some((one, index)) = captures.next() {
        let capture = one.captures()[*index];
        let span = Span::new(capture.node.start_byte(), capture.node.end_byte());
        match queries.place_captures[capture.index as usize] {
            PlaceCapture::Block => blocks.push(span),
            PlaceCapture::Statement => statements.push(span),
            _ => {}
        }
    }
    drop(captures);

    // The block that the cursor is in: the innermost that began before it.
    let around = blocks.iter().filter(|block| block.start.0 < cursor && cursor <= block.end.0);
    let own = around.min_by_key(|block| block.len()).copied();
    let block_end = own.and_then(|own| block_end(&whole, own, cursor, end));
    let floor = own.map_or(0, |own| own.start.0);
    let ends_inside = |span: &&Span| cursor < span.end.0 && span.end.0 <= end && span.start.0 >= floor;
    let mut ends: Vec<StatementEnd> = statements
        .iter()
        .filter(ends_inside)
        .filter(|span| block_end.is_none_or(|block| span.end.0 - cursor <= block))
        .map(|span| {
            let inside = |block: &&Span| {
                block.start.0 >= cursor
                    && block.start.0 <= span.start.0
                    && span.end.0 <= block.end.0
                    && *block != span
            };
            StatementEnd { at: span.end.0 - cursor, depth: blocks.iter().filter(inside).count() as u32 }
        })
        .collect();
    ends.sort_unstable_by_key(|end| (end.at, end.depth));
    ends.dedup_by_key(|end| end.at);
    ends.truncate(limits::STATEMENTS);

    let relative = |span: Span| {
        let within = |at: usize| at.saturating_sub(cursor).min(text.len());
        Span::new(within(span.start.0), within(span.end.0))
    };
    // What goes on behind the cursor on its line has to fit the text too.
    let rest = base[cursor..].split(['\n', '\r']).next().unwrap_or_default();
    let rest = if only_closes(rest) { 0 } else { rest.len() };
    let errors: Vec<Span> = around::errors(&tree, cursor..end + rest).into_iter().map(relative).collect();
    // A file that is broken as it is recovers in other places with every text, so there only what
    // touches the text counts.
    let (before, with) = (count(&document.tree), count(&tree));
    let breaks = with > before
        && (before == 0 || errors.len() > around::errors(&document.tree, cursor..cursor + rest).len());
    let read = (whole.as_str(), &tree);
    let risks = risks::broken(grammar.risks().ok()?, read, document, cursor..end, &mut tools.cursor);
    Some(Insertion {
        origin: Origin::Tree,
        statements: ends,
        block_end,
        errors,
        breaks,
        was_broken: before > 0,
        mends: with < before,
        risks,
    })
}

/// Where a block ends inside of the inserted text: before its closing bracket or word.
fn block_end(whole: &str, own: Span, cursor: usize, end: usize) -> Option<usize> {
    let stop = own.end.0;
    if stop > end || stop <= cursor {
        return None;
    }
    let inside = &whole[own.start.0..stop];
    let closer = match inside.as_bytes().last() {
        // One that closes what the text itself opened ends no block around it: a tree that
        // recovers from an error may say so.
        Some(&closer @ (b'}' | b')' | b']')) => match opened(&whole[cursor..stop - 1], closer) {
            0 => 1,
            _ => return None,
        },
        _ => {
            ["end", "done", "fi", "esac"].into_iter().find(|word| inside.ends_with(word)).map_or(0, str::len)
        }
    };
    // A block that just stops, such as one of Python, stops with the text too.
    if closer == 0 && (stop == end || whole[stop..].trim().is_empty()) {
        return None;
    }
    (stop - closer).checked_sub(cursor)
}

/// How many brackets of a kind a text opens and leaves open. Those in strings count, too.
fn opened(text: &str, closer: u8) -> usize {
    let opener = match closer {
        b'}' => b'{',
        b')' => b'(',
        _ => b'[',
    };
    text.bytes().fold(0_usize, |open, byte| match byte {
        _ if byte == opener => open + 1,
        _ if byte == closer => open.saturating_sub(1),
        _ => open,
    })
}

/// Errors of a tree, up to a number beyond which one more does not matter.
fn count(tree: &Tree) -> usize {
    let mut count = 0;
    around::visit_errors(tree, &mut |_| {
        count += 1;
        count < 1000
    });
    count
}
