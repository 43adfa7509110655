//! Mutations of blanks, line ends, quotes and spelling.

use super::base::{Base, Case, Kind, Random, block};

/// A case of one kind, or none where the kind does not apply to that edit.
pub(crate) type Mutation = fn(&Base, &mut Random) -> Option<Case>;

pub(crate) const MUTATIONS: &[Mutation] = &[
    exact,
    file_crlf,
    answer_crlf,
    mixed_ends,
    no_final_newline,
    byte_order_mark,
    file_blanks,
    answer_blanks,
    search_blanks,
    indent_less,
    indent_more,
    blanks_for_tabs,
    tabs_for_blanks,
    indent_uneven,
    plain_quotes,
    typographic_quotes,
    typo,
    typo_in_changed_line,
    many_at_once,
];

fn exact(base: &Base, _: &mut Random) -> Option<Case> {
    let answer = block(base.path, &base.search(), &base.replace());
    Some(Case::new("exact", base.path, base.text(), answer, Some(base.intended())))
}

/// A case whose file has other lines than the answer's.
fn other_file(kind: &'static str, base: &Base, raw: &dyn Fn(usize) -> String) -> Case {
    let file = (0..base.lines.len()).map(raw).collect();
    let answer = block(base.path, &base.search(), &base.replace());
    Case::new(kind, base.path, file, answer, Some(base.made(raw)))
}

/// A case whose answer has other lines than the file's; `change` is told whether an edit keeps a line.
fn other_answer(
    kind: &'static str,
    base: &Base,
    change: &mut dyn FnMut(&str, usize, Kind) -> String,
) -> Option<Case> {
    let search: Vec<String> =
        base.search().iter().enumerate().map(|(of, line)| change(line, of, Kind::Kept)).collect();
    let replace: Vec<String> = base
        .new
        .iter()
        .map(|new| {
            if new.kind == Kind::Kept { search[new.of].clone() } else { change(&new.text, new.of, new.kind) }
        })
        .collect();
    let is_same = search == base.search();
    let answer = block(base.path, &search, &replace);
    (!is_same).then(|| Case::new(kind, base.path, base.text(), answer, Some(base.intended())))
}

fn file_crlf(base: &Base, _: &mut Random) -> Option<Case> {
    Some(other_file("line ends: file has CRLF", base, &|line| format!("{}\r\n", base.lines[line])))
}

fn answer_crlf(base: &Base, random: &mut Random) -> Option<Case> {
    let mut case = exact(base, random)?;
    case.kind = "line ends: answer has CRLF";
    case.answer = case.answer.replace('\n', "\r\n");
    Some(case)
}

fn mixed_ends(base: &Base, random: &mut Random) -> Option<Case> {
    let ends: Vec<&str> = base.lines.iter().map(|_| random.pick(&["\n", "\r\n"])).collect();
    Some(other_file("line ends: file has both", base, &|line| format!("{}{}", base.lines[line], ends[line])))
}

fn no_final_newline(base: &Base, random: &mut Random) -> Option<Case> {
    if base.window.end < base.lines.len() {
        return None;
    }
    let mut case = exact(base, random)?;
    case.kind = "no newline at the end";
    case.seen[0].1.pop();
    let intended = &mut case.intended.as_mut()?[0].1;
    // What comes last has no end then, unless the last line itself was dropped.
    if base.new.last().is_some_and(|new| new.of + 1 == base.window.len()) {
        intended.pop();
    }
    Some(case)
}

fn byte_order_mark(base: &Base, random: &mut Random) -> Option<Case> {
    if base.window.start > 4 {
        return None;
    }
    let mut case = exact(base, random)?;
    case.kind = "byte order mark";
    case.seen[0].1.insert(0, '\u{feff}');
    case.intended.as_mut()?[0].1.insert(0, '\u{feff}');
    Some(case)
}

fn file_blanks(base: &Base, random: &mut Random) -> Option<Case> {
    let blanks: Vec<&str> = base.lines.iter().map(|_| random.pick(&["", "", " ", "  ", "\t"])).collect();
    Some(other_file("blanks at line ends: in the file", base, &|line| {
        format!("{}{}\n", base.lines[line], blanks[line])
    }))
}

fn answer_blanks(base: &Base, random: &mut Random) -> Option<Case> {
    let blanks: Vec<&str> = base.lines.iter().map(|_| random.pick(&["", " ", "\t ", "  "])).collect();
    other_answer("blanks at line ends: in the answer", base, &mut |line, of, kind| match kind {
        Kind::Added => line.to_owned(),
        _ => format!("{line}{}", blanks[of]),
    })
}

fn search_blanks(base: &Base, random: &mut Random) -> Option<Case> {
    let search: Vec<String> =
        base.search().iter().map(|line| format!("{line}{}", random.pick(&["", " ", "\t"]))).collect();
    let answer = block(base.path, &search, &base.replace());
    let kind = "blanks at line ends: in the search text";
    (search != base.search()).then(|| Case::new(kind, base.path, base.text(), answer, Some(base.intended())))
}

fn common_indent(base: &Base) -> usize {
    let lines = base.search().into_iter().chain(base.replace());
    let indents =
        lines.filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len());
    indents.min().unwrap_or(0)
}

