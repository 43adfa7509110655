//! What prompts quote from the workspace, what they must not, and that an explanation
//! tells the prompt that is made.

use crate::support::{Bytes, babbling};
use ghostlight_complete::{
    Completion, ContextProvider, Explanation, FileChange, GuardOptions, LeftOut, PieceOrigin, Request,
    Session, SessionOptions, Source, Workspace,
};
use ghostlight_context::index::{FileStamp, IndexSize};
use ghostlight_context::{EmbedFailed, Embedder, ModelFacts, SnippetKind, TokenBudget};
use ghostlight_decode::{Cancel, Decoder, ScriptedDecoder};
use ghostlight_guard::{PrivacyMode, PrivacyRules};
use pollster::block_on;
use proptest::prelude::*;

type Scripted = Session<ScriptedDecoder, Bytes>;

const QWEN: &[&str] =
    &["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>", "<|repo_name|>"];
/// Reads the text after the cursor first.
const STARCODER2: &[&str] = &["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>", "<repo_name>"];

const CACHE: &str = "/// Keeps answers.\npub struct Cache {\n    size: usize,\n}\n";
const APP: Request<'static> = Request {
    source: Source {
        path: "src/app.rs",
        prefix: "use crate::cache::Cache;\n\nfn main() {\n    let cache = Cache { ",
        suffix: "\n}\n",
    },
    max_tokens: 8,
    event: ghostlight_complete::Event::Asked,
    is_selection: false,
    is_read_only: false,
};

/// A session and what it quotes from.
fn session(names: &'static [&'static str], budget: usize) -> (Scripted, Workspace) {
    let options = SessionOptions { budget: TokenBudget(budget), remembered: 0, ..Default::default() };
    let name = if names == STARCODER2 { Some("starcoder2") } else { None };
    let facts = ModelFacts { name, ..Default::default() };
    let (mut session, workspace) =
        (Session::new(babbling(), Bytes(names), facts, options).unwrap(), Workspace::default());
    session.set_provider(workspace.clone());
    (session, workspace)
}

fn change(path: &str, text: &str) -> FileChange {
    FileChange { path: path.to_owned(), text: Some(text.to_owned()), ..FileChange::default() }
}

fn read_all(workspace: &Workspace) {
    while workspace.step() > 0 {}
}

fn with(names: &'static [&'static str], budget: usize, files: &[(&str, &str)]) -> (Scripted, Workspace) {
    let (session, workspace) = session(names, budget);
    files.iter().for_each(|(path, text)| workspace.change(change(path, text)));
    read_all(&workspace);
    (session, workspace)
}

fn explain(session: &mut Scripted, request: Request<'_>) -> Explanation {
    session.explain(request, &|| 0.0).unwrap()
}

fn complete(session: &mut Scripted, request: Request<'_>) -> Completion {
    block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| {})).unwrap()
}

/// Paths of what is quoted.
fn quoted(explanation: &Explanation) -> Vec<&str> {
    let is_quoted = |origin| matches!(origin, PieceOrigin::Quoted(_));
    explanation
        .pieces
        .iter()
        .filter(|piece| is_quoted(piece.origin))
        .map(|piece| piece.path.as_str())
        .collect()
}

#[test]
fn what_is_used_near_the_cursor_is_quoted_and_told() {
    let (mut session, _) = with(QWEN, 300, &[("src/cache.rs", CACHE), ("src/far.rs", "fn far() {}\n")]);
    let explanation = explain(&mut session, APP);
    let definition = explanation.pieces.iter().find(|piece| piece.origin.name() == "definition").unwrap();
    assert_eq!(definition.origin, PieceOrigin::Quoted(SnippetKind::Definition));
    assert_eq!((definition.path.as_str(), definition.line), ("src/cache.rs", 2));
    assert!(definition.text.starts_with("pub struct Cache {"));
    assert_eq!(explanation.family, "qwen-coder");
    let before = explanation.pieces.iter().find(|piece| piece.origin == PieceOrigin::Before).unwrap();
    assert_eq!(
        (before.text.as_str(), before.line, before.path.as_str()),
        (APP.source.prefix, 1, APP.source.path)
    );
    let steps: Vec<&str> = explanation.costs.iter().map(|cost| cost.step).collect();
    assert_eq!(steps.first(), Some(&"syntax"));
    assert_eq!(steps.last(), Some(&"assemble"));
    assert_eq!(explanation.index.files, 2);
}

