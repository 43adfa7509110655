//! Where a search text is found, by which rule, and what is said when it is not.

use ghostlight_edit::{
    EditError, FileEdit, LARGEST_TEXT, Level, LineRange, Operation, Policy, SourceFile, locate, plan,
};
use proptest::prelude::*;

fn lines(first: usize, last: usize) -> LineRange {
    LineRange { first, last }
}

/// What comes of a replacement in a file: the new text, or the reason.
fn replaced(file: &str, search: &str, replace: &str) -> Result<String, EditError> {
    let operation = Operation::Replace { search: search.to_owned(), replace: replace.to_owned() };
    made(file, operation)
}

fn made(file: &str, operation: Operation) -> Result<String, EditError> {
    let edits = [FileEdit { path: "a".to_owned(), operation }];
    let policy = Policy { delete: true, ..Policy::default() };
    let changes = plan(&edits, &[SourceFile { path: "a", text: file }], policy);
    let changes = changes.map_err(|refusals| refusals[0].error.clone())?;
    Ok(changes.files.first().map_or(file, |change| change.after().unwrap_or("gone")).to_owned())
}

#[test]
fn the_first_rule_that_fits_decides() {
    for (name, file, search, first, level) in [
        ("exact", "a\nb\nc\n", "b\n", 2, Level::Exact),
        ("no end at the file's end", "a\nb", "b\n", 2, Level::Exact),
        (
            "exact before another indentation",
            "  return total;\nreturn total;\n",
            "return total;\n",
            2,
            Level::Exact,
        ),
        ("line ends", "a\r\nb\r\nc\r\n", "b\nc\n", 2, Level::LineEnds),
        ("blanks", "a  \nb\t\nc\n", "a\nb \n", 1, Level::TrailingBlanks),
        ("a blank line with blanks", "a\n    \nb\n", "a\n\nb\n", 1, Level::TrailingBlanks),
        (
            "indentation",
            "if a:\n    call_this(1)\n        call_that(2)\n",
            "call_this(1)\n    call_that(2)\n",
            2,
            Level::Indent,
        ),
        (
            "tabs",
            "if a {\n\tcall_this(1)\n\t\tcall_that(2)\n",
            "  call_this(1)\n    call_that(2)\n",
            2,
            Level::Indent,
        ),
        ("quotes", "x\nsay(‘hello’, “you”)\n", "say('hello', \"you\")\n", 2, Level::Typography),
        ("dashes and blanks", "x\none – two\u{a0}three\n", "one - two three\n", 2, Level::Typography),
        (
            "nearly",
            "x\nlet total_amount = first + second;\n",
            "let total_amout = first + second;\n",
            2,
            Level::Similar,
        ),
        ("byte order mark", "\u{feff}first\n", "first\n", 1, Level::Exact),
    ] {
        let place = locate(file, search).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((place.lines.first, place.level), (first, level), "{name}");
        let found = &file[place.span.start.0..place.span.end.0];
        assert_eq!(found.lines().count(), search.lines().count(), "{name}");
    }
}

#[test]
fn two_places_are_named() {
    for (name, file, search, level, first, second) in [
        ("exact", "a\nb\na\nb\n", "a\nb\n", Level::Exact, lines(1, 2), lines(3, 4)),
        ("overlapping", "}\n}\n}\n", "}\n}\n", Level::Exact, lines(1, 2), lines(2, 3)),
        ("line ends decide nothing", "a\r\nb\na\n", "a\n", Level::LineEnds, lines(1, 1), lines(3, 3)),
        ("nor do blanks", "a \nb\na\n", "a\n", Level::TrailingBlanks, lines(1, 1), lines(3, 3)),
        (
            "indentation",
            "  return total;\n    return total;\n",
            "return total;\n",
            Level::Indent,
            lines(1, 1),
            lines(2, 2),
        ),
        (
            "quotes",
            "say(‘hello’)\nsay(’hello’)\n",
            "say('hello')\n",
            Level::Typography,
            lines(1, 1),
            lines(2, 2),
        ),
        (
            "nearly",
            "let total_amount = first + second;\nlet total_amount = first + seconds;\n",
            "let total_amount = firs + second;\n",
            Level::Similar,
            lines(1, 1),
            lines(2, 2),
        ),
    ] {
        assert_eq!(locate(file, search), Err(EditError::Several { level, first, second }), "{name}");
    }
}

