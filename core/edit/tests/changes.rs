//! Several files at once, against files that changed meanwhile, and hunks one by one.

use ghostlight_edit::{
    ChangeSet, EditError, FileEdit, HunkState, LineRange, Operation, Policy, Refusal, Review, SourceFile,
    Version, plan,
};
use ghostlight_text::{Document, Edit, Span};
use proptest::prelude::*;

fn replace(path: &str, search: &str, replace: &str) -> FileEdit {
    let operation = Operation::Replace { search: search.to_owned(), replace: replace.to_owned() };
    FileEdit { path: path.to_owned(), operation }
}

fn write(path: &str, text: &str, is_clear: bool) -> FileEdit {
    FileEdit { path: path.to_owned(), operation: Operation::Write { text: text.to_owned(), is_clear } }
}

fn file<'a>(path: &'a str, text: &'a str) -> SourceFile<'a> {
    SourceFile { path, text }
}

/// The change of one file from one text to another.
fn change(before: &str, after: &str) -> ChangeSet {
    plan(&[write("a", after, true)], &[file("a", before)], Policy::default())
        .expect("no excerpt and no new file")
}

fn applied(changes: &ChangeSet, now: &str) -> Result<String, EditError> {
    let updates = changes.apply(&[file("a", now)]).map_err(|refusals| refusals[0].error.clone())?;
    Ok(updates.first().map_or(now.to_owned(), |update| update.text.clone().expect("no file goes")))
}

#[test]
fn all_files_or_none() {
    let files = [file("a", "one\n"), file("b", "two\n")];
    let good = [replace("a", "one\n", "1\n"), replace("b", "two\n", "2\n"), write("c/d", "3\n", true)];
    let changes = plan(&good, &files, Policy::default()).unwrap();
    let updates = changes.apply(&files).unwrap();
    let texts: Vec<_> = updates.iter().map(|update| (update.path.as_str(), update.text.as_deref())).collect();
    assert_eq!(texts, [("a", Some("1\n")), ("b", Some("2\n")), ("c/d", Some("3\n"))]);
    assert_eq!(updates[0].expects, Some(Version::of("one\n")));
    assert_eq!(updates[2].expects, None);

    let bad = [replace("a", "one\n", "1\n"), replace("b", "three\n", "3\n"), replace("x", "four\n", "4\n")];
    let refusals = plan(&bad, &files, Policy::default()).unwrap_err();
    let told: Vec<_> = refusals.iter().map(|refusal| (refusal.edit, refusal.error.code())).collect();
    assert_eq!(told, [(1, "not-found"), (2, "unknown-path")]);

    let now = [file("a", "one\n"), file("b", "zwei\n")];
    let conflicts = changes.apply(&now).unwrap_err();
    assert_eq!(conflicts.len(), 1);
    assert_eq!((conflicts[0].path.as_str(), conflicts[0].error.code()), ("b", "conflict"));
}

#[test]
fn edits_of_one_file_may_not_meet() {
    let files = [file("a", "one\ntwo\nthree\nfour\n")];
    let codes = |edits: &[FileEdit]| -> Result<Option<String>, Vec<&'static str>> {
        match plan(edits, &files, Policy::default()) {
            Ok(changes) => Ok(changes.files.first().and_then(|change| change.after().map(str::to_owned))),
            Err(refusals) => Err(refusals.iter().map(|refusal| refusal.error.code()).collect()),
        }
    };
    let one = replace("a", "one\ntwo\n", "1\ntwo\n");
    let two = replace("a", "two\nthree\n", "two\n3\n");
    assert_eq!(codes(&[one.clone(), two]), Ok(Some("1\ntwo\n3\nfour\n".to_owned())));
    assert_eq!(
        codes(&[one.clone(), one.clone()]),
        Ok(Some("1\ntwo\nthree\nfour\n".to_owned())),
        "said twice"
    );
    assert_eq!(codes(&[one.clone(), replace("a", "one\n", "eins\n")]), Err(vec!["overlap"]));
    let after_one = replace("a", "one\ntwo\n", "one\nnew\ntwo\n");
    assert_eq!(codes(&[after_one.clone(), replace("a", "two\n", "newer\ntwo\n")]), Err(vec!["overlap"]));
    assert_eq!(codes(&[after_one, replace("a", "one\n", "1\n")]), Err(vec!["overlap"]));
    assert_eq!(codes(&[one.clone(), write("a", "other\n", true)]), Err(vec!["whole-and-part"]));
    assert_eq!(codes(&[]), Err(vec!["no-edits"]));
}

