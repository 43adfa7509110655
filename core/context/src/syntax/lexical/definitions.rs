//! Definitions by their first words and the shape of their lines.

use ghostlight_text::{BlockStyle, Language, OutlineStyle, Span};

use super::lines::{Line, identifiers};
use super::scan::Scan;
use crate::syntax::facts::one_line;
use crate::syntax::{Definition, DefinitionKind as Kind, limits};

/// Bytes of a line that are looked at; a longer one was written by a machine.
const LONGEST_LINE: usize = 400;

/// All definitions, in the order of the text.
pub(super) fn find(text: &str, language: &Language, scan: &Scan, lines: &[Line<'_>]) -> Vec<Definition> {
    let mut found = Vec::new();
    let mut around: Vec<usize> = Vec::new(); // ends of definitions that are open
    for (nth, line) in lines.iter().enumerate() {
        if !line.is_code || line.is_blank() || line.text.len() > LONGEST_LINE {
            continue;
        }
        let Some((kind, name)) = head(line.text.trim(), language) else { continue };
        let start = line.first();
        let (end, head_end) = extent(text, language, scan, lines, nth, kind);
        around.retain(|&end| start < end);
        let kind = if kind == Kind::Function && !around.is_empty() { Kind::Method } else { kind };
        found.push(Definition {
            kind,
            name: name[..name.floor_char_boundary(limits::NAME)].to_owned(),
            signature: one_line(&text[start..head_end], limits::SIGNATURE),
            span: Span::new(start, end),
            depth: around.len() as u32,
        });
        around.push(end);
        if found.len() == limits::DEFINITIONS {
            break;
        }
    }
    found
}

/// What a line defines, and its name.
fn head<'a>(line: &'a str, language: &Language) -> Option<(Kind, &'a str)> {
    match language.outline {
        OutlineStyle::Words => by_words(line, language),
        OutlineStyle::Headings => {
            let title = line.trim_start_matches('#');
            let level = line.len() - title.len();
            ((1..=6).contains(&level) && title.starts_with(' ')).then(|| (Kind::Section, title.trim()))
        }
        OutlineStyle::Sections => {
            let name = line.trim_matches(['[', ']']);
            (line.starts_with('[') && line.ends_with(']')).then_some((Kind::Section, name))
        }
        OutlineStyle::Keys => {
            let name = line.strip_suffix(':')?;
            (!name.contains([' ', '#'])).then_some((Kind::Field, name))
        }
        OutlineStyle::Rules => {
            let selector = line.strip_suffix('{')?.trim();
            (!selector.is_empty()).then_some((Kind::Rule, selector))
        }
        OutlineStyle::None => None,
    }
}

/// `pub fn name`, `export class Name`.
fn by_words<'a>(line: &'a str, language: &Language) -> Option<(Kind, &'a str)> {
    let mut words = identifiers(line).peekable();
    while let Some((at, word)) = words.next() {
        // A head begins with its words: nothing but blanks and brackets between them.
        if let Some(kind) = language.defines(word) {
            let mut name = words.next().map(|(_, name)| name);
            if kind == Kind::Class && name == Some("class") {
                name = words.next().map(|(_, name)| name); // `data class`, `enum class`
            }
            if kind == Kind::Extension {
                let of = line.find(" for ").map_or(line, |at| &line[at + 5..]);
                let of = if of.len() == line.len() { line[at + word.len()..].trim_start() } else { of };
                name = identifiers(skip_generics(of)).next().map(|(_, name)| name);
            } else if kind == Kind::Function && line[at + word.len()..].starts_with(" (") {
                // Of a method in Go the receiver stands first; of a function without a name nothing follows.
                let after = line.find(") ")? + 2;
                name = identifiers(&line[after..]).next().map(|(_, name)| name);
            }
            let name = name?;
            return (!starts_statement(name)).then_some((kind, name));
        }
        if !language.is_modifier(word) {
            break;
        }
    }
    by_shape(line, language)
}

/// `<T: Foo> Bar<T>` without the brackets in front.
fn skip_generics(text: &str) -> &str {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => return &text[at..],
            _ => {}
        }
    }
    text
}

/// `int f(char c) {`, `name(args) {`, `const f = (x) => {`.
fn by_shape<'a>(line: &'a str, language: &Language) -> Option<(Kind, &'a str)> {
    if language.blocks != BlockStyle::Braces || !line.ends_with('{') {
        return None;
    }
    let first = identifiers(line).next()?.1;
    if matches!(first, "const" | "let" | "var") && (line.contains("=>") || line.contains("function")) {
        let name = identifiers(line).nth(1)?.1;
        return Some((Kind::Function, name));
    }
    let before = line[..line.find('(')?].trim_end();
    let name = identifiers(before).last().filter(|(at, name)| at + name.len() == before.len())?.1;
    let is_call = before.contains(['=', '.']) || language.is_keyword(name) || starts_statement(first);
    (!is_call).then_some((Kind::Function, name))
}

fn starts_statement(word: &str) -> bool {
    matches!(
        word,
        "if" | "else"
            | "for"
            | "while"
            | "switch"
            | "match"
            | "return"
            | "catch"
            | "do"
            | "try"
            | "throw"
            | "in"
    )
}

/// Whether a text can stand between two brackets of a head: on one line, or with the
/// rest of the head on the next.
fn is_head(text: &str) -> bool {
    let mut lines = text.split('\n');
    let next = lines.nth(1).unwrap_or_default().trim_start();
    let goes_on = ["", "throws ", "where", "extends ", "implements ", "->", ":", "with "];
    !text.contains(';')
        && lines.next().is_none()
        && goes_on
            .iter()
            .any(|start| if start.is_empty() { next.is_empty() } else { next.starts_with(start) })
}

/// Where a definition ends, and where its head does.
fn extent(
    text: &str,
    language: &Language,
    scan: &Scan,
    lines: &[Line<'_>],
    nth: usize,
    kind: Kind,
) -> (usize, usize) {
    let line = &lines[nth];
    if language.blocks == BlockStyle::Braces {
        let mut index = scan.bracket_from(line.start);
        let mut from = line.start;
        while let Some(bracket) = scan.brackets.get(index).filter(|bracket| bracket.at <= line.end() + 800) {
            if !is_head(&text[from..bracket.at]) {
                break;
            }
            match (bracket.byte, bracket.mate) {
                (b'{', Some(mate)) => return (scan.brackets[mate].at + 1, bracket.at),
                (b'{', None) => return (text.len(), bracket.at),
                (b'(' | b'[', Some(mate)) => {
                    index = mate + 1;
                    from = scan.brackets[mate].at;
                }
                _ => break,
            }
        }
        return (line.end(), line.end());
    }
    // By indentation: to the last line that is deeper, and a word that closes.
    let level = line.text.trim_start().bytes().take_while(|&byte| byte == b'#').count();
    let mut end = line.end();
    for later in &lines[nth + 1..] {
        if later.is_blank() {
            continue;
        }
        let goes_on = match kind {
            Kind::Section if language.outline == OutlineStyle::Headings => {
                let mark = later.text.bytes().take_while(|&byte| byte == b'#').count();
                !later.is_code || mark == 0 || mark > level
            }
            Kind::Section => !later.text.trim_start().starts_with('['),
            _ => later.indent > line.indent || !later.is_code,
        };
        if !goes_on {
            let closes =
                later.indent == line.indent && matches!(later.text.trim(), "end" | "end;" | "}" | ")" | "fi");
            if closes && kind != Kind::Section {
                end = later.end();
            }
            break;
        }
        end = later.end();
    }
    (end, line.end())
}
