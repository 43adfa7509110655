//! Where typing leads to a request, and where it does not.

use ghostlight_complete::{Event, GuardOptions, Request, Skip, Source, trigger};

/// What becomes of a request at `▮`.
fn at(path: &str, marked: &str, event: Event) -> Option<Skip> {
    let (prefix, suffix) = marked.split_once('▮').expect("there is a cursor");
    trigger::skip(
        &Request { source: Source { path, prefix, suffix }, event, ..Request::default() },
        &GuardOptions::default(),
    )
}

#[test]
fn typing_asks_where_a_suggestion_would_not_stand_in_the_way() {
    let cases = [
        ("a.rs", "let x = ▮", None),
        ("a.rs", "let x = ▮\nnext line", None),
        ("a.rs", "let x = foo(▮)", None),
        ("a.rs", "let x = foo(▮);", None),
        ("a.rs", "if x == ▮ {", None),
        ("a.js", "f(() => { ▮ });", None),
        ("a.py", "x = \"▮\"", None),
        ("a.rs", "let x = ba▮r;", Some(Skip::MidWord)),
        ("a.rs", "let x▮_2", Some(Skip::MidWord)),
        ("a.rs", "let x = ▮ + 1;", Some(Skip::MidLine)),
        ("a.rs", "foo(▮, other)", Some(Skip::MidLine)),
        ("a.rs", "let x = 1;▮", Some(Skip::AfterClosing)),
        ("a.rs", "    }▮\n", Some(Skip::AfterClosing)),
        ("a.rs", "    call(x)▮\n", Some(Skip::AfterClosing)),
        ("a.rs", "if ready(x)▮\n", None),
        ("a.py", "def add(a, b)▮\n", None),
        ("a.rs", "let x = [1, 2]▮", Some(Skip::AfterClosing)),
        // Where brackets close nothing.
        ("a.md", "See [this](there)▮", None),
        ("notes", "done;▮", None),
        (".env", "KEY=▮", Some(Skip::Private)),
        ("a.rs", "x\0▮", Some(Skip::Binary)),
    ];
    for (path, marked, expected) in cases {
        assert_eq!(at(path, marked, Event::Typed), expected, "{path}: {marked:?}");
        // By hand everything is asked that can be.
        let hard = expected.filter(|why| matches!(why, Skip::Private | Skip::Binary));
        assert_eq!(at(path, marked, Event::Asked), hard, "{path}: {marked:?}");
    }
}

#[test]
fn an_accepted_suggestion_may_close_and_a_deletion_asks_nothing() {
    assert_eq!(at("a.rs", "let x = 1;▮", Event::Accepted), None);
    assert_eq!(at("a.rs", "let x = 1;▮ + 2", Event::Accepted), Some(Skip::MidLine));
    assert_eq!(at("a.rs", "let x = ▮", Event::Deleted), Some(Skip::NotTyped));
}

#[test]
fn a_selection_and_text_that_cannot_change_are_left_alone() {
    let guard = GuardOptions::default();
    let asked =
        Request { source: Source { path: "a.rs", prefix: "x", ..Source::default() }, ..Request::default() };
    let selection = Request { is_selection: true, ..asked };
    let read_only = Request { is_read_only: true, ..asked };
    assert_eq!(trigger::skip(&selection, &guard), Some(Skip::Selection));
    assert_eq!(trigger::skip(&read_only, &guard), Some(Skip::ReadOnly));
    assert_eq!(trigger::skip(&asked, &guard), None);
}
