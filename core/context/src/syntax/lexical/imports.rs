//! Imports by the first word of their line.

use ghostlight_text::{Language, Span};

use super::lines::{Line, identifiers};
use crate::syntax::facts::one_line;
use crate::syntax::{Import, limits};

/// Lines that look like an import, to be looked at.
const MOST_TRIED: usize = 4 * limits::IMPORTS;

/// Lines of one import statement.
const LONGEST: usize = 60;

/// All imports, in the order of the text.
pub(super) fn find(text: &str, language: &Language, lines: &[Line<'_>]) -> Vec<Import> {
    let mut found = Vec::new();
    let mut nth = 0;
    let mut tried = 0;
    while let Some(line) = lines.get(nth) {
        nth += 1;
        if !line.is_code {
            continue;
        }
        let Some(rest) = after_word(line.text.trim(), language) else { continue };
        tried += 1;
        if found.len() >= limits::IMPORTS || tried > MOST_TRIED {
            break;
        }
        let last = last_line(lines, nth - 1);
        let statement = &text[line.first()..lines[last].end()];
        let rest = &statement[statement.len().min(statement.find(rest).unwrap_or(0))..];
        if rest.starts_with('(') && last > nth {
            for inner in &lines[nth..last.max(nth)] {
                let module = quoted(inner.text);
                found.extend(module.map(|module| import(module, vec![], inner.first(), inner.end())));
            }
        } else if let Some((module, names)) = parts(rest, language) {
            found.push(import(module, names, line.first(), lines[last].end()));
        }
        nth = last + 1;
    }
    found.truncate(limits::IMPORTS);
    found
}

/// Whether a line begins an import.
pub(super) fn starts(line: &str, language: &Language) -> bool {
    after_word(line.trim_start(), language).is_some()
}

fn import(module: &str, mut names: Vec<String>, start: usize, end: usize) -> Import {
    names.truncate(limits::NAMES);
    Import { module: one_line(module, limits::NAME), names, span: Span::new(start, end) }
}

/// What follows the word that makes the line an import.
fn after_word<'a>(line: &'a str, language: &Language) -> Option<&'a str> {
    let imports = &language.imports;
    if line.contains('=') {
        let called = |call: &&str| {
            let at = line.find(call)?;
            Some(&line[at + call.len()..]).filter(|rest| rest.starts_with('('))
        };
        if let Some(rest) = imports.calls.iter().find_map(called) {
            return Some(rest);
        }
    }
    let after = |line: &'a str, word: &str| line.strip_prefix(word)?.strip_prefix(' ').map(str::trim_start);
    if let Some(rest) =
        imports.with_from.and_then(|word| after(line, word)).filter(|_| line.contains(" from "))
    {
        return Some(rest);
    }
    let line = imports.modifiers.iter().find_map(|word| after(line, word)).unwrap_or(line);
    imports.words.iter().find_map(|word| {
        let rest = line.strip_prefix(word)?;
        rest.starts_with([' ', '\t', '"', '\'', '<', '(', '{']).then(|| rest.trim_start())
    })
}

fn parts<'a>(rest: &'a str, language: &Language) -> Option<(&'a str, Vec<String>)> {
    if language.imports.names_last {
        return names_last(rest);
    }
    let named = |list: &str| identifiers(list).map(|(_, name)| name.to_owned()).collect::<Vec<_>>();
    let braces = rest.find('{').map(|open| (open, rest.find('}').unwrap_or(rest.len())));
    if let Some(module) = quoted(rest) {
        let before = &rest[..rest.find(module)?];
        let names = named(before).into_iter().filter(|name| !matches!(name.as_str(), "from" | "type" | "as"));
        return Some((module, names.collect()));
    }
    if let Some((open, close)) = braces.filter(|(open, close)| open < close) {
        let module = rest[..open].trim_end_matches([':', '.', '\\', ' ']);
        return Some((module, named(&rest[open + 1..close])));
    }
    let module = rest.split([';', ' ', '\t', '\n']).next()?.trim_matches(['"', '\'', '(', ')', '`']);
    let name = identifiers(module).last().map(|(_, name)| name.to_owned());
    (!module.is_empty()).then(|| (module, name.into_iter().collect()))
}

/// `x.y, z` after `import`, `x import a as b, c` after `from`.
fn names_last(rest: &str) -> Option<(&str, Vec<String>)> {
    let module = rest.split([' ', '\n', ',', '#']).next()?.trim();
    let names = match rest.split_once(" import ") {
        Some((_, list)) => {
            let words = list.split([',', '\n', '(', ')']);
            words.filter_map(|word| identifiers(word).last().map(|(_, name)| name.to_owned())).collect()
        }
        None => module.split('.').next().map(str::to_owned).into_iter().collect(),
    };
    (!module.is_empty()).then_some((module, names))
}

/// The text between the first quotes or angle brackets.
fn quoted(text: &str) -> Option<&str> {
    let open = text.find(['"', '\'', '<', '`'])?;
    let close = match text.as_bytes()[open] {
        b'<' => '>',
        quote => char::from(quote),
    };
    let inside = &text[open + 1..];
    Some(&inside[..inside.find(close)?]).filter(|inside| !inside.is_empty() && !inside.contains('\n'))
}

/// The last line of a statement over several lines: where its brackets are closed,
/// if they are within a screen.
fn last_line(lines: &[Line<'_>], first: usize) -> usize {
    let mut open = 0isize;
    for (nth, line) in lines.iter().enumerate().skip(first).take(LONGEST) {
        for byte in line.text.bytes() {
            open += isize::from(matches!(byte, b'(' | b'{')) - isize::from(matches!(byte, b')' | b'}'));
        }
        if open <= 0 {
            return nth;
        }
    }
    first
}
