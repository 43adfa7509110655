//! Explanations of a prompt: each piece, where it comes from and what it takes, and what was
//! left out.
//!
//! The idea: the prompt is made as a request would make it, and then taken apart.
//! Nothing is generated, and nothing of it stays behind. An explanation holds
//! source text: it is for whoever asked, and belongs in no log.

use ghostlight_context::index::IndexSize;
use ghostlight_context::syntax::Syntax;
use ghostlight_context::{ContextError, Order, Snippet, SnippetKind, Source, Tokens};
use ghostlight_decode::Decoder;

use crate::prompt::{Keep, Made};
use crate::{Clock, CompleteError, Event, Prompter, Request, Session, Skip, Vocabulary, trigger};

/// Where a piece of a prompt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PieceOrigin {
    /// Markers, the path, and what else the form of the prompt takes.
    Form,
    /// Quoted from the workspace.
    Quoted(SnippetKind),
    /// The text before the cursor.
    Before,
    /// The text after the cursor.
    After,
}

impl PieceOrigin {
    /// Its name, to show it.
    ///
    /// ```
    /// use ghostlight_complete::PieceOrigin;
    /// assert_eq!(PieceOrigin::Before.name(), "before");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Quoted(kind) => kind.name(),
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// Why something is not in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeftOut {
    /// It lies outside of the window around the cursor.
    Window,
    /// It does not fit the share of the budget that snippets have.
    NoBudget,
    /// Its score is below that of every snippet in the prompt.
    BelowCutoff,
    /// An earlier snippet is kept in its place, so that the KV cache stays valid.
    KeptPrevious,
    /// The model's family has no form of prompt with snippets.
    Family,
}

impl LeftOut {
    /// Its name, to show it.
    ///
    /// ```
    /// use ghostlight_complete::LeftOut;
    /// assert_eq!(LeftOut::Window.name(), "window");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::NoBudget => "room",
            Self::BelowCutoff => "worth",
            Self::KeptPrevious => "stands",
            Self::Family => "family",
        }
    }
}

/// A piece of a prompt, or something that could have been one.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedPiece {
    /// Where it comes from.
    pub origin: PieceOrigin,
    /// Path of its file; empty for the form.
    pub path: String,
    /// The line that it begins with, from 1; 0 where it is no one place.
    pub line: u32,
    /// Tokens that it takes; 0 for what is left out, which nobody counted.
    pub tokens: usize,
    /// UTF-8 bytes.
    pub bytes: usize,
    /// Its score among snippets; 0 for what is none.
    pub score: f32,
    /// The text; empty for the form, and for what lies outside of the window.
    pub text: String,
    /// Why it is not in the prompt; none for what is.
    pub left_out: Option<LeftOut>,
}

/// What a step to the prompt took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepCost {
    /// `syntax`, the kinds of snippets as they were looked for, `choose`, `assemble`.
    pub step: &'static str,
    /// Milliseconds.
    pub ms: f64,
}

/// A prompt, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Why there would be no prompt here.
    pub skip: Option<Skip>,
    /// Family of the model, by which the form was chosen.
    pub family: &'static str,
    /// Which side of the cursor the model reads first.
    pub order: Order,
    /// Most tokens of a prompt.
    pub budget: usize,
    /// Tokens of this one.
    pub tokens: usize,
    /// Of those, tokens that are in the KV cache.
    pub reused: usize,
    /// In the order of the prompt; the form is the last.
    pub pieces: Vec<ExplainedPiece>,
    /// What is not in it, the best first.
    pub left_out: Vec<ExplainedPiece>,
    /// In the order in which they were taken.
    pub costs: Vec<StepCost>,
    /// The workspace's index.
    pub index: IndexSize,
    /// Files of the workspace that are not read yet.
    pub waiting: usize,
}

impl Explanation {
    /// Milliseconds of all steps.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let now = std::cell::Cell::new(0.0);
    /// let clock = || now.replace(now.get() + 1.0); // a millisecond from each look at it to the next
    /// assert!(session.explain(Request::default(), &clock)?.total_ms() >= 1.0);
    /// # Ok::<(), CompleteError>(())
    /// ```
    #[must_use]
    pub fn total_ms(&self) -> f64 {
        self.costs.iter().map(|cost| cost.ms).sum()
    }
}

impl Prompter {
    /// The prompt of `source`, taken apart. No model is needed for it.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_context::{syntax::Lexical, *}, support::*};
    /// let tokens = Bytes::default(); // one token a byte
    /// let assembler = Assembler::new(FimTemplate::prefix_only(), TokenBudget(512), &tokens)?;
    /// let source = Source { path: "a.py", prefix: "total =", suffix: "" };
    /// let explanation = Prompter::new(assembler).explain(source, &mut Lexical, &tokens, &|| 0.0)?;
    /// assert_eq!(explanation.budget, 512);
    /// assert_eq!(explanation.pieces[0].text, "total =");
    /// # Ok::<(), ContextError>(())
    /// ```
    ///
    /// # Errors
    /// [`ContextError::Budget`].
    pub fn explain(
        &mut self,
        source: Source<'_>,
        syntax: &mut dyn Syntax,
        tokens: &impl Tokens,
        clock: &impl Clock,
    ) -> Result<Explanation, ContextError> {
        let made = self.make(source, Keep::No, |source| syntax.facts(source), tokens, clock)?;
        Ok(self.explained(source, &made, tokens))
    }

