//! Answers and what is read out of them, and that no cut into pieces changes it.

use std::fmt::Write as _;

use ghostlight_edit::{
    AnswerParser, EditError, Ending, Event, Expect, LONGEST_ANSWER, Operation, Part, read_edits,
};
use proptest::prelude::*;

const FILES: &[(&str, &str, Expect)] = &[
    ("blocks", include_str!("answers/blocks.txt"), Expect::Edits),
    ("files", include_str!("answers/files.txt"), Expect::Edits),
    ("diffs", include_str!("answers/diffs.txt"), Expect::Edits),
    ("selections", include_str!("answers/selections.txt"), Expect::Selection),
];

/// The cases of a file: name, answer, what is read.
fn cases(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    text.split("==> case: ").skip(1).map(|case| {
        let (name, rest) = case.split_once('\n').expect("an answer below its name");
        let (answer, read) = rest.split_once("==> read\n").expect("a part that says what is read");
        (name, answer, read.trim_end())
    })
}

fn events<'t>(expect: Expect, pieces: impl Iterator<Item = &'t str>, ending: Ending) -> Vec<Event> {
    let mut parser = AnswerParser::new(expect);
    let mut events: Vec<Event> = pieces.flat_map(|piece| parser.push(piece)).collect();
    events.extend(parser.finish(ending));
    events
}

fn whole(expect: Expect, answer: &str) -> Vec<Event> {
    events(expect, std::iter::once(answer), Ending::Stopped)
}

/// Events as the files of cases have them; prose and beginnings are left out.
fn told(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        let _ = match event {
            Event::Prose(_) | Event::Begun { .. } => Ok(()),
            Event::Selection(selection) => writeln!(text, "selection {selection:?}"),
            Event::Fault(error) => writeln!(text, "fault {error}"),
            Event::Edit(edit) => {
                let path = &edit.path;
                match &edit.operation {
                    Operation::Replace { search, replace } => {
                        writeln!(text, "replace {path} {search:?} {replace:?}")
                    }
                    Operation::Patch { old, new } => writeln!(text, "patch {path} {old:?} {new:?}"),
                    Operation::Create { text: new } => writeln!(text, "create {path} {new:?}"),
                    Operation::Write { text: new, is_clear: true } => writeln!(text, "write {path} {new:?}"),
                    Operation::Write { text: new, is_clear: false } => {
                        writeln!(text, "write? {path} {new:?}")
                    }
                    Operation::Delete { text: old } => writeln!(text, "delete {path} {old:?}"),
                }
            }
        };
    }
    text.trim_end().to_owned()
}