#[test]
fn paths_are_those_of_known_files() {
    let files = [file("src/main.rs", "fn main() {}\n"), file("docs/guide.md", "x\n")];
    let nearest = |path: &str| match plan(&[replace(path, "x\n", "y\n")], &files, Policy::default()) {
        Err(refusals) => match &refusals[0].error {
            EditError::UnknownPath { nearest } => nearest.clone(),
            error => panic!("{error}"),
        },
        Ok(_) => panic!("{path} is known"),
    };
    assert_eq!(nearest("main.rs").as_deref(), Some("src/main.rs"));
    assert_eq!(nearest("docs/guides.md").as_deref(), Some("docs/guide.md"));
    assert_eq!(nearest("zzz"), None);
    let codes = |edit: FileEdit, policy| -> Vec<&'static str> {
        let refusals: Vec<Refusal> = plan(&[edit], &files, policy).err().unwrap_or_default();
        refusals.iter().map(|refusal| refusal.error.code()).collect()
    };
    let none = Policy { create: false, overwrite: false, delete: false };
    let delete =
        FileEdit { path: "docs/guide.md".into(), operation: Operation::Delete { text: "x\n".into() } };
    assert_eq!(codes(write("Node.js", "x\n", false), Policy::default()), ["unknown-path"]);
    assert_eq!(codes(write("new.rs", "x\n", true), none), ["not-allowed"]);
    assert_eq!(codes(write("docs/guide.md", "y\n", true), none), ["not-allowed"]);
    assert_eq!(codes(delete.clone(), Policy::default()), ["not-allowed"]);
    assert!(codes(delete, Policy { delete: true, ..none }).is_empty());
}

#[test]
fn changes_are_carried_over_what_was_typed_meanwhile() {
    let before = "one\ntwo\nthree\nfour\nfive\n";
    let changes = change(before, "one\ntwo\nthree\n4\nfive\n");
    for (now, after) in [
        (before, Ok("one\ntwo\nthree\n4\nfive\n")),
        ("zero\none\ntwo\nthree\nfour\nfive\n", Ok("zero\none\ntwo\nthree\n4\nfive\n")),
        ("two\nthree\nfour\nfive\n", Ok("two\nthree\n4\nfive\n")),
        ("1\ntwo\nthree\nfour\nfive\nsix\n", Ok("1\ntwo\nthree\n4\nfive\nsix\n")),
        ("ONE\ntwo\nthree\n4\nfive\n", Ok("ONE\ntwo\nthree\n4\nfive\n")),
        ("one\ntwo\nthree\nvier\nfive\n", Err(((4, 4), (4, 4)))),
        ("one\ntwo\nthree\nfive\n", Err(((4, 4), (4, 3)))),
        ("one\ntwo\nTHREE\nfour\nfive\n", Err(((4, 4), (3, 3)))),
    ] {
        let range = |(first, last)| LineRange { first, last };
        let after = after
            .map(str::to_owned)
            .map_err(|(base, now)| EditError::Conflict { base: range(base), now: range(now) });
        assert_eq!(applied(&changes, now), after, "{now:?}");
    }
    assert_eq!(changes.apply(&[]).unwrap_err()[0].error, EditError::Gone);
}

#[test]
fn files_that_come_and_go_are_as_expected() {
    let created = plan(&[write("c/d", "x\n", true)], &[], Policy::default()).unwrap();
    assert_eq!(created.apply(&[file("c/d", "y\n")]).unwrap_err()[0].error, EditError::Appeared);
    assert!(created.apply(&[file("c/d", "x\n")]).unwrap().is_empty(), "it is there");
    let delete = FileEdit { path: "a".into(), operation: Operation::Delete { text: "x\n".into() } };
    let policy = Policy { delete: true, ..Policy::default() };
    let deleted = plan(&[delete], &[file("a", "x\n")], policy).unwrap();
    assert_eq!(deleted.apply(&[file("a", "x\n")]).unwrap()[0].text, None);
    assert_eq!(deleted.apply(&[file("a", "y\n")]).unwrap_err()[0].error.code(), "conflict");
    assert!(deleted.apply(&[]).unwrap().is_empty(), "it is gone");
}

#[test]
fn hunks_are_kept_or_left() {
    let changes = change("a\nb\nc\nd\ne\n", "1\nb\nc\nd\n5\n6\n");
    assert_eq!(changes.files[0].hunks().len(), 2);
    let second = changes.keeping(|_, hunk| hunk == 1);
    assert_eq!(second.files[0].after(), Some("a\nb\nc\nd\n5\n6\n"));
    assert!(changes.keeping(|_, _| false).files.is_empty());
    assert_eq!(changes.keeping(|_, _| true), changes);
}

#[test]
fn a_hunk_is_decided_once() {
    let changes = change("a\nb\nc\nd\ne\n", "1\nb\nc\nd\n5\n");
    let mut review = Review::new(&changes.files[0]);
    review.accept(0).unwrap();
    assert_eq!(review.accept(0), Err(EditError::NotOpen { hunk: 0, hunks: 2 }));
    assert_eq!(review.reject(0), Err(EditError::NotOpen { hunk: 0, hunks: 2 }));
    assert_eq!(review.accept(2), Err(EditError::NotOpen { hunk: 2, hunks: 2 }));
    // Somebody types into the lines of the other one.
    review.edited(&Edit { span: Span::new(8, 8), text: "!".into() });
    assert_eq!(review.hunks()[1].state, HunkState::Stale);
    assert!(review.accept(1).is_err());
    assert_eq!(review.reject(1), Ok(()));
}

/// Lines few of which are equal, as in sources.
fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-h]{1,2}", 0..24)
}

