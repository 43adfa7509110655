//! From a request to its prompt: the text around the cursor, and what a context provider
//! has to say about it.
//!
//! The idea: what is quoted stands first and stays while it is good enough, and so
//! does the text after the cursor where the model reads that first, so that a
//! keystroke changes the end of the prompt and the KV cache holds the rest. Where
//! the provider knows nothing the prompt is the text around the cursor.
//!
//! What is quoted changes when the workspace was read or other names are near the cursor, and
//! then all of the prompt has to be read. While somebody types that is put off where it would
//! take longer than a moment ([`Keep::Hold`]): the answer comes with what was quoted before,
//! and the prompt is read anew in the next pause.
//!
//! What was kept depends on the requests before, so a prompt that is only looked at
//! ([`Keep::No`]) leaves no trace.

use std::borrow::Cow;

use ghostlight_context::syntax::SyntaxFacts;
use ghostlight_context::{
    Assembler, ContextError, ContextQuery, Order, Prompt, Snippet, Source, StableSuffix, StickySelection,
    Tokens,
};

use crate::{Clock, ContextProvider, Event, Request};

/// Whether the next prompt is to be made like this one where it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Yes,
    /// Yes, and it is made like the last one as long as another would take longer to read.
    Hold,
    No,
}

impl Keep {
    /// Who asked by hand waits for the best, and so does a prompt that is read in a pause.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        if request.event == Event::Asked { Self::Yes } else { Self::Hold }
    }
}

/// Milliseconds of the steps to a prompt, by their names.
pub(crate) type Costs = Vec<(&'static str, f64)>;

/// Makes prompts. A session has one; it needs a tokenizer, but no model.
pub struct Prompter {
    pub(crate) assembler: Assembler,
    provider: Option<Box<dyn ContextProvider>>,
    kept: StickyParts,
}

impl std::fmt::Debug for Prompter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prompter").field("assembler", &self.assembler).finish_non_exhaustive()
    }
}

/// What prompts have in common with those before them.
#[derive(Debug, Clone, Default)]
pub(crate) struct StickyParts {
    selection: StickySelection,
    suffix: StableSuffix,
}

/// A prompt and all that led to it.
pub(crate) struct Made {
    pub(crate) prompt: Prompt,
    /// What syntax said of the cursor, if anybody asked.
    pub(crate) facts: Option<SyntaxFacts>,
    /// What could have been quoted, the best first.
    pub(crate) candidates: Vec<Snippet>,
    /// What was to be quoted, in the order of the prompt.
    pub(crate) chosen: Vec<Snippet>,
    /// The text after the cursor that the prompt was made with.
    pub(crate) suffix: String,
    pub(crate) costs: Costs,
}

impl Prompter {
    /// Prompts of one form.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_context::{syntax::Lexical, *}, support::*};
    /// let tokens = Bytes::default();
    /// let assembler = Assembler::new(FimTemplate::prefix_only(), TokenBudget(512), &tokens)?;
    /// let mut prompter = Prompter::new(assembler);
    /// assert_eq!(prompter.explain(Source::default(), &mut Lexical, &tokens, &|| 0.0)?.family, "prefix-only");
    /// # Ok::<(), ContextError>(())
    /// ```
    #[must_use]
    pub fn new(assembler: Assembler) -> Self {
        Self { assembler, provider: None, kept: StickyParts::default() }
    }

    /// Prompts quote from it from now on.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_context::{syntax::Lexical, *}, support::*};
    /// # let tokens = Bytes::default();
    /// # let assembler = Assembler::new(FimTemplate::prefix_only(), TokenBudget(512), &tokens)?;
    /// let workspace = Workspace::default();
    /// workspace.change(FileChange { path: "a.py".to_owned(), text: Some(String::new()), ..FileChange::default() });
    /// let mut prompter = Prompter::new(assembler);
    /// prompter.set_provider(workspace);
    /// assert_eq!(prompter.explain(Source::default(), &mut Lexical, &tokens, &|| 0.0)?.waiting, 1);
    /// # Ok::<(), ContextError>(())
    /// ```
    pub fn set_provider(&mut self, provider: impl ContextProvider + 'static) {
        self.provider = Some(Box::new(provider));
        self.kept = StickyParts::default();
    }

    /// What prompts quote from.
    pub(crate) fn provider(&mut self) -> Option<&mut (dyn ContextProvider + 'static)> {
        self.provider.as_deref_mut()
    }

    /// What was kept so far, to come back to.
    pub(crate) fn kept(&self) -> StickyParts {
        self.kept.clone()
    }

