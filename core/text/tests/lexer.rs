//! The lexer: what is code, comment and string in each language, and the same however a text is cut.

use ghostlight_text::{Class, Language, Lexer, Part, Run};
use proptest::prelude::*;

/// What each byte of a text is, chunk by chunk.
fn classes(language: &'static Language, chunks: &[&[u8]]) -> Vec<(u8, Class, usize)> {
    let mut all = Vec::new();
    let mut lexer = Lexer::new(language);
    let mut out = |run: Run<'_>| {
        assert!(!run.bytes.is_empty());
        all.extend(run.bytes.iter().map(|&byte| (byte, run.class, run.depth)));
    };
    chunks.iter().for_each(|chunk| lexer.read(chunk, &mut out));
    lexer.finish(&mut out);
    all
}

/// The text with comments in `⟦⟧`, strings in `«»`, and what is put into them in `‹›`.
fn show(language: &'static Language, text: &str) -> String {
    let mut shown = Vec::new();
    let mut open: Vec<char> = Vec::new();
    let print = |shown: &mut Vec<u8>, c: char| shown.extend(c.to_string().bytes());
    let mut last = (Class::Code, 0);
    let all = classes(language, &[text.as_bytes()]);
    let mut all = all.into_iter().peekable();
    while let Some((byte, class, depth)) = all.next() {
        let begins = (class, depth) != last;
        last = (class, depth);
        let ends = all.peek().is_none_or(|(_, next, deep)| (*next, *deep) != last);
        // A level has a string and a value.
        let stays = match class {
            Class::Code | Class::Comment(Part::Open) | Class::String(Part::Open) => 2 * depth,
            Class::Value(Part::Close) => 2 * depth + 1,
            _ => open.len(),
        };
        while open.len() > stays && begins {
            print(&mut shown, open.pop().expect("what ends has begun"));
        }
        let opened = match class {
            Class::Comment(Part::Open) => Some(['⟦', '⟧']),
            Class::String(Part::Open) => Some(['«', '»']),
            Class::String(Part::Body) if open.len() == 2 * depth => Some(['«', '»']),
            Class::Value(Part::Body) => Some(['‹', '›']),
            _ => None,
        };
        if let Some([before, after]) = opened.filter(|_| begins) {
            print(&mut shown, before);
            open.push(after);
        }
        shown.push(byte);
        match class {
            Class::Comment(Part::Close) | Class::String(Part::Close) | Class::Value(Part::Body) if ends => {
                print(&mut shown, open.pop().expect("what ends has begun"));
            }
            Class::Value(Part::Open) if ends => {
                print(&mut shown, '‹');
                open.push('›');
            }
            _ => {}
        }
    }
    while let Some(c) = open.pop() {
        print(&mut shown, c);
    }
    String::from_utf8(shown).expect("marks stand between characters")
}

fn language(id: &str) -> &'static Language {
    Language::from_id(id).unwrap_or_else(|| panic!("{id} is not in the table"))
}

/// Language, and text as [`show`] shows it.
const CASES: &[(&str, &str)] = &[
    // Comments.
    ("c", "a ⟦/* b */⟧ c ⟦// d⟧\ne"),
    ("c", "⟦/*/ a */⟧⟦/**/⟧ / * a"),
    ("c", "⟦/* /* a */⟧ b"),
    ("rust", "⟦/* /* a */ b */⟧ c"),
    ("haskell", "⟦{- {- -} -}⟧ x ⟦-- y⟧"),
    ("lua", "⟦--[[ a\nb ]]⟧ c ⟦-- [[ d⟧\ne"),
    ("html", "⟦<!-- a -- b -->⟧ it's c"),
    ("php", "a ⟦# b⟧\n#[Attribute] c ⟦// d⟧"),
    ("shellscript", "echo $# a#b ⟦# c⟧"),
    ("yaml", "a: b#c ⟦# it's⟧"),
    ("python", "x=1⟦#c⟧"),
    ("css", "a { } // b"),
    ("json", "{} // b"),
    ("jsonc", "{} ⟦// b⟧"),
    // Strings end with their quote or their line.
    ("c", "«\"a\\\"b\"» c"),
    ("c", "f(«\"a(»\nb);"),
    ("c", "«\"a\\\nb\"» c"),
    ("python", "«'''a'b\n'''» «''» «\"\"\"\"\"\"» c"),
    ("python", "«'it'»«'s'» ⟦# don't⟧"),
    ("go", "«`a\\`» «\"b\\\"\"»"),
    ("rust", "«\"a\nb\"» c"),
    ("sql", "«'it'»«'s'» ⟦-- a⟧"),
    ("toml", "a = «'c:\\'» b = «'''\n'''»"),
    ("lua", "«[[a\n]]» «[==[ ]] ]==]»"),
    ("powershell", "«\"a`\"b\"» «@'\n'@» c"),
    // Characters, and apostrophes that are none.
    ("rust", "fn f<'a>(c: &'a str) -> char { «'a'» }"),
    ("rust", "[«'\"'», «'\\''», «'\\u{1f600}'», «'é'», «b'x'»]"),
    ("c", "«'{'» '{ «L'x'» 1'000'000"),
    ("haskell", "foldl' f 'a «'b'»"),
    ("javascriptreact", "<p>don't (and can't)</p> «'a'»"),
    ("go", "«'\\''» "),
    // Letters before a quote.
    ("python", "«rb\"\\\"\"» «u'a'» xf«\"{a}\"»"),
    ("rust", "«r#\"a \" b\"#» «br\"\\\"» for«\"\"»"),
    ("cpp", "«R\"(a \" b)\"» «u8\"c\"» FOR«\"(\"»"),
    ("csharp", "«@\"c:\\\"» «\"\\\"\"» «$\"{‹a›} {{b}}\"» «$@\"\\{‹c›}\"»"),
    ("dart", "«r'\\$a'» «'‹$›a'»"),
    ("scala", "«\"$a\"» «s\"‹$›a ${‹b + «\"c\"»›}\"» «\"\"\"\\\"\"\"»"),
    ("swift", "«\"\\(‹f(«\"a\"»)›) \\\"\"» «#\"\\(a)\"#»"),
    // Values in strings.
    ("javascript", "«`a ${‹b ? «`c ${‹{d: «\"}\"»}›}`» : e ⟦/* } */⟧›} f`» g"),
    ("javascript", "«\"${a}\"»"),
    ("python", "«f\"{{}} {‹d[«'k'»]:{w}›}\"» b"),
    ("python", "«f'{‹a + g(›»\n«'b'»"),
    ("ruby", "«\"a #{‹b«\"}\"»›} #\"» «'#{c}'» d"),
    ("kotlin", "«\"‹$›a ${‹b›} $1\"» «\"\"\"\\\"\"\"»"),
    ("php", "«\"‹$›a {$‹b[«'}'»]›} $ 1\"» «'$a'»"),
    ("shellscript", "«\"$(‹dirname «\"${‹BASH_SOURCE›}\"»›)\"» «\"‹$›a\"»"),
    // Outside of strings a shell escapes, too.
    ("shellscript", "echo \\\"a «\"b\"» \\' «$'it\\'s'» «'c\\'» $«\"d\"»"),
    // Here-documents.
    ("shellscript", "cat <<EOF | sh\n«it's\n  EOF_x\nEOFS\nEOF»\necho «'a'»"),
    ("shellscript", "cat <<-«'end'» «\"b\"»\n«$(\n\tend»\nc"),
    ("shellscript", "cat << EOF\n«a\nEOF»\ncat <<<«\"b\"»\n$((1<<n))\nc"),
    ("ruby", "run(<<~SQL, b)\n«  it's #{a}\n  SQL»\nlist << Name\nc"),
    ("php", "f(<<<EOT\n«a\"\nEOT»); c"),
];

