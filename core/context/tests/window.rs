//! The window: within the budget, at line starts, and where it was while one types.

use crate::support::Words;
use ghostlight_context::{Assembler, FimTemplate, Prompt, Role, Source, TokenBudget, Tokens};
use ghostlight_text::TokenId;
use proptest::prelude::*;

const MARKERS: &[&str] = &["<fim_prefix>", "<fim_suffix>", "<fim_middle>"];

fn assembler(family: &str, budget: usize, tokens: &Words) -> Assembler {
    let template = FimTemplate::by_family(family).expect("a family of the table");
    Assembler::new(template, TokenBudget(budget), tokens).expect("the markers are there")
}

fn assemble(assembler: &Assembler, tokens: &Words, prefix: &str, suffix: &str) -> Prompt {
    let source = Source { path: "src/lib.rs", prefix, suffix };
    assembler.assemble(source, tokens).expect("the budget is enough")
}

/// Lines that differ, as source lines do.
fn code(lines: usize) -> String {
    let line = |i: usize| format!("    let value_{i} = compute({}, other[{i}]);\n", i * 7919 % 101);
    (0..lines).map(line).collect()
}

proptest! {
    #[test]
    fn never_more_than_the_budget_and_only_what_stands_at_the_cursor(
        prefix in "([a-z ]{0,9}[(é漢🙂\n\r\t]){0,150}", suffix in "([a-z ]{0,9}[)é\n]){0,100}",
        budget in 40usize..200, family in prop::sample::select(vec!["starcoder", "granite", "prefix-only"]),
    ) {
        let tokens = Words::with(MARKERS);
        let prompt = assemble(&assembler(family, budget, &tokens), &tokens, &prefix, &suffix);
        prop_assert!(prompt.tokens.len() <= budget);
        let before = &prefix[prefix.len() - prompt.prefix_bytes..];
        // What is left to the model stands where the prompt goes on, or at the end of one side.
        let shown = before.strip_suffix(prompt.pending.as_str()).unwrap();
        let after = &suffix[..prompt.suffix_bytes];
        let expected = match family {
            "starcoder" => format!("<fim_prefix><fim_suffix>{after}<fim_middle>{shown}"),
            "granite" => format!("<fim_prefix>{shown}<fim_suffix>{after}<fim_middle>"),
            _ => format!("// src/lib.rs\n{shown}"),
        };
        prop_assert_eq!(tokens.show(&prompt.tokens), expected);
    }
}

#[test]
fn a_small_file_is_sent_whole() {
    let tokens = Words::with(MARKERS);
    let prompt = assemble(&assembler("granite", 400, &tokens), &tokens, &code(3), &code(2));
    assert_eq!((prompt.prefix_bytes, prompt.suffix_bytes), (code(3).len(), code(2).len()));
}

#[test]
fn cut_at_lines_and_shared_seventy_to_thirty() {
    let tokens = Words::with(MARKERS);
    let (prefix, suffix) = (code(300), code(300));
    let prompt = assemble(&assembler("granite", 1000, &tokens), &tokens, &prefix, &suffix);
    assert!(prefix[..prefix.len() - prompt.prefix_bytes].ends_with('\n'));
    assert!(suffix[..prompt.suffix_bytes].ends_with('\n'));
    let count = |text: &str| ghostlight_context::Tokens::encode(&tokens, text).len();
    let after = count(&suffix[..prompt.suffix_bytes]);
    assert!((250..=300).contains(&after), "{after}");
    // The stable start costs at most half of the prefix's share.
    let before = count(&prefix[prefix.len() - prompt.prefix_bytes..]);
    assert!((350..=750).contains(&before), "{before}");
}

#[test]
fn typing_keeps_the_start_of_the_prompt() {
    let tokens = Words::with(MARKERS);
    let text = code(700);
    for family in ["starcoder", "prefix-only"] {
        let assembler = assembler(family, 1000, &tokens);
        // On and on at the end of a file far larger than the window.
        let from = code(600).len();
        let (mut moves, mut reused, mut total) = (0, 0, 0);
        let mut last: Option<(usize, Prompt)> = None;
        for cursor in (from..from + 2000).step_by(4) {
            let prompt = assemble(&assembler, &tokens, &text[..cursor], "}\n");
            let start = cursor - prompt.prefix_bytes;
            if let Some((start_before, before)) = &last {
                assert!(start >= *start_before, "the window never moves back while typing");
                moves += usize::from(start != *start_before);
                let pairs = before.tokens.iter().zip(&prompt.tokens);
                reused += pairs.take_while(|(a, b)| a == b).count();
                total += prompt.tokens.len();
            }
            last = Some((start, prompt));
        }
        assert!(moves <= 6, "{family}: {moves} moves in 2000 characters");
        assert!(reused * 100 >= total * 98, "{family}: {reused} of {total} tokens reused");
    }
}

