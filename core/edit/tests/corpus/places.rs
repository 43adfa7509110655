//! Mutations of what stands where: stale, moved and doubled text, cut answers, other forms.

use super::base::{Base, Case, Kind, Random, block, joined};
use super::blanks::Mutation;

pub(crate) const MUTATIONS: &[Mutation] = &[
    changed_elsewhere,
    changed_there,
    changed_beside,
    stale_line,
    invented_line,
    missing_blank_line,
    moved_block,
    swapped_lines,
    doubled,
    near_twin,
    near_twin_misspelt,
    made_already,
    made_since,
    left_out,
    numbered,
    escaped,
    cut,
    cut_file,
    whole_file,
    whole_file_crlf,
    whole_file_left_out,
    excerpt,
    diff,
    diff_crlf,
    unknown_path,
    escaping_path,
    two_edits,
    two_edits_of_a_line,
    two_files_one_wrong,
];

fn lines_with(base: &Base, change: impl FnOnce(&mut Vec<String>)) -> Vec<String> {
    let mut lines = base.lines.clone();
    change(&mut lines);
    lines
}

fn answer(base: &Base) -> String {
    block(base.path, &base.search(), &base.replace())
}

fn refused(kind: &'static str, base: &Base, file: String, answer: String) -> Option<Case> {
    Some(Case::new(kind, base.path, file, answer, None))
}

/// The lines of the source that the edit changes; an insertion is between two.
fn touched(base: &Base) -> std::ops::RangeInclusive<usize> {
    let old = 0..base.window.len();
    let gone = old.filter(|line| base.changes_or_drops(*line));
    let added = base.new.iter().filter(|new| new.kind == Kind::Added).map(|new| new.of);
    let all: Vec<usize> = gone.chain(added).map(|line| base.window.start + line).collect();
    *all.iter().min().unwrap_or(&0)..=*all.iter().max().unwrap_or(&0)
}

/// The file was changed in other lines after the model had seen it.
fn changed_elsewhere(base: &Base, random: &mut Random) -> Option<Case> {
    let touched = touched(base);
    let far: Vec<usize> = (0..base.lines.len())
        .filter(|line| line + 4 < *touched.start() || *line > touched.end() + 4)
        .collect();
    let at = *far.get(random.below(far.len()))?;
    let way = random.below(3);
    let change = |lines: &mut Vec<String>, at: usize| match way {
        0 => lines[at] += " // meanwhile",
        1 => lines.insert(at, "a new line of the user".to_owned()),
        _ => drop(lines.remove(at)),
    };
    let mut case = Case::new("stale: changed elsewhere since", base.path, base.text(), answer(base), None);
    case.now = Some(vec![(base.path.to_owned(), joined(&lines_with(base, |lines| change(lines, at))))]);
    let mut made: Vec<String> = base.intended().lines().map(str::to_owned).collect();
    let grown = made.len() as isize - base.lines.len() as isize;
    let there = if at > *touched.end() { at as isize + grown } else { at as isize };
    change(&mut made, there as usize);
    case.intended = Some(vec![(base.path.to_owned(), joined(&made))]);
    Some(case)
}

/// The line that the edit changes was changed after the model had seen it.
fn changed_there(base: &Base, _: &mut Random) -> Option<Case> {
    let line = *touched(base).start();
    let mut case = Case::new("stale: changed there since", base.path, base.text(), answer(base), None);
    let now = lines_with(base, |lines| lines[line] += " // meanwhile");
    case.now = Some(vec![(base.path.to_owned(), joined(&now))]);
    Some(case)
}

/// A line of the window that stays was changed after the model had seen it.
fn changed_beside(base: &Base, random: &mut Random) -> Option<Case> {
    let touched = touched(base);
    let beside = base.kept().into_iter().map(|line| base.window.start + line);
    let beside: Vec<usize> =
        beside.filter(|line| line + 1 < *touched.start() || *line > touched.end() + 1).collect();
    let line = *beside.get(random.below(beside.len()))?;
    let mut case = Case::new("stale: changed beside it since", base.path, base.text(), answer(base), None);
    let changed =
        |at: usize| if at == line { "changed meanwhile();".to_owned() } else { base.lines[at].clone() };
    let now: Vec<String> = (0..base.lines.len()).map(changed).collect();
    case.now = Some(vec![(base.path.to_owned(), joined(&now))]);
    case.intended = Some(vec![(base.path.to_owned(), base.made(&|at| format!("{}\n", changed(at))))]);
    Some(case)
}