#[test]
fn texts_are_told_apart() {
    let is_mark = |c: &char| "⟦⟧«»‹›".contains(*c);
    for (id, shown) in CASES {
        let text: String = shown.chars().filter(|c| !is_mark(c)).collect();
        assert_eq!(show(language(id), &text), *shown, "{id}: {text}");
    }
}

#[test]
fn what_a_text_ends_in_is_known() {
    for (id, text, is_code) in [
        ("rust", "a", true),
        ("rust", "\"a", false),
        ("rust", "\"a\"", true),
        ("rust", "// a", false),
        ("rust", "// a\n", true),
        ("rust", "x: &'a", true),
        ("python", "x = \"", false),
        ("python", "x = \"\"", true),
        ("python", "x = \"\"\"", false),
        ("javascript", "`${a", false),
        ("javascript", "`${a}`", true),
        ("shellscript", "cat <<EOF\n", false),
        ("lua", "--", false),
    ] {
        let mut lexer = Lexer::new(language(id));
        lexer.read(text.as_bytes(), &mut |_| {});
        assert_eq!(lexer.is_in_code(), is_code, "{id}: {text}");
    }
}

#[test]
fn values_within_values_end_somewhere() {
    let text = "`${".repeat(1000);
    let all = classes(language("javascript"), &[text.as_bytes()]);
    assert_eq!(all.len(), text.len());
    assert_eq!(all.iter().map(|(_, _, depth)| *depth).max(), Some(8));
}

#[test]
fn a_character_ends_at_the_first_byte_that_can_end_it() {
    for text in [r"'\(", r"'\u{10ffff", r"'\", "'\\(", "'a", "'", "'é"] {
        for behind in ["'", "\n'", "\r\n'", "\nrb'", "b'\n", "''"] {
            let text = format!("{text}{behind} 'b'");
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            for language in Language::all() {
                assert_eq!(
                    classes(language, &bytes),
                    classes(language, &[text.as_bytes()]),
                    "{}: {text:?}",
                    language.id
                );
            }
        }
    }
}

/// Pieces of which code is made, in any order.
fn nonsense() -> impl Strategy<Value = String> {
    let pieces = vec![
        "{", "}", "(", ")", "[", "]", "\n", " ", "\"", "'", "`", "\\", "//", "/*", "*/", "#", "--", "[[",
        "]]", "\"\"\"", "'''", "${", "$(", "#{", "{{", "$", "$a", "f\"", "rb'", "r#\"", "\"#", "R\"(", ")\"",
        "@\"", "b'", "é", "漢", "a", "word", "<<EOF", "EOF", "<<", "<<<", "{-", "-}", "<!--", "-->", "=#",
        "#=", "\r\n", "\\(", "--[[", "0", "_",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_text_is_read_alike_however_it_is_cut(
        nth in 0..Language::all().len(),
        text in prop_oneof![nonsense(), "\\PC{0,60}"],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let language = &Language::all()[nth];
        let text = text.as_bytes();
        let whole = classes(language, &[text]);
        let read: Vec<u8> = whole.iter().map(|(byte, ..)| *byte).collect();
        prop_assert_eq!(&read, text, "every byte comes once and in order");
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
        prop_assert_eq!(&classes(language, &chunks), &whole);
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        prop_assert_eq!(&classes(language, &bytes), &whole);
    }

    #[test]
    fn bytes_that_are_no_text_are_read(
        nth in 0..Language::all().len(),
        bytes in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        prop_assert_eq!(classes(&Language::all()[nth], &[&bytes]).len(), bytes.len());
    }
}