#[test]
fn what_is_nearly_alike_has_to_be_alone() {
    let alone = "let total_amount = first + second;\n";
    let search = "let total_amout = first + second;\n";
    assert!(locate(alone, search).is_ok());
    let other = format!("{alone}x\nlet total_amount = third - other;\n");
    assert!(locate(&other, search).is_ok(), "the next best is far enough");
    let close = format!("{alone}x\nlet total_amount = first - second\n");
    assert_eq!(locate(&close, search), Err(EditError::Doubtful { first: lines(1, 1), second: lines(3, 3) }));
    // One line of two is another one: that is no place, however alike the rest is.
    let two = format!("{alone}return total;\n");
    assert!(matches!(locate(&two, &format!("{search}return nothing;\n")), Err(EditError::NotFound(_))));
}

#[test]
fn a_lone_brace_is_no_evidence() {
    assert!(matches!(locate("if a {\n  }\n", "}\n"), Err(EditError::NotFound(_))));
    assert!(locate("if a {\n}\n", "}\n").is_ok());
}

#[test]
fn a_failure_says_what_is_nearest() {
    let file = "fn one() {\n    first();\n    second();\n    third();\n}\n\nfn two() {\n    fourth();\n}\n";
    for (search, nearest, line) in [
        ("    first();\n    other();\n    third();\n", Some(lines(2, 4)), Some(2)),
        ("fn two() {\n    fifth_and_sixth();\n", Some(lines(7, 8)), Some(2)),
        ("    fourth();\n}\nbeyond the end\n", Some(lines(8, 9)), Some(3)),
        ("fn zero() {}\nfn one() {\n", Some(lines(1, 1)), Some(1)),
        ("nothing of this is there\n", None, None),
    ] {
        let Err(EditError::NotFound(mismatch)) = locate(file, search) else { panic!("{search} is found") };
        assert_eq!((mismatch.nearest, mismatch.search_line), (nearest, line), "{search}");
    }
    let Err(EditError::NotFound(mismatch)) =
        replaced(file, "    old();\n    third();\n", "    second();\n    third();\n")
    else {
        panic!("it is found")
    };
    assert_eq!(mismatch.already, Some(lines(3, 4)));
}

#[test]
fn what_is_there_already_is_not_added_again() {
    let place = lines(2, 3);
    assert_eq!(replaced("a\nb\nc\n", "b\n", "b\nc\n"), Err(EditError::AlreadyThere { place }));
    assert_eq!(replaced("a\nb\nx\nc\n", "b\n", "b\nc\n").as_deref(), Ok("a\nb\nc\nx\nc\n"));
}

#[test]
fn a_model_is_told_what_to_do() {
    let file = "fn one() {\n    first();\n    second();\n}\n```\n";
    for (search, replace, parts) in [
        (
            "    first();\n    other();\n",
            "",
            &["search text line 2:     other();", "file line 3:     second();", "lines 2 to 3"][..],
        ),
        ("    firsts();\n    first();\n", "    first();\n", &["already at line 2", "leave the edit out"]),
        ("\n", "x\n", &["Search for lines with text."]),
        ("    first();\n", "    // ... rest of the code\n", &["Write every line"]),
    ] {
        let operation = Operation::Replace { search: search.to_owned(), replace: replace.to_owned() };
        let edits = [FileEdit { path: "src/one.rs".to_owned(), operation }];
        let files = [SourceFile { path: "src/one.rs", text: file }];
        let refusals = plan(&edits, &files, Policy::default()).unwrap_err();
        let advice = refusals[0].advice(&edits, Some(file));
        assert!(advice.starts_with("The edit of src/one.rs was not made: "), "{advice}");
        for part in parts {
            assert!(advice.contains(part), "{part} is not in {advice}");
        }
        assert!(!refusals[0].to_string().contains("first();"), "no error has source text");
    }
}

