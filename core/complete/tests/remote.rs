//! A library behind bytes answers as the same one in memory.

use crate::support::{Bytes, babbling};
use ghostlight_complete::{
    ContextProvider, FileChange, GuardOptions, PieceOrigin, Request, Session, SessionOptions, Source,
    Workspace, remote,
};
use ghostlight_context::index::IndexSize;
use ghostlight_context::{ContextQuery, ModelFacts, Snippet, SnippetKind, TokenBudget};
use ghostlight_decode::{Cancel, ScriptedDecoder};
use pollster::block_on;
use proptest::prelude::*;

/// What crosses on the way to the other side, and what comes back.
type Crossing = fn(Option<Vec<u8>>) -> Option<Vec<u8>>;

/// As the engine in a browser has it: the module behind is asked by bytes.
struct Behind(Workspace, Crossing);

impl ContextProvider for Behind {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(
        &mut self,
        query: &ContextQuery<'_>,
        seen: &mut dyn FnMut(SnippetKind, Option<f64>),
    ) -> Vec<Snippet> {
        let Self(workspace, crossing) = self;
        remote::find_by(query, seen, |question| crossing(remote::answer(workspace, question, &|| 0.0)))
    }

    fn has(&self, path: &str) -> bool {
        self.0.has(path)
    }

    fn follow(&mut self, guard: &GuardOptions) {
        self.0.follow(guard);
    }

    fn size(&self) -> IndexSize {
        self.0.size()
    }

    fn waiting(&self) -> usize {
        self.0.waiting()
    }
}

const QWEN: &[&str] =
    &["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>", "<|repo_name|>"];

const FILES: &[(&str, &str)] = &[
    ("src/cache.rs", "/// Keeps answers.\npub struct Cache {\n    size: usize,\n}\n"),
    (
        "src/other.rs",
        "use crate::cache::Cache;\n\npub fn other(cache: &Cache) -> usize {\n    cache.size\n}\n",
    ),
    ("Cargo.toml", "[dependencies]\nserde = \"1\"\n"),
];

fn workspace() -> Workspace {
    let workspace = Workspace::default();
    for (path, text) in FILES {
        workspace.change(FileChange {
            path: (*path).to_owned(),
            text: Some((*text).to_owned()),
            ..FileChange::default()
        });
    }
    while workspace.step() > 0 {}
    workspace
}

fn session(provider: impl ContextProvider + 'static) -> Session<ScriptedDecoder, Bytes> {
    let options = SessionOptions { budget: TokenBudget(400), remembered: 0, ..Default::default() };
    let mut session = Session::new(babbling(), Bytes(QWEN), ModelFacts::default(), options).unwrap();
    session.set_provider(provider);
    session
}

fn request<'a>(prefix: &'a str, suffix: &'a str) -> Request<'a> {
    Request {
        source: Source { path: "src/app.rs", prefix, suffix },
        max_tokens: 4,
        event: ghostlight_complete::Event::Asked,
        is_selection: false,
        is_read_only: false,
    }
}

const APP: &str = "use crate::cache::Cache;\n\nfn main() {\n    let cache = Cache { ";

#[test]
fn prompts_are_those_of_the_library_itself() {
    // More than crosses, on both sides.
    let far = "fn far() -> usize {\n    1\n}\n\n".repeat(1200);
    for (prefix, suffix) in
        [(APP.to_owned(), "\n}\n".to_owned()), (format!("{far}{APP}"), format!("\n}}\n{far}"))]
    {
        let request = request(&prefix, &suffix);
        let (mut near, mut behind) = (session(workspace()), session(Behind(workspace(), |bytes| bytes)));
        let (one, other) =
            (near.explain(request, &|| 0.0).unwrap(), behind.explain(request, &|| 0.0).unwrap());
        assert_eq!(one, other);
        assert!(one.pieces.iter().any(|piece| piece.origin == PieceOrigin::Quoted(SnippetKind::Definition)));
        let complete = |session: &mut Session<ScriptedDecoder, Bytes>| {
            block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| {})).unwrap()
        };
        assert_eq!(complete(&mut near), complete(&mut behind));
    }
}

#[test]
fn without_an_answer_the_prompt_is_the_file() {
    let crossings: [Crossing; 3] = [
        |_| None,
        |_| Some(vec![200, 1, 7]),
        |bytes| {
            let mut bytes = bytes?;
            bytes.pop();
            Some(bytes)
        },
    ];
    for crossing in crossings {
        let mut session = session(Behind(workspace(), crossing));
        let explanation = session.explain(request(APP, "\n}\n"), &|| 0.0).unwrap();
        let origins: Vec<&str> = explanation.pieces.iter().map(|piece| piece.origin.name()).collect();
        assert_eq!(origins, ["after", "before", "form"]);
    }
}

#[test]
fn what_the_other_side_took_is_told() {
    let mut now = 0.0;
    let clock = std::cell::RefCell::new(move || {
        now += 1.5;
        now
    });
    let clock = || clock.borrow_mut()();
    let mut workspace = workspace();
    let source = ghostlight_context::Source { path: "src/app.rs", prefix: APP, suffix: "" };
    let facts = ghostlight_context::syntax::Syntax::facts(&mut ghostlight_context::syntax::Lexical, source);
    let query = ContextQuery { source, facts: std::borrow::Cow::Owned(facts), window: (100, 100) };
    let mut seen = Vec::new();
    remote::find_by(&query, &mut |kind, ms| seen.push((kind, ms)), |question| {
        remote::answer(&mut workspace, question, &clock)
    });
    assert_eq!(seen.first(), Some(&(SnippetKind::Definition, Some(1.5))));
    assert!(seen.len() > 4 && seen.iter().all(|(_, ms)| *ms == Some(1.5)), "{seen:?}");
}

proptest! {
    #[test]
    fn any_bytes_have_an_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        remote::answer(&mut workspace(), &bytes, &|| 0.0);
    }
}