/// Three letters are a token, and each letter is while three are not there yet: as with any
/// tokenizer, a word that grows has now more tokens and now fewer.
struct Threes(Words);

impl Tokens for Threes {
    fn encode(&self, text: &str) -> Vec<TokenId> {
        let runs = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
        let pieces = runs.flat_map(|run| {
            let (threes, rest) = run.split_at(run.len() / 3 * 3);
            (0..threes.len())
                .step_by(3)
                .map(move |at| &threes[at..at + 3])
                .chain(rest.split_inclusive(|_| true))
        });
        pieces.flat_map(|piece| self.0.encode(piece)).collect()
    }

    fn token_bytes(&self, token: TokenId) -> &[u8] {
        self.0.token_bytes(token)
    }

    fn control(&self, name: &str) -> Option<TokenId> {
        self.0.control(name)
    }

    fn fim(&self, role: Role) -> Option<TokenId> {
        self.0.fim(role)
    }

    fn first(&self) -> Option<TokenId> {
        self.0.first()
    }
}

#[test]
fn a_word_that_grows_does_not_move_the_start_to_and_fro() {
    let tokens = Threes(Words::default());
    let text: String = code(200).replace(['_', ',', '['], "q");
    let template = FimTemplate::by_family("prefix-only").expect("a family of the table");
    for budget in 200..264 {
        let assembler = Assembler::new(template, TokenBudget(budget), &tokens).expect("no markers");
        let mut last = 0;
        for cursor in 1000..1400 {
            let source = Source { path: "a.rs", prefix: &text[..cursor], suffix: "" };
            let prompt = assembler.assemble(source, &tokens).expect("the budget is enough");
            let start = cursor - prompt.prefix_bytes;
            assert!(start >= last, "from {last} back to {start} at {cursor} of {budget} tokens");
            last = start;
        }
    }
}

#[test]
fn an_edit_far_above_or_a_shorter_extract_keeps_the_start() {
    let tokens = Words::with(MARKERS);
    let assembler = assembler("starcoder", 600, &tokens);
    let text = code(500);
    let whole = assemble(&assembler, &tokens, &text, "");
    let edited = assemble(&assembler, &tokens, &format!("// one line more\n{text}"), "");
    assert_eq!(edited, whole);
    for cut in [1, 77, 500, 4000] {
        let extract = assemble(&assembler, &tokens, &text[cut..], "");
        assert_eq!(extract, whole, "{cut}");
    }
}

#[test]
fn the_cost_depends_on_the_budget_and_not_on_the_file() {
    let long_line = |bytes: usize| "value + other * third(1) - ".repeat(bytes / 27);
    let texts = [
        code(110_000),
        long_line(200_000),
        "x".repeat(5_000_000),
        "漢".repeat(100_000),
        "\n".repeat(100_000),
    ];
    for text in texts {
        let tokens = Words::with(MARKERS);
        let assembler = assembler("granite", 1000, &tokens);
        let prompt = assemble(&assembler, &tokens, &text, &text);
        assert!(prompt.tokens.len() <= 1000);
        assert!(prompt.prefix_bytes > 300 && prompt.suffix_bytes > 100);
        assert!(tokens.encoded_bytes.get() < 60_000, "{} bytes", tokens.encoded_bytes.get());
    }
}

#[test]
fn a_line_longer_than_the_window_is_cut_at_words_and_stays() {
    let tokens = Words::with(MARKERS);
    let assembler = assembler("starcoder", 200, &tokens);
    let line: String = (0..5000).map(|i| format!("item{} + ", i * 7919 % 5003)).collect();
    let starts: Vec<usize> = (20_000..20_300)
        .map(|cursor| cursor - assemble(&assembler, &tokens, &line[..cursor], "").prefix_bytes)
        .collect();
    let mut distinct = starts.clone();
    distinct.dedup();
    assert!(distinct.len() <= 5, "{distinct:?}");
    for start in distinct {
        assert!(line[..start].ends_with(' ') && line[start..].starts_with("item"));
    }
}