#[test]
fn with_nothing_in_the_workspace_the_prompt_is_the_file() {
    let (mut session, _) = session(QWEN, 300);
    let explanation = explain(&mut session, APP);
    let origins: Vec<&str> = explanation.pieces.iter().map(|piece| piece.origin.name()).collect();
    assert_eq!(origins, ["after", "before", "form"]);
    // Three markers; the last letter of the word at the cursor is left to the model.
    let tokens = APP.source.prefix.len() + APP.source.suffix.len() + 3 - 1;
    assert_eq!((explanation.tokens, explanation.left_out.len()), (tokens, 0));
    assert_eq!(complete(&mut session, APP).prompt_tokens, tokens);
}

#[test]
fn a_model_that_only_continues_text_is_shown_the_file_alone() {
    let (mut session, _) = with(&[], 300, &[("src/cache.rs", CACHE)]);
    let explanation = explain(&mut session, APP);
    assert_eq!(explanation.family, "prefix-only");
    assert_eq!(quoted(&explanation), [""; 0]);
    // What could have been quoted is told all the same.
    let definition = explanation.left_out.iter().find(|piece| piece.path == "src/cache.rs").unwrap();
    assert_eq!(definition.left_out, Some(LeftOut::Family));
    let (mut plain, _) = self::session(&[], 300);
    assert_eq!(complete(&mut session, APP), complete(&mut plain, APP));
}

#[test]
fn nothing_waits_for_files_that_are_not_read_yet() {
    let (mut session, workspace) = session(QWEN, 300);
    workspace.change(change("src/cache.rs", CACHE));
    assert_eq!(quoted(&explain(&mut session, APP)), [""; 0]);
    assert_eq!(explain(&mut session, APP).waiting, 1);
    assert_eq!(workspace.step(), 0);
    assert_eq!(quoted(&explain(&mut session, APP)), ["src/cache.rs"]);
}

#[test]
fn what_was_stored_comes_back_in_small_steps() {
    let (_, workspace) = with(QWEN, 300, &[("src/cache.rs", CACHE), ("src/far.rs", "fn far() {}\n")]);
    let bytes = workspace.to_bytes();
    let (mut session, again) = session(QWEN, 300);
    again.begin_restore(bytes.clone()).unwrap();
    let mut steps = 1;
    while again.restore_step().unwrap() {
        // Nothing is there before all of it is.
        assert!(again.is_empty());
        steps += 1;
    }
    assert!(steps > 4, "{steps}");
    assert_eq!(again.to_bytes(), bytes);
    assert_eq!(quoted(&explain(&mut session, APP)), ["src/cache.rs"]);
    // Rules that come meanwhile hold.
    let (_, ruled) = self::session(QWEN, 300);
    ruled.begin_restore(bytes.clone()).unwrap();
    ruled.restore_step().unwrap();
    let far = PrivacyRules::parse("nowhere src/far.rs").unwrap();
    ruled.clone().follow(&GuardOptions { rules: vec![far], ..GuardOptions::default() });
    while ruled.restore_step().unwrap() {}
    assert_eq!((ruled.has("src/far.rs"), ruled.has("src/cache.rs")), (false, true));
    // What is damaged changes nothing, and is over.
    again.begin_restore(bytes[..bytes.len() - 1].to_vec()).unwrap();
    while again.restore_step().is_ok_and(|is_more| is_more) {}
    assert!(again.begin_restore(b"GLIX".to_vec()).is_err());
    assert_eq!((again.restore_step(), again.to_bytes()), (Ok(false), bytes));
}

#[test]
fn what_was_quoted_stays_while_one_types() {
    let (mut session, _) = with(QWEN, 300, &[("src/cache.rs", CACHE)]);
    complete(&mut session, APP);
    let longer = format!("{}si", APP.source.prefix);
    let typed = complete(&mut session, Request { source: Source { prefix: &longer, ..APP.source }, ..APP });
    // All but what was typed, and the token that is always computed again.
    assert!(typed.reused_tokens + "si".len() + 1 >= typed.prompt_tokens, "{typed:?}");
    let before = explain(&mut session, APP);
    assert_eq!(before.reused, before.tokens);
}

#[test]
fn a_suffix_that_is_read_first_stays_while_it_changes_little() {
    let long = "\n}\n".to_owned() + &"let value = 1;\n".repeat(8);
    let edited = long.replacen("value", "total", 1);
    // Whether there is something to quote or not.
    for files in [&[("src/cache.rs", CACHE)][..], &[]] {
        let (mut session, _) = with(STARCODER2, 380, files);
        complete(&mut session, Request { source: Source { suffix: &long, ..APP.source }, ..APP });
        let explanation =
            explain(&mut session, Request { source: Source { suffix: &edited, ..APP.source }, ..APP });
        let after = explanation.pieces.iter().find(|piece| piece.origin == PieceOrigin::After).unwrap();
        assert!(long.starts_with(&after.text), "{}", after.text);
        assert!(!edited.starts_with(&after.text), "{}", after.text);
    }
}

