//! Fingerprints: no copy of 65 tokens is missed, none shorter is found, and no
//! file that is not one is believed.

use ghostlight_guard::{FingerprintBuilder, Fingerprints, Policy, TOKENS, check};
use proptest::prelude::*;

fn built(sources: &[(&str, String)]) -> Vec<u8> {
    let mut builder = FingerprintBuilder::new();
    for (name, text) in sources {
        builder.add(name, text).expect("it is small");
    }
    builder.finish()
}

/// Tokens as a text, one word each.
fn text(tokens: &[u16]) -> String {
    tokens.iter().map(|token| format!("w{token} ")).collect()
}

fn finds(known: &Fingerprints, answer: &str) -> bool {
    check(Policy { known: Some(known), own_tokens: Some(1), ..Policy::default() }, "", answer).is_some()
}

/// The slow twin: the longest run of tokens that two texts share.
fn longest_common(a: &[u16], b: &[u16]) -> usize {
    let mut longest = 0;
    let mut runs = vec![0; b.len() + 1];
    for x in a {
        for at in (0..b.len()).rev() {
            runs[at + 1] = if *x == b[at] { runs[at] + 1 } else { 0 };
            longest = longest.max(runs[at + 1]);
        }
    }
    longest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Exactly the copies of at least 65 tokens are found; few different words,
    /// so that runs repeat and hashes tie.
    #[test]
    fn winnowing_agrees_with_the_longest_common_run(
        source in prop::collection::vec(0u16..4, 65..400),
        other in prop::collection::vec(0u16..4, 65..200),
        start in 0usize..300, len in 40usize..90,
        head in prop::collection::vec(0u16..6, 0..30), tail in prop::collection::vec(0u16..6, 0..30),
    ) {
        let known = Fingerprints::parse(built(&[("a", text(&source)), ("b", text(&other))])).expect("a file");
        let start = start.min(source.len() - 40);
        let copied = &source[start..(start + len).min(source.len())];
        let answer: Vec<u16> = head.iter().chain(copied).chain(&tail).copied().collect();
        let longest = longest_common(&answer, &source).max(longest_common(&answer, &other));
        prop_assert_eq!(finds(&known, &text(&answer)), longest >= TOKENS, "longest common run: {}", longest);
    }

    /// A file with bytes changed, cut or added is refused, or read without harm.
    #[test]
    fn hostile_files_are_refused_or_harmless(
        source in prop::collection::vec(0u16..50, 65..200),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        len in any::<prop::sample::Index>(), cut in any::<bool>(),
    ) {
        let mut file = built(&[("a.c", text(&source)), ("b.c", text(&source))]);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if cut {
            file.truncate(len.index(file.len()));
        }
        if let Ok(known) = Fingerprints::parse(file) {
            finds(&known, &text(&source));
            (0..known.documents()).for_each(|nth| assert!(known.name(nth).is_some()));
        }
    }

    #[test]
    fn random_bytes_are_no_file(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Fingerprints::parse(bytes).is_err());
    }

    /// A header that promises more than there is costs nothing.
    #[test]
    fn headers_are_not_believed(fields in prop::collection::vec(prop_oneof![Just(u32::MAX), 0u32..100], 4)) {
        let mut file = b"GLFP".to_vec();
        for field in [1, 32, 34].into_iter().chain(fields.iter().copied()) {
            file.extend(field.to_le_bytes());
        }
        prop_assert_eq!(Fingerprints::parse(file).is_ok(), fields.iter().all(|field| *field == 0));
    }
}

#[test]
fn layout_does_not_count_and_names_do() {
    let source: String = (0..12).map(|n| format!("if (a[{n}] > b) {{ swap(a, {n}); }}\n")).collect();
    let known = Fingerprints::parse(built(&[("sort.c", source.clone())])).expect("a file");
    assert!(finds(&known, &source));
    assert!(finds(&known, &source.replace('\n', "\r\n\t\t").replace(" > ", ">")));
    assert!(!finds(&known, &source.replace("swap", "exchange")));
}

#[test]
fn a_file_says_what_is_in_it() {
    let long: String = (0..200).map(|n| format!("t{n} ")).collect();
    let file = built(&[("long.rs", long.clone()), ("short.rs", "a b c".into()), ("again.rs", long)]);
    let known = Fingerprints::parse(file.clone()).expect("a file");
    assert_eq!((known.documents(), known.tokens(), known.len()), (2, 400, file.len()));
    assert_eq!([known.name(0), known.name(1), known.name(2)], [Some("long.rs"), Some("again.rs"), None]);
    // Two kept hashes in a window of 35 on average.
    assert!((400 / 34..400 / 10).contains(&known.fingerprints()), "{}", known.fingerprints());
    let nothing = Fingerprints::parse(FingerprintBuilder::new().finish()).expect("a file without sources");
    assert!(nothing.is_empty() && nothing.fingerprints() == 0);
}

#[test]
fn errors_say_what_and_where() {
    let file = built(&[("a", (0..80).map(|n| format!("t{n} ")).collect())]);
    let error = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] = byte;
        Fingerprints::parse(file).expect_err("it is broken").to_string()
    };
    assert_eq!(error(0, b'X'), "reading fingerprints: no header at byte 0");
    assert_eq!(error(4, 2), "reading fingerprints: another version at byte 4");
    assert_eq!(error(8, 31), "reading fingerprints: other runs or windows at byte 8");
    assert_eq!(error(28, 200), "reading fingerprints: another length than the header says at byte 16");
    assert_eq!(error(32, 1), "reading fingerprints: a document too short at byte 32");
}
