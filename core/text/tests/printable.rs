//! What reaches a terminal of text that anybody may have written.

use ghostlight_text::{printable, printable_lines};
use proptest::prelude::*;

/// Everything that a terminal obeys or that reorders and hides text, from Unicode's tables.
fn obeyed() -> Vec<char> {
    let ranges = [
        0x00..=0x1f,
        0x7f..=0x9f,
        0x61c..=0x61c,
        0x200b..=0x200b,
        0x200e..=0x200f,
        0x2028..=0x202e,
        0x2060..=0x2060,
        0x2066..=0x2069,
        0xfeff..=0xfeff,
        0xfff9..=0xfffb,
        0xe0000..=0xe007f,
    ];
    ranges.into_iter().flatten().map(|n| char::from_u32(n).expect("a scalar value")).collect()
}

#[test]
fn each_such_character_is_told_by_its_number() {
    for c in obeyed() {
        let told = match c {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            c => format!("\\u{{{:x}}}", u32::from(c)),
        };
        let text = format!("a{c}b");
        assert_eq!(printable(&text), format!("a{told}b"));
        let told = if matches!(c, '\n' | '\t') { c.to_string() } else { told };
        assert_eq!(printable_lines(&text), format!("a{told}b"));
    }
}

#[test]
fn text_of_people_and_of_code_stays() {
    for text in
        ["", "\"it's\" \\n", "e\u{301}", "हिन्दी", "می\u{200c}خواهم", "👩\u{200d}👩\u{200d}👧", "ａ", "שלום"]
    {
        assert_eq!(printable(text), text);
        assert_eq!(printable_lines(text), text);
    }
    assert_eq!(printable_lines("a\r\n\tb\n"), "a\r\n\tb\n");
    assert_eq!(printable_lines("a\r\r\n\r"), "a\\r\r\n\\r");
}

proptest! {
    #[test]
    fn nothing_is_left_that_would_be_obeyed(
        text in proptest::collection::vec(prop_oneof![any::<char>(), proptest::sample::select(obeyed())], 0..40),
    ) {
        let text: String = text.into_iter().collect();
        let line = printable(&text);
        prop_assert!(!line.chars().any(|c| obeyed().contains(&c)), "{line:?}");
        let lines = printable_lines(&text);
        let left = lines.replace("\r\n", "\n");
        prop_assert!(!left.chars().any(|c| !matches!(c, '\n' | '\t') && obeyed().contains(&c)), "{lines:?}");
        prop_assert_eq!(lines.matches('\n').count(), text.matches('\n').count());
        prop_assert_eq!(printable_lines(&lines), &*lines);
    }
}