/// The model remembers an older line.
fn stale_line(base: &Base, random: &mut Random) -> Option<Case> {
    let at = random.below(base.window.len());
    let mut search = base.search();
    search[at] = search[at].split(' ').rev().collect::<Vec<_>>().join(" ") + " before";
    let replace: Vec<String> = base
        .new
        .iter()
        .map(|new| if new.kind == Kind::Kept { search[new.of].clone() } else { new.text.clone() })
        .collect();
    // A line that stays should stay as it is in the file; one that changes is another one by now.
    let intended = base.kept().contains(&at).then(|| base.intended());
    let answer = block(base.path, &search, &replace);
    Some(Case::new("stale: an older line in the search text", base.path, base.text(), answer, intended))
}

fn invented_line(base: &Base, random: &mut Random) -> Option<Case> {
    let at = random.below(base.window.len() + 1);
    let (mut search, mut replace) = (base.search(), base.replace());
    search.insert(at, "    validate(everything);".to_owned());
    replace.insert(at.min(replace.len()), "    validate(everything);".to_owned());
    refused("invented line in the search text", base, base.text(), block(base.path, &search, &replace))
}

fn missing_blank_line(base: &Base, _: &mut Random) -> Option<Case> {
    let is_inner = |at: &usize| *at > 0 && at + 1 < base.window.len();
    let at = (0..base.window.len()).filter(is_inner).find(|at| base.search()[*at].is_empty())?;
    let mut search = base.search();
    search.remove(at);
    if occurs(&base.lines, &search, &(0..0)) {
        return None;
    }
    let replace: Vec<String> = base
        .new
        .iter()
        .filter(|new| !(new.kind == Kind::Kept && new.of == at))
        .map(|new| new.text.clone())
        .collect();
    refused("blank line missing in the search text", base, base.text(), block(base.path, &search, &replace))
}

fn moved_block(base: &Base, random: &mut Random) -> Option<Case> {
    let mut rest = base.lines.clone();
    let block: Vec<String> = rest.drain(base.window.clone()).collect();
    let at = random.below(rest.len());
    rest.splice(at..at, block);
    let moved = Base { lines: rest, window: at..at + base.window.len(), ..base.clone() };
    let answer = answer(base);
    Some(Case::new(
        "moved: the lines stand elsewhere",
        base.path,
        moved.text(),
        answer,
        Some(moved.intended()),
    ))
}

fn swapped_lines(base: &Base, random: &mut Random) -> Option<Case> {
    let mut search = base.search();
    if search.len() < 2 {
        return None;
    }
    let at = random.below(search.len() - 1);
    if search[at].trim() == search[at + 1].trim() {
        return None;
    }
    search.swap(at, at + 1);
    // Where the file has them in that order too, nobody could know that they were swapped.
    if occurs(&base.lines, &search, &(0..0)) {
        return None;
    }
    refused(
        "moved: two lines of the search text",
        base,
        base.text(),
        block(base.path, &search, &base.replace()),
    )
}

fn doubled(base: &Base, random: &mut Random) -> Option<Case> {
    let at = random.pick(&[0, base.lines.len(), base.window.end]);
    let file = lines_with(base, |lines| drop(lines.splice(at..at, base.search())));
    refused("duplicate: the lines twice", base, joined(&file), answer(base))
}

/// A copy of the lines with one word of one line renamed.
fn twin(base: &Base, random: &mut Random) -> Option<Vec<String>> {
    let mut copy = base.search();
    let at = random.below(copy.len());
    copy[at] = copy[at].replacen(|c: char| c.is_ascii_alphabetic(), "Z", 1);
    (copy != base.search()).then_some(copy)
}

fn near_twin(base: &Base, random: &mut Random) -> Option<Case> {
    let copy = twin(base, random)?;
    let file = joined(&lines_with(base, |lines| lines.extend(copy.clone())));
    let intended = base.intended() + &joined(&copy);
    Some(Case::new(
        "duplicate: nearly the same lines elsewhere",
        base.path,
        file,
        answer(base),
        Some(intended),
    ))
}