fn indent_less(base: &Base, _: &mut Random) -> Option<Case> {
    let less = common_indent(base);
    other_answer("indent: less than in the file", base, &mut |line, _, _| {
        line.get(less..).unwrap_or_default().to_owned()
    })
}

fn indent_more(base: &Base, random: &mut Random) -> Option<Case> {
    let more = random.pick(&["  ", "    ", "\t", "        "]);
    other_answer("indent: more than in the file", base, &mut |line, _, _| {
        if line.trim().is_empty() { line.to_owned() } else { format!("{more}{line}") }
    })
}

fn blanks_for_tabs(base: &Base, random: &mut Random) -> Option<Case> {
    let width = " ".repeat(random.pick(&[2, 4, 8]));
    other_answer("indent: blanks for tabs", base, &mut |line, _, _| {
        let body = line.trim_start_matches('\t');
        width.repeat(line.len() - body.len()) + body
    })
}

fn tabs_for_blanks(base: &Base, _: &mut Random) -> Option<Case> {
    let width = if base.path.ends_with(".ts") || base.path.ends_with(".yaml") { 2 } else { 4 };
    other_answer("indent: tabs for blanks", base, &mut |line, _, _| {
        let body = line.trim_start_matches(' ');
        let blanks = line.len() - body.len();
        "\t".repeat(blanks / width) + &" ".repeat(blanks % width) + body
    })
}

fn indent_uneven(base: &Base, random: &mut Random) -> Option<Case> {
    let lines = base.search();
    let odd = random.below(lines.len());
    if lines.iter().filter(|line| !line.trim().is_empty()).count() < 2 || lines[odd].trim().is_empty() {
        return None;
    }
    other_answer("indent: one line off", base, &mut |line, of, _| {
        if of == odd { format!("  {line}") } else { line.to_owned() }
    })
}

fn plain(line: &str) -> String {
    line.replace(['“', '”'], "\"").replace('’', "'").replace('–', "-")
}

fn plain_quotes(base: &Base, _: &mut Random) -> Option<Case> {
    other_answer("quotes: plain in the answer", base, &mut |line, _, _| plain(line))
}

fn typographic_quotes(base: &Base, _: &mut Random) -> Option<Case> {
    other_answer("quotes: typographic in the answer", base, &mut |line, _, kind| {
        if kind == Kind::Added { line.to_owned() } else { line.replace('"', "”").replace('\'', "’") }
    })
}

/// A line with one letter doubled, dropped or replaced, at least so far from where `other` differs.
fn misspelt(line: &str, random: &mut Random) -> Option<String> {
    let letters: Vec<usize> =
        line.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at).collect();
    let at = *letters.get(random.below(letters.len()))?;
    let (before, after) = (&line[..at], &line[at + 1..]);
    Some(match random.below(3) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{0}{0}{after}", &line[at..=at]),
        _ => format!("{before}Q{after}"),
    })
}

fn typo(base: &Base, random: &mut Random) -> Option<Case> {
    let kept: Vec<usize> =
        base.kept().into_iter().filter(|of| base.search()[*of].trim().len() > 12).collect();
    let bad = *kept.get(random.below(kept.len()))?;
    let line = misspelt(&base.search()[bad], random)?;
    other_answer("misspelt: a line that stays", base, &mut |text, of, kind| {
        if of == bad && kind == Kind::Kept { line.clone() } else { text.to_owned() }
    })
}

fn typo_in_changed_line(base: &Base, random: &mut Random) -> Option<Case> {
    let changed = base.new.iter().find(|new| new.kind == Kind::Changed)?;
    let old = &base.search()[changed.of];
    // The same misspelling in a word before or after the one that changes, with something between.
    let start = old.bytes().zip(changed.text.bytes()).take_while(|(a, b)| a == b).count();
    let word = old[..old.floor_char_boundary(start.saturating_sub(2))]
        .rfind(|c: char| !c.is_ascii_alphanumeric())?;
    let letter = old[..word].rfind(|c: char| c.is_ascii_alphabetic())?;
    let misspell = |line: &str| format!("{}{}", &line[..letter], &line[letter + 1..]);
    let (bad_old, bad_new) = (misspell(old), misspell(&changed.text));
    let _ = random.next();
    other_answer("misspelt: the line that changes", base, &mut |text, of, kind| match kind {
        Kind::Kept if of == changed.of => bad_old.clone(),
        Kind::Changed => bad_new.clone(),
        _ => text.to_owned(),
    })
}

fn many_at_once(base: &Base, random: &mut Random) -> Option<Case> {
    let mut case = indent_less(base, random)?;
    case.kind = "several at once";
    let crlf = |text: &str| text.replace('\n', "\r\n");
    case.seen[0].1 = crlf(&case.seen[0].1);
    let intended = &mut case.intended.as_mut()?[0].1;
    *intended = crlf(intended);
    let answer: Vec<String> = case.answer.lines().map(plain).collect();
    // Blanks behind the lines of the search text.
    let divider = answer.iter().position(|line| line == "=======")?;
    let blanked = |(at, line): (usize, &String)| match at {
        at if (3..divider).contains(&at) => format!("{line} \n"),
        _ => format!("{line}\n"),
    };
    case.answer = answer.iter().enumerate().map(blanked).collect();
    Some(case)
}
