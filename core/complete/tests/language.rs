//! A language that is not in the table: its row is all that it takes.

use ghostlight_complete::filter::{FILTERS, Place};
use ghostlight_complete::{Event, GuardOptions, Request, Skip, trigger};
use ghostlight_context::Source;
use ghostlight_context::syntax::{LexicalOf, Syntax, Within};
use ghostlight_guard::RiskyRules;
use ghostlight_text::{BlockStyle, Class, DefinitionKind, Imports, Language, Lexer, Quote, Reach};

/// Comments of `;;` and `(* *)` within each other, strings in `|`, blocks in braces.
static MADE_UP: Language = Language {
    id: "made-up",
    name: "Made-up",
    line_comment: Some(";;"),
    block_comment: Some(("(*", "*)")),
    nested_comments: true,
    quotes: &[Quote::new("|", Reach::Line)],
    blocks: BlockStyle::Braces,
    heads: "whenever routine",
    defines: &[("routine", DefinitionKind::Function)],
    imports: Imports::by(&["bring"]),
    risky_rules: Some("c"),
    ..Language::PLAIN
};

#[test]
fn the_lexer_reads_it() {
    let mut code = String::new();
    let mut lexer = Lexer::new(&MADE_UP);
    let text = "a |b \\| c| d ;; e |\nf (* (* g *) h *) i \"j\"";
    let mut out = |run: ghostlight_text::Run<'_>| {
        if run.class == Class::Code {
            code.push_str(std::str::from_utf8(run.bytes).unwrap());
        }
    };
    lexer.read(text.as_bytes(), &mut out);
    lexer.finish(&mut out);
    assert_eq!(code, "a  d \nf  i \"j\"");
}

#[test]
fn typing_asks_after_its_heads_only() {
    for (prefix, expected) in [
        ("whenever ready(x)", None),
        ("routine f(x)", None),
        ("if ready(x)", Some(Skip::AfterClosing)),
        ("f(x);", Some(Skip::AfterClosing)),
    ] {
        let request = Request {
            source: Source { path: "a", prefix, ..Source::default() },
            event: Event::Typed,
            ..Request::default()
        };
        let skip = trigger::skip_in(Some(&MADE_UP), &request, &GuardOptions::default());
        assert_eq!(skip, expected, "{prefix}");
    }
}

#[test]
fn its_brackets_are_balanced() {
    let (_, balance) = FILTERS.iter().find(|(name, _)| *name == "balance").unwrap();
    for (text, kept) in [
        ("|)| + a) + b", "|)| + a"),
        ("a ;; )\nb)", "a ;; )\nb"),
        ("a (* ) *) + (b)", "a (* ) *) + (b)"),
        ("\")\" + a", "\""),
    ] {
        let place = Place::new("x = ", "", Some(&MADE_UP));
        assert_eq!(balance(&place, text).text, kept, "{text}");
    }
}

#[test]
fn the_guard_reads_it_with_the_rules_that_its_row_names() {
    let rules = RiskyRules::builtin(&MADE_UP).expect("its row names rules");
    assert_eq!(rules.scan("system(|rm|) gets(buffer)"), ["c-gets"]);
    assert_eq!(rules.scan(";; gets(buffer)\n|gets(buffer)| (* gets(buffer) *)"), [""; 0]);
}

#[test]
fn syntax_is_read_without_a_grammar() {
    let mut syntax = LexicalOf(&MADE_UP);
    let facts = |syntax: &mut LexicalOf, prefix| syntax.facts(Source { path: "a", prefix, suffix: "" });
    let text = "bring shapes;\nroutine area(x) {\n  ";
    let found = facts(&mut syntax, text);
    assert_eq!(found.language, "made-up");
    assert_eq!(found.imports[0].module, "shapes");
    assert_eq!(found.scopes[0].name, "area");
    assert!(found.in_empty_block);
    assert_eq!(facts(&mut syntax, "a |b").within, Within::String);
    assert_eq!(facts(&mut syntax, "a ;; b").within, Within::Comment);
    assert_eq!(facts(&mut syntax, "bring sha").within, Within::Import);
    assert_eq!(syntax.outline("a", text).definitions[0].kind, DefinitionKind::Function);
}
