//! Positions go there and back, and an edited index agrees with a fresh one.

use ghostlight_text::{ByteOffset, Document, Edit, LineIndex, Position, Span, TextError};
use proptest::prelude::*;

/// Text rich in what breaks offsets: every line end, characters of several bytes, combining marks.
fn text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "\n",
        "\r",
        "\r\n",
        "é",
        "漢",
        "🙂",
        "e\u{301}",
        "\t",
        " ",
        "\0",
        "👩‍💻",
    ]);
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

fn boundaries(text: &str) -> Vec<usize> {
    (0..=text.len()).filter(|&i| text.is_char_boundary(i)).collect()
}

proptest! {
    #[test]
    fn every_offset_goes_there_and_back(text in text()) {
        let doc = Document::new(text.clone());
        for at in boundaries(&text) {
            let position = doc.position(ByteOffset(at)).unwrap();
            let line = doc.line(position.line).unwrap();
            // Inside a line end there is no column to come back from.
            if position.column <= line.len() {
                prop_assert_eq!(doc.offset(position), Ok(ByteOffset(at)));
            }
        }
    }

    #[test]
    fn edits_leave_the_index_as_if_built_afresh(
        text in text(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), text()), 1..6)
    ) {
        let mut doc = Document::new(text);
        for (a, b, insert) in edits {
            let at = boundaries(doc.text());
            let (a, b) = (at[a.index(at.len())], at[b.index(at.len())]);
            doc.apply(&Edit { span: Span::new(a.min(b), a.max(b)), text: insert }).unwrap();
            prop_assert_eq!(&doc, &Document::new(doc.text()));
        }
    }

    #[test]
    fn no_number_panics(text in text(), a in 0usize..80, b in 0usize..80) {
        let doc = Document::new(text.clone());
        let index = LineIndex::new(&text);
        let _ = doc.position(ByteOffset(a));
        let _ = doc.offset(Position { line: a, column: b });
        let _ = doc.slice(Span::new(a, b));
        let _ = doc.clone().apply(&Edit { span: Span::new(a, b), text: "x".into() });
        prop_assert_eq!(index.lines(), doc.lines());
    }
}

#[test]
fn wrong_offsets_say_what_is_wrong() {
    let doc = Document::new("ab\r\n🙂c");
    assert_eq!(doc.position(ByteOffset(10)), Err(TextError::ByteOutOfRange { offset: 10, len: 9 }));
    assert_eq!(doc.position(ByteOffset(5)), Err(TextError::InsideCharacter { offset: 5 }));
    let line = TextError::LineOutOfRange { line: 2, lines: 2 };
    assert_eq!(doc.offset(Position { line: 2, column: 0 }), Err(line));
    let column = TextError::ColumnOutOfRange { line: 0, column: 3, len: 2 };
    assert_eq!(doc.offset(Position { line: 0, column: 3 }), Err(column));
    let backwards = Span::new(2, 1);
    assert_eq!(doc.slice(backwards), Err(TextError::Backwards { span: backwards }));
    assert_eq!(
        TextError::ByteOutOfRange { offset: 10, len: 9 }.to_string(),
        "byte offset 10 is past the end of a text of 9 bytes"
    );
}

#[test]
fn lines_end_at_any_line_end() {
    let doc = Document::new("a\r\nb\rc\n");
    let lines: Vec<_> = (0..doc.lines()).map(|i| doc.line(i).unwrap()).collect();
    assert_eq!(lines, ["a", "b", "c", ""]);
    // Between `\r` and `\n` is still the line that they end.
    assert_eq!(doc.position(ByteOffset(2)), Ok(Position { line: 0, column: 2 }));
}

#[test]
fn a_line_feed_after_a_carriage_return_joins_it() {
    let mut doc = Document::new("a\rb");
    assert_eq!(doc.lines(), 2);
    doc.apply(&Edit::insert(ByteOffset(2), "\n")).unwrap();
    assert_eq!(doc.lines(), 2);
    doc.apply(&Edit::insert(ByteOffset(2), "x")).unwrap();
    assert_eq!(doc.lines(), 3);
    assert_eq!(doc.split(ByteOffset(3)), Ok(("a\rx", "\nb")));
}
