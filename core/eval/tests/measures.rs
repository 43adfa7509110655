//! Texts side by side, with what they must score.

use ghostlight_eval::{
    accept, bleu4, edit_similarity, exact_match, first_line_match, lines_end, prefix_chars,
};
use proptest::prelude::*;

#[test]
fn texts_score_as_they_should() {
    // suggestion, truth, exact, edit similarity, first line, characters right from the start
    for (suggestion, truth, exact, edit, first, prefix) in [
        ("a + b", "a + b", true, 1.0, true, 5),
        ("  a + b\n", "a + b", true, 1.0, true, 5),
        ("a\r\nb", "a\nb", true, 1.0, true, 3),
        ("kitten", "sitting", false, 1.0 - 3.0 / 7.0, false, 0),
        ("", "abcd", false, 0.0, false, 0),
        ("abcd\nef", "abcd\ngh", false, 1.0 - 2.0 / 7.0, true, 5),
        ("straße", "strasse", false, 1.0 - 2.0 / 7.0, false, 4),
    ] {
        assert_eq!(exact_match(suggestion, truth), exact, "{suggestion:?}");
        assert!((edit_similarity(suggestion, truth) - edit).abs() < 1e-12, "{suggestion:?}");
        assert_eq!(first_line_match(suggestion, truth), first, "{suggestion:?}");
        assert_eq!(prefix_chars(suggestion, truth), prefix, "{suggestion:?}");
    }
}

/// Texts that differ only behind as many characters as are compared are not the same.
#[test]
fn no_end_of_a_long_text_is_left_out() {
    let long = |end: &str| "ab".repeat(4000) + end;
    assert_eq!(edit_similarity(&long("x"), &long("x")), 1.0);
    assert!((edit_similarity(&long("x"), &long("y")) - (1.0 - 1.0 / 8001.0)).abs() < 1e-12);
    assert_eq!(edit_similarity(&"a".repeat(9000), &"b".repeat(5000)), 0.0);
}

#[test]
fn a_text_ends_with_its_lines() {
    for (text, lines, end) in
        [("a\nb", 1, Some(1)), ("a", 1, None), ("\n  a\nb\nc", 2, Some(6)), ("\n\n", 1, None), ("", 1, None)]
    {
        assert_eq!(lines_end(text, lines), end, "{text:?}");
    }
}

#[test]
fn bleu_is_that_of_the_formula() {
    // Three of four words, two of three pairs, one of two triples, none of one run of four; smoothed by one from
    // pairs on: 3/4 * 3/4 * 2/3 * 1/2.
    let want = (0.75f64 * 0.75 * (2.0 / 3.0) * 0.5).powf(0.25);
    assert!((bleu4("a b c x", "a b c d") - want).abs() < 1e-12);
    // Half as long: exp(1 - 4 / 2).
    let want = (1.0f64 * 1.0 * 1.0 * 1.0).powf(0.25) * (-1.0f64).exp();
    assert!((bleu4("a b", "a b c d") - want).abs() < 1e-12);
    assert_eq!(bleu4("x", "a"), 0.0);
    assert_eq!(bleu4("", ""), 1.0);
    assert_eq!(bleu4("", "a"), 0.0);
}

#[test]
fn a_typist_takes_what_is_right() {
    // suggestion, truth, whole, characters taken, keys
    for (suggestion, truth, whole, taken, keys) in [
        ("foo(bar)", "foo(bar)", true, 8, 1),
        ("foo(baz)", "foo(bar)", false, 4, 2),
        ("food", "foo(bar)", false, 0, 0),
        ("foo(bar), 1", "foo(bar)", false, 8, 4),
        ("", "foo", false, 0, 0),
    ] {
        let got = accept(suggestion, truth);
        assert_eq!((got.whole, got.taken, got.keys), (whole, taken, keys), "{suggestion:?}");
        assert_eq!(got.shown, !suggestion.is_empty());
    }
}

proptest! {
    #[test]
    fn measures_stay_in_bounds_and_agree(a in "[ab(\n ]{0,12}", b in "[ab(\n ]{0,12}") {
        for value in [edit_similarity(&a, &b), bleu4(&a, &b)] {
            prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{value}");
        }
        prop_assert!((edit_similarity(&a, &b) - edit_similarity(&b, &a)).abs() < 1e-12);
        prop_assert_eq!(exact_match(&a, &b), edit_similarity(&a, &b) == 1.0);
        if exact_match(&a, &b) {
            prop_assert!(first_line_match(&a, &b) && (bleu4(&a, &b) - 1.0).abs() < 1e-12);
        }
        let taken = accept(&a, &b);
        prop_assert!(taken.taken <= taken.chars && taken.keys <= taken.taken + 1);
    }
}