    pub(crate) fn explained(&mut self, source: Source<'_>, made: &Made, tokens: &impl Tokens) -> Explanation {
        let Made { prompt, candidates, chosen, suffix, costs, .. } = made;
        let piece = |snippet: &Snippet| ExplainedPiece {
            origin: PieceOrigin::Quoted(snippet.kind),
            path: snippet.path.clone(),
            line: snippet.line,
            tokens: 0,
            bytes: snippet.text.len(),
            score: snippet.score,
            text: snippet.text.clone(),
            left_out: None,
        };
        let side = |origin, text: &str, line| ExplainedPiece {
            origin,
            path: source.path.to_owned(),
            line,
            tokens: tokens.encode(text).len(),
            bytes: text.len(),
            score: 0.0,
            text: text.to_owned(),
            left_out: None,
        };
        let quoted =
            prompt.snippets.iter().map(|&(nth, tokens)| ExplainedPiece { tokens, ..piece(&chosen[nth]) });
        let mut pieces: Vec<ExplainedPiece> = quoted.collect();

        let lines = |text: &str| text.bytes().filter(|&byte| byte == b'\n').count() as u32;
        let outside = source.prefix.len() - prompt.prefix_bytes;
        // What is healed is shown, but is none of the prompt's tokens.
        let read = source.prefix.len() - prompt.pending.len();
        let before = ExplainedPiece {
            tokens: tokens.encode(&source.prefix[outside..read]).len(),
            ..side(PieceOrigin::Before, &source.prefix[outside..], lines(&source.prefix[..outside]) + 1)
        };
        let after = side(PieceOrigin::After, &suffix[..prompt.suffix_bytes], lines(source.prefix) + 1);
        match prompt.order {
            Order::Psm => pieces.extend([before, after]),
            Order::Spm => pieces.extend([after, before]),
        }
        pieces.retain(|piece| piece.bytes > 0);
        let total = prompt.tokens.len();
        let form = total.saturating_sub(pieces.iter().map(|piece| piece.tokens).sum());
        pieces.push(ExplainedPiece {
            path: String::new(),
            line: 0,
            tokens: form,
            ..side(PieceOrigin::Form, "", 0)
        });

        let is_same = |one: &Snippet, other: &Snippet| one.path == other.path && one.text == other.text;
        let is_quoted = |one: &Snippet| prompt.snippets.iter().any(|&(nth, _)| is_same(&chosen[nth], one));
        let worst = chosen.iter().map(|one| one.score).fold(f32::INFINITY, f32::min);
        let why = |one: &Snippet| match () {
            () if self.assembler.template().quotes == 0 => LeftOut::Family,
            () if chosen.iter().any(|other| is_same(other, one)) => LeftOut::NoBudget,
            () if one.score > worst => LeftOut::KeptPrevious,
            () => LeftOut::BelowCutoff,
        };
        let mut left_out: Vec<ExplainedPiece> = candidates
            .iter()
            .filter(|one| !is_quoted(one))
            .map(|one| ExplainedPiece { left_out: Some(why(one)), ..piece(one) })
            .collect();
        for (origin, bytes, line) in
            [(PieceOrigin::Before, outside, 1), (PieceOrigin::After, suffix.len() - prompt.suffix_bytes, 0)]
        {
            if bytes > 0 {
                left_out.push(ExplainedPiece {
                    bytes,
                    line,
                    left_out: Some(LeftOut::Window),
                    ..side(origin, "", 0)
                });
            }
        }
        Explanation {
            skip: None,
            family: self.assembler.template().family,
            order: prompt.order,
            budget: self.assembler.budget().0,
            tokens: total,
            reused: 0,
            pieces,
            left_out,
            costs: costs.iter().map(|&(step, ms)| StepCost { step, ms }).collect(),
            index: self.provider().map_or_else(IndexSize::default, |provider| provider.size()),
            waiting: self.provider().map_or(0, |provider| provider.waiting()),
        }
    }
}

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// The prompt that a request would have now, taken apart; see [`Explanation`].
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let explanation = session.explain(request, &|| 0.0)?;
    /// assert_eq!((explanation.skip, explanation.family), (None, "prefix-only"));
    /// assert_eq!(explanation.pieces[0].origin, PieceOrigin::Before);
    /// # Ok::<(), CompleteError>(())
    /// ```
    ///
    /// # Errors
    /// [`CompleteError::Context`].
    pub fn explain(
        &mut self,
        request: Request<'_>,
        clock: &impl Clock,
    ) -> Result<Explanation, CompleteError> {
        self.follow_guard();
        let asked = Request { event: Event::Asked, ..request };
        let skip = trigger::skip(&asked, self.guard.options());
        // A file that rules keep out is not shown either.
        let source = match skip {
            Some(Skip::Private) => Source { path: request.source.path, ..Source::default() },
            _ => request.source,
        };
        let syntax = &mut self.syntax;
        let facts = |source: Source<'_>| syntax.facts(source);
        let made = self.prompter.make(source, Keep::No, facts, &self.vocabulary, clock)?;
        let explanation = self.prompter.explained(source, &made, &self.vocabulary);
        Ok(Explanation { skip, reused: self.there(&made.prompt), ..explanation })
    }
}