fn joined(lines: &[String], ending: &str, is_ended: bool) -> String {
    let mut text: String = lines.iter().map(|line| format!("{line}{ending}")).collect();
    if !is_ended {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Hunks make the new text of the old one, and accepting all of them does too, in any order.
    #[test]
    fn hunks_are_the_change(
        before in texts(),
        after in texts(),
        is_crlf in any::<bool>(),
        is_ended in any::<bool>(),
        order in any::<u64>(),
    ) {
        let ending = if is_crlf { "\r\n" } else { "\n" };
        let before = joined(&before, ending, is_ended);
        let operation = Operation::Write { text: joined(&after, "\n", true), is_clear: true };
        let edits = [FileEdit { path: "a".into(), operation }];
        let Ok(changes) = plan(&edits, &[file("a", &before)], Policy::default()) else { return Ok(()) };
        let Some(change) = changes.files.first() else { return Ok(()) };
        let after = change.after().unwrap();
        let made = applied(&changes, &before);
        prop_assert_eq!(made.as_deref(), Ok(after));

        let mut document = Document::new(before.clone());
        let mut review = Review::new(change);
        let mut open: Vec<usize> = (0..change.hunks().len()).collect();
        let mut random = order;
        while !open.is_empty() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let hunk = open.remove((random >> 33) as usize % open.len());
            document.apply(&review.accept(hunk).unwrap()).unwrap();
        }
        prop_assert_eq!(document.text(), after);

        let mut all = Review::new(change);
        let mut document = Document::new(before);
        for edit in all.accept_all().iter().rev() {
            document.apply(edit).unwrap();
        }
        prop_assert_eq!(document.text(), after);
    }

    /// What both changed apart from one another is in the result; nothing else is.
    #[test]
    fn changes_apart_from_one_another_are_both_made(count in 7usize..30, ours in any::<usize>(), theirs in any::<usize>(), way in 0..3) {
        let before: Vec<String> = (0..count).map(|line| format!("line {line}")).collect();
        let (ours, theirs) = (ours % count, theirs % count);
        prop_assume!(ours.abs_diff(theirs) > 1);
        let change_ours = |lines: &mut Vec<String>, at: usize| lines[at] = "ours".to_owned();
        let change_theirs = |lines: &mut Vec<String>, at: usize| match way {
            0 => lines[at] = "theirs".to_owned(),
            1 => lines.insert(at, "theirs".to_owned()),
            _ => drop(lines.remove(at)),
        };
        let (mut after, mut now) = (before.clone(), before.clone());
        change_ours(&mut after, ours);
        change_theirs(&mut now, theirs);
        let mut both = before.clone();
        change_ours(&mut both, ours);
        change_theirs(&mut both, theirs);
        let changes = change(&joined(&before, "\n", true), &joined(&after, "\n", true));
        prop_assert_eq!(applied(&changes, &joined(&now, "\n", true)), Ok(joined(&both, "\n", true)));
    }

    /// Whatever became of the file, a change is made in full, was made already, or conflicts.
    #[test]
    fn any_files_at_all_are_fine(before in texts(), after in texts(), now in texts()) {
        let [before, after, now] = [before, after, now].map(|lines| joined(&lines, "\n", true));
        let edits = [write("a", &after, true)];
        let Ok(changes) = plan(&edits, &[file("a", &before)], Policy::default()) else { return Ok(()) };
        if let Ok(updates) = changes.apply(&[file("a", &now)]) {
            for update in updates {
                let mut document = Document::new(now.clone());
                for edit in update.edits.iter().rev() {
                    document.apply(edit).unwrap();
                }
                prop_assert_eq!(Some(document.text()), update.text.as_deref());
            }
        }
    }

    /// Hunks that stay open follow the text that they are about.
    #[test]
    fn open_hunks_follow_their_lines(
        count in 4usize..20,
        hunks in prop::collection::btree_set(0usize..20, 1..5),
        typed in prop::collection::vec((any::<usize>(), any::<usize>(), "[xy\n]{0,4}"), 0..8),
    ) {
        let before: Vec<String> = (0..count).map(|line| format!("line {line}")).collect();
        let mut after = before.clone();
        for at in hunks.iter().filter(|at| **at < count) {
            after[*at] = format!("new {at}");
        }
        let changes = change(&joined(&before, "\n", true), &joined(&after, "\n", true));
        let Some(change) = changes.files.first() else { return Ok(()) };
        let mut document = Document::new(change.before().unwrap());
        let mut review = Review::new(change);
        for (start, length, text) in typed {
            let start = start % (document.text().len() + 1);
            let end = (start + length % 6).min(document.text().len());
            let edit = Edit { span: Span::new(start, end), text };
            document.apply(&edit).unwrap();
            review.edited(&edit);
            for (hunk, now) in change.hunks().iter().zip(review.hunks()) {
                prop_assert!(document.slice(now.span).is_ok(), "{:?} is in the document", now.span);
                if now.state == HunkState::Open {
                    let old = &change.before().unwrap()[hunk.old.start.0..hunk.old.end.0];
                    prop_assert_eq!(document.slice(now.span).unwrap(), old);
                }
            }
        }
    }
}