#[test]
fn files_that_rules_keep_out_are_not_quoted_and_not_kept() {
    let (mut session, workspace) = with(QWEN, 300, &[("src/cache.rs", CACHE), (".env", "Cache=1\n")]);
    complete(&mut session, APP);
    assert_eq!(quoted(&explain(&mut session, APP)), ["src/cache.rs"]);

    // By the guard's rules, from the next request on.
    let rules = vec![PrivacyRules::builtin(), PrivacyRules::parse("nowhere src/cache.rs").unwrap()];
    session.set_guard(GuardOptions { rules, mode: PrivacyMode::TabOnly, ..GuardOptions::default() });
    assert_eq!(quoted(&explain(&mut session, APP)), [""; 0]);
    session.set_guard(GuardOptions::default());
    workspace.change(change("src/cache.rs", CACHE));
    read_all(&workspace);
    complete(&mut session, APP);
    assert_eq!(quoted(&explain(&mut session, APP)), ["src/cache.rs"]);

    // By a `.gitignore`, though it comes last; and the file can come back.
    workspace.change(change("src/.gitignore", "cache.rs\n"));
    read_all(&workspace);
    assert_eq!(quoted(&explain(&mut session, APP)), [""; 0]);
    workspace.change(FileChange { text: None, ..change("src/.gitignore", "") });
    workspace.change(change("src/cache.rs", CACHE));
    read_all(&workspace);
    assert_eq!(quoted(&explain(&mut session, APP)), ["src/cache.rs"]);

    // By being gone.
    workspace.change(FileChange { text: None, ..change("src/cache.rs", "") });
    read_all(&workspace);
    assert_eq!(quoted(&explain(&mut session, APP)), [""; 0]);
}

#[test]
fn a_file_that_is_private_is_not_shown_by_an_explanation() {
    let (mut session, _) = with(QWEN, 300, &[("src/cache.rs", CACHE)]);
    let explanation =
        explain(&mut session, Request { source: Source { path: "prod.env", ..APP.source }, ..APP });
    assert_eq!(explanation.skip, Some(ghostlight_complete::Skip::Private));
    assert!(explanation.pieces.iter().all(|piece| !piece.text.contains("Cache {")), "{explanation:?}");
}

#[test]
fn edits_are_remembered_by_their_lines() {
    let (mut session, workspace) =
        with(QWEN, 300, &[("src/cache.rs", CACHE), ("src/far.rs", "fn far() {\n    1\n}\n")]);
    let edit = FileChange { is_edit: true, ..change("src/far.rs", "fn far() {\n    2\n}\n") };
    workspace.change(edit);
    // What comes after in the queue does not take back that it was one.
    workspace.change(change("src/far.rs", "fn far() {\n    3\n}\n"));
    read_all(&workspace);
    let explanation = explain(&mut session, APP);
    let edit =
        explanation.pieces.iter().chain(&explanation.left_out).find(|piece| piece.path == "src/far.rs");
    assert_eq!(edit.unwrap().origin.name(), "edit");
}

#[test]
fn a_workspace_is_kept_and_taken_up_again() {
    let (_, workspace) = with(QWEN, 300, &[("src/cache.rs", CACHE), ("gone.rs", "fn gone() {}\n")]);
    let bytes = workspace.to_bytes();
    let again = Workspace::default();
    again.restore(&bytes).unwrap();
    let counts = |size: IndexSize| (size.files, size.pieces, size.symbols, size.text);
    assert_eq!(counts(again.size()), counts(workspace.size()));
    let stamp =
        |path: &str, modified| FileStamp { path: path.to_owned(), size: CACHE.len() as u64, modified };
    // Nobody knows when they were changed, so what is listed is compared.
    assert_eq!(again.begin(&[stamp("src/cache.rs", 0), stamp(".env", 1)]), [0]);
    assert_eq!(again.size().files, 1);
    assert!(again.restore(&bytes[..bytes.len() / 2]).is_err());
    assert_eq!(again.size().files, 1, "what cannot be read changes nothing");
    again.clear();
    assert_eq!(again.size().files, 0);
}