#[test]
fn the_replacement_is_as_the_file_is() {
    for (name, file, search, replace, after) in [
        ("line ends", "a\r\nb\r\nc\r\n", "b\n", "x\ny\n", "a\r\nx\r\ny\r\nc\r\n"),
        ("mixed line ends", "a\r\nb\nc\r\nd\n", "b\nc\n", "b\nx\nc\n", "a\r\nb\nx\nc\r\nd\n"),
        ("no end at the end", "a\nb", "b\n", "b\nc\n", "a\nb\nc"),
        ("an end goes with its line", "a\r\nb", "b\n", "", "a\r\n"),
        ("byte order mark", "\u{feff}a\nb\n", "a\n", "x\n", "\u{feff}x\nb\n"),
        ("blanks of lines that stay", "a  \nb\t\nc\n", "a\nb\nc\n", "a\nb\nx\n", "a  \nb\t\nx\n"),
        ("blanks of a line that changes", "let a = 1;  \n", "let a = 1;\n", "let a = 2;\n", "let a = 2;  \n"),
        (
            "blanks that the model takes away",
            "let a = 1;  \n",
            "let a = 1;  \n",
            "let a = 1;\n",
            "let a = 1;\n",
        ),
        (
            "indentation",
            "if a:\n    call_this(1)\n    more()\n",
            "call_this(1)\nmore()\n",
            "call_this(2)\nif b:\n    more()\n",
            "if a:\n    call_this(2)\n    if b:\n        more()\n",
        ),
        (
            "tabs",
            "if a {\n\tcall_this(1)\n\tmore()\n",
            "    call_this(1)\n    more()\n",
            "    call_this(1)\n    if b {\n        more()\n",
            "if a {\n\tcall_this(1)\n\tif b {\n\t\tmore()\n",
        ),
        (
            "quotes that stay",
            "say(“hello”, 1)\n",
            "say(\"hello\", 1)\n",
            "say(\"hello\", 2)\n",
            "say(“hello”, 2)\n",
        ),
        (
            "spelling that stays",
            "let total_amount = first + second;\n",
            "let total_amout = first + second;\n",
            "let total_amout = first + third;\n",
            "let total_amount = first + third;\n",
        ),
        ("nothing changes", "a\nb\n", "a\n", "a\n", "a\nb\n"),
    ] {
        assert_eq!(replaced(file, search, replace).as_deref(), Ok(after), "{name}");
    }
}

#[test]
fn a_replacement_that_does_not_fit_is_refused() {
    let less =
        replaced("call_this(1)\nmore()\n", "    call_this(1)\n    more()\n", "    call_this(1)\n  more()\n");
    assert_eq!(less, Err(EditError::Indent { line: 2 }));
    let file = "let total_amount = first + second;\n";
    let search = "let total_amout = first + second;\n";
    assert_eq!(replaced(file, search, "let totals = first + second;\n"), Err(EditError::Differs { line: 1 }));
    assert_eq!(replaced(file, search, ""), Err(EditError::Differs { line: 1 }));
    let left_out = replaced(file, file, "// ... existing code ...\n");
    assert_eq!(left_out, Err(EditError::Elided { line: 1 }));
}

#[test]
fn diffs_tell_of_the_last_line() {
    for (file, old, new, after) in [
        ("a\nb", "a\nb", "a\nb\n", "a\nb\n"),
        ("a\nb\n", "a\nb\n", "a\nb", "a\nb"),
        ("a\nb", "b", "c\n", "a\nc\n"),
        ("a\r\nb\r\n", "b\n", "c", "a\r\nc"),
        ("a\nb", "b\n", "c\n", "a\nc"),
        ("a\nb\nc\n", "a\n", "x", "x\nb\nc\n"),
    ] {
        let operation = Operation::Patch { old: old.to_owned(), new: new.to_owned() };
        assert_eq!(made(file, operation).as_deref(), Ok(after), "{file:?} {old:?} {new:?}");
    }
}