#[test]
fn answers_are_read() {
    let mut wrong = String::new();
    for (file, text, expect) in FILES {
        for (name, answer, read) in cases(text) {
            let found = told(&whole(*expect, answer));
            if found != read {
                let _ = write!(wrong, "{file}: {name}\n--- found\n{found}\n--- wanted\n{read}\n\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn other_line_ends_read_the_same() {
    for (_, text, expect) in FILES {
        for (name, answer, _) in cases(text) {
            for ending in ["\r\n", "\r"] {
                let other = told(&whole(*expect, &answer.replace('\n', ending)));
                let shown = format!("{ending:?}");
                let other = other.replace(shown.trim_matches('"'), "\\n");
                assert_eq!(other, told(&whole(*expect, answer)), "{name}");
            }
        }
    }
}

#[test]
fn an_answer_that_was_cut_off_is_never_whole() {
    for (file, text, expect) in FILES {
        for (name, answer, _) in cases(text) {
            for end in (0..answer.len()).filter(|end| answer.is_char_boundary(*end)) {
                let events = events(*expect, std::iter::once(&answer[..end]), Ending::CutOff);
                let is_fault = |event: &Event| matches!(event, Event::Fault(_));
                // The only fence of a selection is whole, whatever would have come after it.
                let is_whole = events.iter().any(|event| matches!(event, Event::Selection(_)));
                assert!(
                    events.iter().any(is_fault) || (*file == "selections" && is_whole),
                    "{name} at {end}"
                );
            }
        }
    }
}

#[test]
fn prose_comes_out_line_by_line_and_every_line_is_somewhere() {
    let answer = "One.\n\nTwo\n```sh\nls\n```\na.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\nThree";
    let events = whole(Expect::Edits, answer);
    let prose: String = events
        .iter()
        .filter_map(|event| if let Event::Prose(line) = event { Some(line.as_str()) } else { None })
        .collect();
    assert_eq!(prose, "One.\n\nTwo\nls\na.py\nThree");
}

#[test]
fn a_path_with_a_control_character_is_refused() {
    let answer = "`a\0b.py`\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n";
    assert!(matches!(read_edits(answer, Ending::Stopped), Err(EditError::BadPath { line: 2, .. })));
}

#[test]
fn a_cut_between_two_blocks_is_told_by_the_ending() {
    let answer = "a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n";
    assert!(read_edits(answer, Ending::Stopped).is_ok());
    let fault = EditError::Truncated { part: Part::Answer, line: 6 };
    assert_eq!(read_edits(answer, Ending::CutOff), Err(fault));
    assert_eq!(read_edits("Nothing to do.\n", Ending::Stopped), Err(EditError::NoEdits));
}

/// Texts of several megabytes whose reading would not end soon if it were not linear.
#[test]
fn long_answers_are_read_in_linear_time() {
    let one_line = "x".repeat(1 << 20);
    let block = format!(
        "a.py\n<<<<<<< SEARCH\n{}=======\n{}>>>>>>> REPLACE\n",
        "x\n".repeat(1 << 18),
        "y\n".repeat(1 << 18)
    );
    let markers = "<<<<<<< SEARCH\n".repeat(1 << 16);
    let fences = "```a\n".repeat(1 << 18);
    let headers = "--- a\n+++ b\n".repeat(1 << 17);
    let returns = "\r".repeat(1 << 20);
    for (answer, faults) in
        [(&one_line, 0), (&block, 0), (&markers, 1 << 16), (&fences, 1), (&headers, 0), (&returns, 0)]
    {
        let cut = answer.as_bytes().chunks(7).map(|piece| std::str::from_utf8(piece).unwrap());
        let events = events(Expect::Edits, cut, Ending::Stopped);
        let found = events.iter().filter(|event| matches!(event, Event::Fault(_))).count();
        // A row of blocks without paths is one fault for the path of each and one that the last is cut off.
        assert!(found <= 2 * faults + 1 && found >= faults, "{found} faults");
    }
}

#[test]
fn an_answer_without_end_is_dropped_at_a_limit() {
    let mut parser = AnswerParser::new(Expect::Edits);
    let piece = "ä".repeat(1 << 16);
    let mut faults = Vec::new();
    for _ in 0..2 * LONGEST_ANSWER / piece.len() {
        faults.extend(parser.push(&piece).into_iter().filter(|event| matches!(event, Event::Fault(_))));
    }
    faults.extend(parser.finish(Ending::Stopped));
    assert_eq!(faults, [Event::Fault(EditError::TooLong { most: LONGEST_ANSWER })]);
}

/// Texts made of the parts that mean something.
fn answers() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        12 => prop::sample::select(vec![
            "a.py\n", "src/b.rs", "\n", "\r\n", "\r", "```", "````", "~~~\n", "```python\n", "```diff\n", "```\n",
            "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "<<<<<<<<< SEARCH\n", "--- a/x.py\n", "+++ b/x.py\n",
            "--- /dev/null\n", "@@ -1,2 +1,2 @@\n", "@@\n", "-x\n", "+y\n", " z\n", "\\ No newline at end of file\n",
            "diff --git a/x b/x\n", "rename from x\n", "x = 1\n", "   ", "é", "🙂", "`a.py`", "../up.py\n", "Text.\n",
            "README.md\n", "```md\n",
        ]).prop_map(str::to_owned),
        1 => "[ -~]{0,12}",
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn pieces<'t>(text: &'t str, cuts: &[usize]) -> Vec<&'t str> {
    let mut ends: Vec<usize> =
        cuts.iter().map(|at| text.floor_char_boundary(at % (text.len() + 1))).collect();
    ends.push(text.len());
    ends.sort_unstable();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| &text[start..*end]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_cut_into_pieces_gives_the_same_events(
        answer in answers(),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
        is_edits in any::<bool>(),
        is_stopped in any::<bool>(),
    ) {
        let expect = if is_edits { Expect::Edits } else { Expect::Selection };
        let ending = if is_stopped { Ending::Stopped } else { Ending::CutOff };
        let all = events(expect, std::iter::once(answer.as_str()), ending);
        prop_assert_eq!(&events(expect, pieces(&answer, &cuts).into_iter(), ending), &all);
        let characters = answer.char_indices().map(|(at, c)| &answer[at..at + c.len_utf8()]);
        prop_assert_eq!(&events(expect, characters, ending), &all);
    }

    #[test]
    fn any_bytes_at_all_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        whole(Expect::Edits, &text);
        whole(Expect::Selection, &text);
    }

    /// No path of an edit leaves the workspace, whatever the answer is.
    #[test]
    fn paths_stay_inside(answer in answers()) {
        for event in whole(Expect::Edits, &answer) {
            if let Event::Edit(edit) = event {
                prop_assert_eq!(ghostlight_edit::check_path(&edit.path), Ok(edit.path.clone()));
            }
        }
    }
}