fn near_twin_misspelt(base: &Base, random: &mut Random) -> Option<Case> {
    let copy = twin(base, random)?;
    let file = joined(&lines_with(base, |lines| lines.extend(copy.clone())));
    let mut search = base.search();
    let at = random.below(search.len());
    search[at] = search[at].replacen(|c: char| c.is_ascii_alphabetic(), "Y", 1);
    let intended = base.intended() + &joined(&copy);
    let answer = block(base.path, &search, &base.replace());
    let kind = "duplicate: misspelt, and nearly the same lines elsewhere";
    (search != base.search() && search != copy)
        .then(|| Case::new(kind, base.path, file, answer, Some(intended)))
}

/// Whether lines stand in a file, other than within a part of it.
fn occurs(file: &[String], lines: &[String], but: &std::ops::Range<usize>) -> bool {
    file.windows(lines.len()).enumerate().any(|(at, there)| {
        let is_within = but.start <= at && at + lines.len() <= but.end;
        there == lines && !is_within
    })
}

/// The model writes an edit that it can see to be made.
fn made_already(base: &Base, _: &mut Random) -> Option<Case> {
    let made: Vec<String> = base.intended().lines().map(str::to_owned).collect();
    // Where the old lines are elsewhere too, the edit of that place is one that can be meant.
    let window = base.window.start..base.window.start + base.new.len();
    if occurs(&made, &base.search(), &window) {
        return None;
    }
    refused("made already: as the model can see", base, base.intended(), answer(base))
}

/// The user made the same edit after the model had seen the file.
fn made_since(base: &Base, _: &mut Random) -> Option<Case> {
    let kind = "made already: after the model had seen the file";
    let mut case = Case::new(kind, base.path, base.text(), answer(base), Some(base.intended()));
    case.now = Some(vec![(base.path.to_owned(), base.intended())]);
    Some(case)
}

fn left_out(base: &Base, random: &mut Random) -> Option<Case> {
    if base.window.len() < 4 {
        return None;
    }
    let mut search = base.search();
    search.splice(
        1..base.window.len() - 1,
        [random.pick(&["...", "// ... existing code ...", "    …"]).to_owned()],
    );
    refused(
        "left out: lines of the search text",
        base,
        base.text(),
        block(base.path, &search, &base.replace()),
    )
}

fn numbered(base: &Base, _: &mut Random) -> Option<Case> {
    let number = |(at, line): (usize, String)| format!("{:4} | {line}", base.window.start + at + 1);
    let search: Vec<String> = base.search().into_iter().enumerate().map(number).collect();
    refused("line numbers in the search text", base, base.text(), block(base.path, &search, &base.replace()))
}

fn escaped(base: &Base, _: &mut Random) -> Option<Case> {
    let escape = |line: &String| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let search: Vec<String> = base.search().iter().map(escape).collect();
    let replace: Vec<String> = base.replace().iter().map(escape).collect();
    (search != base.search()).then(|| {
        let answer = block(base.path, &search, &replace);
        Case::new("signs escaped as in HTML", base.path, base.text(), answer, Some(base.intended()))
    })
}

fn cut(base: &Base, random: &mut Random) -> Option<Case> {
    let answer = answer(base);
    let (start, end) = (answer.find("<<<")?, answer.rfind("REPLACE")?);
    let at = answer.floor_char_boundary(start + random.below(end - start));
    refused("cut off: a block", base, base.text(), answer[..at].to_owned())
}

fn file_answer(base: &Base, text: &str) -> String {
    format!("File: {}\n````\n{text}````\n", base.path)
}

fn cut_file(base: &Base, random: &mut Random) -> Option<Case> {
    let text = base.intended();
    let at = text.floor_char_boundary(random.below(text.len()));
    let answer = file_answer(base, &text[..at]);
    refused("cut off: a whole file", base, base.text(), answer[..answer.len() - 5].to_owned())
}

fn whole_file(base: &Base, _: &mut Random) -> Option<Case> {
    let answer = file_answer(base, &base.intended());
    Some(Case::new("form: a whole file", base.path, base.text(), answer, Some(base.intended())))
}

fn whole_file_crlf(base: &Base, random: &mut Random) -> Option<Case> {
    let mut case = whole_file(base, random)?;
    case.kind = "form: a whole file, of one with CRLF and no newline at the end";
    let other = |text: &str| text.trim_end_matches('\n').replace('\n', "\r\n");
    case.seen[0].1 = other(&base.text());
    case.intended = Some(vec![(base.path.to_owned(), other(&base.intended()))]);
    Some(case)
}