#[test]
fn what_is_left_out_says_why() {
    let many: Vec<(String, String)> = (0..9)
        .map(|n| {
            (format!("src/part{n}.rs"), format!("pub fn part{n}(cache: Cache) -> Cache {{\n    cache\n}}\n"))
        })
        .collect();
    let mut files: Vec<(&str, &str)> =
        many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("src/cache.rs", CACHE));
    let prefix = format!(
        "{}\nfn main() {{\n    part0(part1(part2(part3(part4(part5(part6(part7(part8(",
        "// long\n".repeat(60)
    );
    let request = Request { source: Source { prefix: &prefix, ..APP.source }, ..APP };
    let why = |names, origin: &str| {
        let explanation = explain(&mut with(names, 300, &files).0, request);
        let mut why: Vec<_> = explanation
            .left_out
            .iter()
            .filter(|piece| piece.origin.name() == origin)
            .map(|piece| piece.left_out.unwrap())
            .collect();
        why.dedup();
        why
    };
    assert_eq!(why(QWEN, "before"), [LeftOut::Window]);
    assert!(why(QWEN, "definition").contains(&LeftOut::NoBudget));
}

fn files() -> impl Strategy<Value = Vec<(u8, String, bool)>> {
    let text = prop::sample::select(vec![CACHE, "pub fn load() -> Cache {\n    todo()\n}\n", "é\n", ""]);
    prop::collection::vec((0u8..6, text.prop_map(str::to_owned), any::<bool>()), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The pieces are the prompt, to the token, within the budget; and looking changes nothing.
    #[test]
    fn an_explanation_adds_up_and_leaves_no_trace(
        files in files(), prefix in "[a-zC (){}\n]{0,80}", suffix in "[a-z (){}\n]{0,80}", budget in 120usize..340,
        names in prop::sample::select(vec![&[][..], QWEN, STARCODER2]),
    ) {
        let ((mut looked, one), (mut plain, other)) = (session(names, budget), session(names, budget));
        for workspace in [one, other] {
            for (path, text, is_edit) in &files {
                workspace.change(FileChange { is_edit: *is_edit, ..change(&format!("src/f{path}.rs"), text) });
            }
            read_all(&workspace);
        }
        let prefix = format!("use crate::f1::Cache;\nx{prefix}");
        let request = Request { source: Source { prefix: &prefix, suffix: &suffix, ..APP.source }, ..APP };
        let explanation = explain(&mut looked, request);
        let total: usize = explanation.pieces.iter().map(|piece| piece.tokens).sum();
        prop_assert_eq!(total, explanation.tokens);
        prop_assert!(explanation.tokens <= budget);
        let done = complete(&mut looked, request);
        prop_assert_eq!(done.prompt_tokens, explanation.tokens);
        prop_assert_eq!(done, complete(&mut plain, request));
    }

    /// However changes come, the workspace is what the last of them says.
    #[test]
    fn the_last_change_counts(files in files(), steps in prop::collection::vec(0usize..3, 0..12)) {
        let (one, other) = (Workspace::default(), Workspace::default());
        let mut steps = steps.into_iter();
        for (path, text, is_edit) in &files {
            let change = FileChange { is_edit: *is_edit, ..change(&format!("src/f{path}.rs"), text) };
            one.change(change.clone());
            for _ in 0..steps.next().unwrap_or(0) {
                one.step();
            }
            other.change(change);
        }
        read_all(&one);
        read_all(&other);
        prop_assert_eq!((one.waiting(), other.waiting()), (0, 0));
        let (one, other) = (one.size(), other.size());
        prop_assert_eq!((one.files, one.pieces, one.symbols, one.text), (other.files, other.pieces, other.symbols, other.text));
    }
}

/// Says of every text the same; after so many calls it fails.
struct Alike(usize);

impl Embedder for Alike {
    fn name(&self) -> &str {
        "alike"
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedFailed> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| EmbedFailed("no more".to_owned()))?;
        Ok(vec![vec![0.6, 0.8]; texts.len()])
    }
}