    /// Comes back to it.
    pub(crate) fn keep(&mut self, kept: StickyParts) {
        self.kept = kept;
    }

    /// The prompt for `source`. `facts` is asked only where there is something to quote.
    pub(crate) fn make(
        &mut self,
        source: Source<'_>,
        keep: Keep,
        facts: impl FnOnce(Source<'_>) -> SyntaxFacts,
        tokens: &impl Tokens,
        clock: &impl Clock,
    ) -> Result<Made, ContextError> {
        let mut watch = Stopwatch::new(clock);
        let template = self.assembler.template();
        // Who looks wants to see also what is not quoted.
        let is_wanted = template.quotes > 0 || keep == Keep::No;
        let provider = self.provider.as_mut().filter(|provider| is_wanted && !provider.is_empty());
        let order = self.assembler.order();
        let Some(provider) = provider else {
            let mut stable = self.kept.suffix.clone();
            let suffix = stable_suffix(&mut stable, order, source);
            let prompt = self.assembler.assemble(Source { suffix: &suffix, ..source }, tokens)?;
            watch.lap("assemble");
            if keep != Keep::No {
                self.kept.suffix = stable;
            }
            let (candidates, chosen) = <_>::default();
            return Ok(Made { prompt, facts: None, candidates, chosen, suffix, costs: watch.laps });
        };
        let facts = facts(source);
        watch.lap("syntax");
        // What the prompt will show is not known before it is made; code has about
        // three bytes a token.
        let room = self.assembler.budget().0 * (100 - usize::from(template.quotes)) / 100;
        let query = ContextQuery { source, facts: Cow::Borrowed(&facts), window: (room * 2, room) };
        let candidates = provider.find(&query, &mut |kind, ms| match ms {
            Some(ms) => watch.told(kind.name(), ms),
            None => watch.lap(kind.name()),
        });
        let mut kept = self.kept.clone();
        let chosen = match template.quotes {
            0 => Vec::new(),
            _ => {
                kept.selection.retain(|path| path == source.path || provider.has(path));
                kept.selection.update(source.path, candidates.clone()).to_vec()
            }
        };
        let suffix = stable_suffix(&mut kept.suffix, order, source);
        watch.lap("choose");
        let prompt = self.assembler.assemble_with(Source { suffix: &suffix, ..source }, &chosen, tokens)?;
        watch.lap("assemble");
        if keep != Keep::No {
            self.kept = kept;
        }
        Ok(Made { prompt, facts: Some(facts), candidates, chosen, suffix, costs: watch.laps })
    }

    /// The prompt for `source` that quotes what was quoted `before`, and what to keep if it is used.
    /// Nothing where that is what is quoted now, was for another file, or is gone in part.
    pub(crate) fn held(
        &self,
        source: Source<'_>,
        mut before: StickyParts,
        tokens: &impl Tokens,
    ) -> Result<Option<(Prompt, StickyParts)>, ContextError> {
        let Some(old) = before.selection.snippets_for(source.path) else { return Ok(None) };
        let provider = self.provider.as_ref();
        let is_there = |snippet: &Snippet| {
            snippet.path == source.path || provider.is_some_and(|provider| provider.has(&snippet.path))
        };
        if Some(old) == self.kept.selection.snippets_for(source.path) || !old.iter().all(is_there) {
            return Ok(None);
        }
        let suffix = stable_suffix(&mut before.suffix, self.assembler.order(), source);
        let prompt = self.assembler.assemble_with(Source { suffix: &suffix, ..source }, old, tokens)?;
        Ok(Some((prompt, before)))
    }
}

/// The text after the cursor for a prompt: where the model reads it first, the one from before
/// as long as little has changed.
fn stable_suffix(kept: &mut StableSuffix, order: Order, source: Source<'_>) -> String {
    let suffix = match order {
        Order::Spm => kept.update(source),
        Order::Psm => source.suffix,
    };
    suffix.to_owned()
}

/// What each step took.
struct Stopwatch<'a, C> {
    clock: &'a C,
    last: f64,
    laps: Costs,
}

impl<'a, C: Clock> Stopwatch<'a, C> {
    fn new(clock: &'a C) -> Self {
        Self { last: clock.now_ms(), clock, laps: Vec::new() }
    }

    /// A step that somebody else has timed; what is left goes to the next one.
    fn told(&mut self, name: &'static str, ms: f64) {
        self.laps.push((name, ms));
        self.last += ms;
    }

    fn lap(&mut self, name: &'static str) {
        let now = self.clock.now_ms();
        self.laps.push((name, now - self.last));
        self.last = now;
    }
}