fn whole_file_left_out(base: &Base, random: &mut Random) -> Option<Case> {
    let mut lines: Vec<String> = base.intended().lines().map(str::to_owned).collect();
    let from = random.below(lines.len() - 2);
    lines.splice(
        from..,
        [random.pick(&["// ... rest of the code", "# ... unchanged ...", "/* ... */"]).to_owned()],
    );
    refused("left out: lines of a whole file", base, base.text(), file_answer(base, &joined(&lines)))
}

fn excerpt(base: &Base, _: &mut Random) -> Option<Case> {
    refused(
        "an excerpt that looks like a whole file",
        base,
        base.text(),
        file_answer(base, &joined(&base.search())),
    )
}

/// A unified diff whose line numbers are made up.
fn diff_answer(base: &Base, random: &mut Random) -> String {
    let mut lines = String::new();
    for (of, line) in base.search().iter().enumerate() {
        let sign = if base.changes_or_drops(of) { '-' } else { ' ' };
        lines += &if line.is_empty() && sign == ' ' { "\n".to_owned() } else { format!("{sign}{line}\n") };
        let new = base.new.iter().filter(|new| new.of == of && new.kind != Kind::Kept);
        lines.extend(new.map(|new| format!("+{}\n", new.text)));
    }
    let (from, path) = (random.below(400), base.path);
    format!("````diff\n--- a/{path}\n+++ b/{path}\n@@ -{from},7 +{from},9 @@\n{lines}````\n")
}

fn diff(base: &Base, random: &mut Random) -> Option<Case> {
    let answer = diff_answer(base, random);
    Some(Case::new("form: a unified diff", base.path, base.text(), answer, Some(base.intended())))
}

fn diff_crlf(base: &Base, random: &mut Random) -> Option<Case> {
    let crlf = |text: String| text.replace('\n', "\r\n");
    let (file, intended) = (crlf(base.text()), crlf(base.intended()));
    Some(Case::new(
        "form: a unified diff of a file with CRLF",
        base.path,
        file,
        diff_answer(base, random),
        Some(intended),
    ))
}

fn unknown_path(base: &Base, _: &mut Random) -> Option<Case> {
    let path = format!("other/{}", base.path);
    refused("path: unknown", base, base.text(), block(&path, &base.search(), &base.replace()))
}

fn escaping_path(base: &Base, random: &mut Random) -> Option<Case> {
    let before = random.pick(&["../", "/", "src/../../", "C:\\", "~/", "\\\\host\\"]);
    let path = format!("{before}{}", base.path);
    refused("path: outside", base, base.text(), block(&path, &base.search(), &base.replace()))
}

/// Another edit of the same file, some lines after the first one.
fn second(base: &Base) -> Option<(Vec<String>, Vec<String>)> {
    let at = (base.window.end + 2..base.lines.len()).find(|at| base.lines[*at].trim().len() > 20)?;
    let line = base.lines[at].clone();
    Some((vec![line.clone()], vec![format!("{line} // second")]))
}

fn two_edits(base: &Base, _: &mut Random) -> Option<Case> {
    let (search, replace) = second(base)?;
    let at = base.intended().lines().count() - (base.lines.len() - base.window.end);
    let intended: Vec<String> = base.intended().lines().map(str::to_owned).collect();
    let there = at + intended[at..].iter().position(|line| *line == search[0])?;
    let intended: Vec<String> = intended
        .into_iter()
        .enumerate()
        .map(|(line, text)| if line == there { replace[0].clone() } else { text })
        .collect();
    // In the other order, since order does not matter.
    let answer = block(base.path, &search, &replace) + &answer(base);
    Some(Case::new("two edits of a file", base.path, base.text(), answer, Some(joined(&intended))))
}

fn two_edits_of_a_line(base: &Base, _: &mut Random) -> Option<Case> {
    let changed = base.new.iter().find(|new| new.kind == Kind::Changed)?;
    let line = base.search()[changed.of].clone();
    let other = block(base.path, std::slice::from_ref(&line), &[format!("{line} // second")]);
    refused("two edits of a line", base, base.text(), answer(base) + &other)
}

fn two_files_one_wrong(base: &Base, _: &mut Random) -> Option<Case> {
    let mut case = Case::new("two files, one edit wrong", base.path, base.text(), answer(base), None);
    case.seen.push(("other.txt".to_owned(), "one\ntwo\n".to_owned()));
    case.answer += &block("other.txt", &["three".to_owned()], &["3".to_owned()]);
    Some(case)
}