#[test]
fn what_an_embedder_finds_is_told_until_it_fails() {
    let files = [("src/cache.rs", CACHE), ("src/far.rs", "fn far() -> u8 {\n    1\n}\n")];
    let (mut session, workspace) = with(QWEN, 300, &files);
    let before = explain(&mut session, APP);
    assert_eq!(workspace.embed_step(), Ok(0), "nobody embeds");
    assert_eq!(workspace.vectors_to_bytes(), None);

    // Two pieces, then one cursor.
    workspace.set_embedder(Alike(3));
    let steps =
        |explanation: &Explanation| explanation.costs.iter().filter(|cost| cost.step == "related").count();
    assert_eq!(explain(&mut session, APP).pieces, before.pieces, "nothing is embedded yet");
    assert_eq!((workspace.embed_step(), workspace.embed_step()), (Ok(1), Ok(0)));
    let kept = workspace.vectors_to_bytes().unwrap();
    let explanation = explain(&mut session, APP);
    assert_eq!(steps(&explanation), 1);
    let all = || explanation.pieces.iter().chain(&explanation.left_out);
    assert!(all().any(|piece| piece.origin.name() == "related" && piece.path == "src/far.rs"));

    // It fails: as if it had never been there.
    let explanation = explain(&mut session, APP);
    assert_eq!((explanation.pieces, steps(&before)), (before.pieces, 0));
    assert_eq!(workspace.embed_step(), Ok(0));

    // Vectors outlast it.
    workspace.set_embedder(Alike(1));
    assert_eq!((workspace.embedded(), workspace.restore_vectors(&kept), workspace.embedded()), (0, 2, 2));
    assert_eq!(workspace.embed_step(), Ok(0), "nothing is left to do");
    workspace.change(change("src/new.rs", "fn new() {}\n"));
    workspace.change(change("src/newer.rs", "fn newer() {}\n"));
    read_all(&workspace);
    assert_eq!(workspace.embed_step(), Ok(1));
    assert_eq!(workspace.embed_step().unwrap_err().to_string(), "embed text: no more");
    assert_eq!(workspace.embed_step(), Ok(0), "it is not asked again");
}

/// As if one more key was pressed.
fn typed(prefix: &str) -> Request<'_> {
    let source = Source { prefix, ..APP.source };
    Request { source, event: ghostlight_complete::Event::Typed, ..APP }
}

#[test]
fn while_somebody_types_what_is_quoted_stays_and_it_is_chosen_anew_in_a_pause() {
    let (mut session, workspace) = session(QWEN, 400);
    let prefixes = ["", "s", "si", "siz"].map(|end| format!("{}{end}", APP.source.prefix));
    let before = complete(&mut session, typed(&prefixes[0]));
    workspace.change(change("src/cache.rs", CACHE));
    read_all(&workspace);
    for prefix in &prefixes[1..3] {
        let held = complete(&mut session, typed(prefix));
        assert!(held.prompt_tokens - held.reused_tokens < 8, "{held:?}");
        assert!(held.prompt_tokens < before.prompt_tokens + CACHE.len() / 2, "nothing is quoted yet");
    }
    let asked = Request { event: ghostlight_complete::Event::Asked, ..typed(&prefixes[2]) };
    let read = block_on(session.prefill(asked, &Cancel::new(), &|| 0.0)).unwrap();
    assert!(read > before.prompt_tokens, "{read}");
    let quoting = complete(&mut session, typed(&prefixes[3]));
    assert!(quoting.prompt_tokens > before.prompt_tokens + 40, "{quoting:?}");
    assert!(quoting.prompt_tokens - quoting.reused_tokens < 8, "{quoting:?}");
}

#[test]
fn a_pause_that_was_too_short_is_no_reason_to_read_all_twice() {
    let (mut session, workspace) = session(QWEN, 400);
    complete(&mut session, typed(APP.source.prefix));
    workspace.change(change("src/cache.rs", CACHE));
    read_all(&workspace);
    // The pause ends when the prompt is half read.
    let whole = block_on(session.prefill(APP, &Cancel::new(), &|| 0.0)).unwrap();
    session.decoder_mut().truncate(whole / 2);
    let next = complete(&mut session, typed(&format!("{}s", APP.source.prefix)));
    assert!(next.reused_tokens + 8 > whole / 2, "{next:?}");
}

#[test]
fn who_asks_by_hand_gets_what_the_workspace_has_to_say() {
    let (mut session, workspace) = session(QWEN, 400);
    let before = complete(&mut session, typed(APP.source.prefix));
    workspace.change(change("src/cache.rs", CACHE));
    read_all(&workspace);
    assert!(complete(&mut session, APP).prompt_tokens > before.prompt_tokens + 40);
}

#[test]
fn what_is_gone_is_not_quoted_for_the_sake_of_a_quick_answer() {
    let (mut session, workspace) =
        with(QWEN, 400, &[("src/cache.rs", CACHE), ("src/size.rs", "fn size() {}\n")]);
    let quoting = complete(&mut session, typed(APP.source.prefix));
    workspace.change(FileChange { path: "src/cache.rs".to_owned(), text: None, ..FileChange::default() });
    read_all(&workspace);
    let next = complete(&mut session, typed(&format!("{}s", APP.source.prefix)));
    assert!(next.prompt_tokens + 40 < quoting.prompt_tokens, "{next:?}");
}