#[test]
fn whole_files_keep_what_they_do_not_change() {
    let write = |text: &str| Operation::Write { text: text.to_owned(), is_clear: true };
    for (file, text, after) in [
        ("\u{feff}a  \r\nb\r\nc", "a  \nx\nc\nd\n", "\u{feff}a  \r\nx\r\nc\r\nd"),
        ("a\nb\n", "x\n", "x\n"),
        ("", "a\n", "a\n"),
    ] {
        assert_eq!(made(file, write(text)).as_deref(), Ok(after), "{file:?}");
    }
    assert_eq!(made("a\nb\nc\n", write("b\nc\n")), Err(EditError::Excerpt { place: lines(2, 3) }));
    assert_eq!(made("a\nb\n", Operation::Create { text: "x\n".into() }), Err(EditError::Exists));
    assert_eq!(made("a\n", Operation::Delete { text: "a  \r\n".into() }).as_deref(), Ok("gone"));
    assert_eq!(made("a\n", Operation::Delete { text: "b\n".into() }), Err(EditError::DeletesOther));
}

#[test]
fn texts_that_are_too_large_are_refused() {
    let large = "x\n".repeat(LARGEST_TEXT / 2 + 1);
    assert!(matches!(locate(&large, "y\n"), Err(EditError::TooLarge { .. })));
    assert!(matches!(locate("y\n", &large), Err(EditError::TooLarge { .. })));
}

/// Texts in which a search that is not linear would not end soon.
#[test]
fn repetitive_texts_take_no_longer_than_others() {
    let braces = "  }\n".repeat(100_000);
    let braces_less = "}\n".repeat(50_000);
    let almost = format!("{}other\n", "  }\n".repeat(50_000));
    let named = "  call_this_one();\n".repeat(100_000);
    let named_less = "call_this_one();\n".repeat(50_000);
    for (file, search) in [
        (&braces, &braces_less),
        (&braces, &almost),
        (&named, &named_less),
        (&named, &"call_this_on();\n".to_owned()),
    ] {
        assert!(locate(file, search).is_err());
    }
}

fn texts() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "",
        " ",
        "}",
        "  }",
        "\t}",
        "return total;",
        "    return total;",
        "return “total”;",
        "return \"total\";",
        "a",
        "é",
        "let total_amount = first + second;",
        "let total_amout = first + second;",
        "\u{feff}x",
        "x  ",
    ]);
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "\r", ""]);
    prop::collection::vec((line, end), 0..14)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_texts_at_all_are_fine(file in texts(), search in texts(), replace in texts()) {
        let _ = replaced(&file, &search, &replace);
        let _ = made(&file, Operation::Patch { old: search, new: replace.clone() });
        let _ = made(&file, Operation::Write { text: replace, is_clear: true });
    }

    #[test]
    fn any_bytes_at_all_are_fine(
        file in prop::collection::vec(any::<u8>(), 0..200),
        search in prop::collection::vec(any::<u8>(), 0..50),
        replace in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let [file, search, replace] = [file, search, replace].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let _ = replaced(&file, &search, &replace);
    }

    /// An edit leaves every byte outside of its lines alone, and makes no other line than those of the replacement.
    #[test]
    fn bytes_outside_of_the_lines_survive(file in texts(), search in texts(), replace in texts()) {
        let (Ok(place), Ok(after)) = (locate(&file, &search), replaced(&file, &search, &replace)) else { return Ok(()) };
        let (before, behind) = (&file[..place.span.start.0], &file[place.span.end.0..]);
        prop_assert!(after.starts_with(before) && after.ends_with(behind), "{:?} is {:?}", file, after);
        if place.level <= Level::LineEnds && !replace.contains('\r') && !search.contains('\r') && !file.contains('\r') {
            let inside = &after[before.len()..after.len() - behind.len()];
            let wanted: Vec<&str> = replace.trim_start_matches('\u{feff}').lines().collect();
            prop_assert_eq!(inside.lines().collect::<Vec<_>>(), wanted);
        }
    }

    /// Which of two edits comes first does not matter.
    #[test]
    fn edits_have_no_order(file in texts(), a in texts(), b in texts(), x in texts(), y in texts()) {
        let edit = |search: String, replace: String| FileEdit { path: "a".into(), operation: Operation::Replace { search, replace } };
        let edits = [edit(a, x), edit(b, y)];
        let turned = [edits[1].clone(), edits[0].clone()];
        let files = [SourceFile { path: "a", text: &file }];
        let both = plan(&edits, &files, Policy::default());
        prop_assert_eq!(both.ok(), plan(&turned, &files, Policy::default()).ok());
    }
}
