//! Stop strings: any chunking gives what the whole text gives.

use ghostlight_decode::Stops;
use proptest::prelude::*;

/// The definition, character by character over the whole text.
fn naive(stops: &[String], text: &str) -> (String, bool) {
    for end in (1..=text.len()).filter(|&end| text.is_char_boundary(end)) {
        let complete = stops.iter().filter(|s| !s.is_empty() && text[..end].ends_with(s.as_str()));
        if let Some(longest) = complete.map(String::len).max() {
            return (text[..end - longest].to_owned(), true);
        }
    }
    (text.to_owned(), false)
}

fn scan<'a>(stops: &Stops, pieces: impl IntoIterator<Item = &'a str>) -> (String, bool) {
    let mut scanner = stops.scanner();
    let mut out = String::new();
    let mut stopped = false;
    for piece in pieces {
        let scanned = scanner.push(piece);
        out.push_str(scanned.text);
        stopped = scanned.stopped;
    }
    if !stopped {
        out.push_str(scanner.finish());
    }
    (out, stopped)
}

fn word() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!['a', 'b', '\n', 'é', '🙂']), 0..5)
        .prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn any_chunking_is_the_whole(
        strings in prop::collection::vec(word(), 0..4),
        pieces in prop::collection::vec(word(), 0..12),
    ) {
        let text = pieces.concat();
        let stops = Stops::new(strings.clone());
        let expected = naive(&strings, &text);
        prop_assert_eq!(scan(&stops, [text.as_str()]), expected.clone());
        prop_assert_eq!(scan(&stops, pieces.iter().map(String::as_str)), expected);
    }

    #[test]
    fn nothing_shown_is_ever_part_of_a_stop(
        strings in prop::collection::vec(word(), 1..4), pieces in prop::collection::vec(word(), 0..12),
    ) {
        let (expected, _) = naive(&strings, &pieces.concat());
        let stops = Stops::new(strings);
        let mut scanner = stops.scanner();
        let mut shown = String::new();
        for piece in &pieces {
            shown.push_str(scanner.push(piece).text);
            prop_assert!(expected.starts_with(&shown));
        }
    }
}

#[test]
fn the_first_complete_wins_then_the_longest() {
    let check = |stops: &[&str], text: &str, shown: &str| {
        let stops = Stops::new(stops.iter().copied());
        assert_eq!(scan(&stops, [text]), (shown.to_owned(), true), "{text}");
    };
    check(&["abcdef", "cd"], "xabcdef", "xab"); // `cd` is complete first
    check(&["bc", "abc"], "xabc", "x"); // both complete at `c`: the longest
    check(&["", "\n\n"], "a\n\nb", "a"); // an empty stop is none
    check(&["aab"], "aaab", "a"); // a failed start may hold a later one
}

#[test]
fn only_what_may_become_a_stop_is_held_back() {
    let stops = Stops::new(["\n\n"]);
    let mut scanner = stops.scanner();
    assert_eq!(scanner.push("let x;\n").text, "let x;");
    assert_eq!(scanner.push("y\n").text, "\ny");
    assert_eq!(scanner.finish(), "\n");
}
