//! From a file with a cursor to the tokens of a prompt.

use ghostlight_text::TokenId;

use crate::snippet::Snippet;
use crate::template::{ContextForm, FimTemplate, Marker, Piece};
use crate::{ContextError, Order, Source, Tokens, window};

/// Most tokens that a prompt may have, markers included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenBudget(pub usize);

/// Of the tokens for source text, the share after the cursor, in percent.
const SUFFIX_PERCENT: usize = 30;

/// Fewer tokens of source text than this are not worth a request.
const LEAST_SOURCE: usize = 16;

/// The tokens of a prompt, and how much of the source is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What the model reads.
    pub tokens: Vec<TokenId>,
    /// The end of the text before the cursor that is not among the tokens: the
    /// generation has to begin with it (token healing). Blanks before the cursor
    /// always; in a prompt that ends with the text before the cursor also the last
    /// token of a line.
    pub pending: String,
    /// Which side of the cursor comes first.
    pub order: Order,
    /// Bytes before the cursor that are in the prompt.
    pub prefix_bytes: usize,
    /// Bytes after the cursor that are in the prompt; 0 without FIM.
    pub suffix_bytes: usize,
    /// Which of the snippets are in the prompt, each with the tokens that it takes.
    pub snippets: Vec<(usize, usize)>,
}

/// Makes prompts for one model.
#[derive(Debug, Clone)]
pub struct Assembler {
    template: &'static FimTemplate,
    /// The order of all prompts; the one that the template prefers where there is none.
    order: Option<Order>,
    budget: TokenBudget,
    /// Comments where the vocabulary has not all markers of the template's form.
    context: ContextForm,
    markers: Vec<(&'static Marker, TokenId)>,
    first: Option<TokenId>,
}

impl Assembler {
    /// Resolves the markers of `template` in the orders that prompts may have.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{Assembler, FimTemplate, TokenBudget};
    /// let template = FimTemplate::by_family("starcoder").unwrap();
    /// let tokens = Words::with(&["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]);
    /// assert!(Assembler::new(template, TokenBudget(512), &tokens).is_ok());
    /// // A vocabulary without these tokens:
    /// assert!(Assembler::new(template, TokenBudget(512), &Words::default()).is_err());
    /// ```
    ///
    /// # Errors
    /// [`ContextError::MissingMarker`].
    pub fn new(
        template: &'static FimTemplate,
        budget: TokenBudget,
        tokens: &impl Tokens,
    ) -> Result<Self, ContextError> {
        let resolve = |marker: &'static crate::Marker| {
            let missing = ContextError::MissingMarker { family: template.family, marker: marker.text };
            marker.token(tokens).ok_or(missing)
        };
        let own = [Order::Psm, Order::Spm].into_iter().flat_map(|order| template.markers(order));
        let own = own.map(|marker| Ok((marker, resolve(marker)?)));
        let mut markers = own.collect::<Result<Vec<_>, _>>()?;
        let others = template.context.markers().map(|marker| Some((marker, marker.token(tokens)?)));
        let context = match others.collect::<Option<Vec<_>>>() {
            Some(others) => {
                markers.extend(others);
                template.context
            }
            None => ContextForm::Comments,
        };
        Ok(Self { template, order: None, budget, context, markers, first: tokens.first() })
    }

    /// The same with all prompts in one order, for comparison; as it was for an order that the
    /// model was not trained on.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{Assembler, FimTemplate, Order, TokenBudget};
    /// # let tokens = Words::with(&["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]);
    /// # let template = FimTemplate::by_family("starcoder").unwrap();
    /// let assembler = Assembler::new(template, TokenBudget(512), &tokens)?;
    /// assert_eq!(assembler.in_order(Some(Order::Psm)).order(), Order::Psm);
    /// # Ok::<(), ghostlight_context::ContextError>(())
    /// ```
    #[must_use]
    pub fn in_order(mut self, order: Option<Order>) -> Self {
        self.order = order.filter(|&order| self.template.supports(order));
        self
    }

    /// The order of all prompts.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{Assembler, FimTemplate, Order, TokenBudget};
    /// # let tokens = Words::with(&["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]);
    /// # let template = FimTemplate::by_family("starcoder").unwrap();
    /// let assembler = Assembler::new(template, TokenBudget(512), &tokens)?;
    /// assert_eq!(assembler.order(), Order::Spm); // what StarCoder's template prefers
    /// # Ok::<(), ghostlight_context::ContextError>(())
    /// ```
    #[must_use]
    pub fn order(&self) -> Order {
        self.order.unwrap_or(self.template.preferred())
    }

    /// The template in use.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{Assembler, FimTemplate, TokenBudget};
    /// let template = FimTemplate::prefix_only();
    /// let assembler = Assembler::new(template, TokenBudget(512), &Words::default())?;
    /// assert_eq!(assembler.template().family, "prefix-only");
    /// # Ok::<(), ghostlight_context::ContextError>(())
    /// ```
    #[must_use]
    pub fn template(&self) -> &'static FimTemplate {
        self.template
    }

    /// Most tokens of a prompt.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{Assembler, FimTemplate, TokenBudget};
    /// let assembler = Assembler::new(FimTemplate::prefix_only(), TokenBudget(512), &Words::default())?;
    /// assert_eq!(assembler.budget(), TokenBudget(512));
    /// # Ok::<(), ghostlight_context::ContextError>(())
    /// ```
    #[must_use]
    pub fn budget(&self) -> TokenBudget {
        self.budget
    }

    /// Prompts have at most so many tokens from now on.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{Assembler, FimTemplate, TokenBudget};
    /// let mut assembler = Assembler::new(FimTemplate::prefix_only(), TokenBudget(512), &Words::default())?;
    /// assembler.set_budget(TokenBudget(256));
    /// assert_eq!(assembler.budget(), TokenBudget(256));
    /// # Ok::<(), ghostlight_context::ContextError>(())
    /// ```
    pub fn set_budget(&mut self, budget: TokenBudget) {
        self.budget = budget;
    }

    /// The prompt for `source`, never longer than the budget.
    ///
    /// What the cursor may be in the middle of is left to the generation; see
    /// [`Prompt::pending`].
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{Assembler, FimTemplate, Source, TokenBudget};
    /// # let tokens = Words::with(&["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]);
    /// # let template = FimTemplate::by_family("starcoder").unwrap();
    /// let assembler = Assembler::new(template, TokenBudget(512), &tokens)?;
    /// let source = Source { path: "a.py", prefix: "total = ", suffix: "\n" };
    /// let prompt = assembler.assemble(source, &tokens)?;
    /// assert_eq!(tokens.show(&prompt.tokens), "<fim_prefix><fim_suffix>\n<fim_middle>total =");
    /// assert_eq!(prompt.pending, " "); // with this the generation has to begin
    /// # Ok::<(), ghostlight_context::ContextError>(())
    /// ```
    ///
    /// # Errors
    /// [`ContextError::Budget`].
    pub fn assemble(&self, source: Source<'_>, tokens: &impl Tokens) -> Result<Prompt, ContextError> {
        self.assemble_with(source, &[], tokens)
    }

    /// The same with snippets from elsewhere before the source, as many as fit their
    /// share of the budget. They stand in the order given, so that the start of the
    /// prompt is the same as long as they are.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{Assembler, FimTemplate, Snippet, SnippetKind, Source, TokenBudget};
    /// # let tokens = Words::with(&["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]);
    /// # let template = FimTemplate::by_family("starcoder").unwrap();
    /// let assembler = Assembler::new(template, TokenBudget(512), &tokens)?;
    /// let (path, text) = ("price.py".to_owned(), "def price(item):".to_owned());
    /// let snippets = [Snippet { kind: SnippetKind::Definition, path, line: 1, text, score: 1.0 }];
    /// let source = Source { path: "a.py", prefix: "total = ", suffix: "\n" };
    /// let prompt = assembler.assemble_with(source, &snippets, &tokens)?;
    /// assert!(tokens.show(&prompt.tokens).contains("# price.py\n# def price(item):\ntotal ="));
    /// # Ok::<(), ghostlight_context::ContextError>(())
    /// ```
    ///
    /// # Errors
    /// [`ContextError::Budget`].
    pub fn assemble_with(
        &self,
        source: Source<'_>,
        snippets: &[Snippet],
        tokens: &impl Tokens,
    ) -> Result<Prompt, ContextError> {
        let order = self.order();
        let (chosen, costs) = self.choose(order, source.path, snippets, tokens);
        let mut prompt = self.assemble_among(order, source, &chosen, tokens)?;
        prompt.snippets = costs;
        Ok(prompt)
    }

    /// The snippets that fit, and the place and tokens of each.
    fn choose(
        &self,
        order: Order,
        path: &str,
        snippets: &[Snippet],
        tokens: &impl Tokens,
    ) -> (Vec<Snippet>, Vec<(usize, usize)>) {
        let mut room = self.budget.0 * usize::from(self.template.quotes) / 100;
        let mut costs = Vec::new();
        let bare = Source { path, ..Source::default() };
        let cost = |snippets: &[Snippet]| self.encode(order, bare, snippets, tokens).tokens();
        let without = cost(&[]);
        // What is worth most is tried first, wherever it stands.
        let mut ranked: Vec<usize> = (0..snippets.len()).collect();
        ranked.sort_by(|&a, &b| snippets[b].score.total_cmp(&snippets[a].score).then(a.cmp(&b)));
        for nth in ranked {
            // What its form adds to it is counted with it.
            let cost = cost(std::slice::from_ref(&snippets[nth])).saturating_sub(without);
            if cost > 0 && cost <= room {
                room -= cost;
                costs.push((nth, cost));
            }
        }
        costs.sort_unstable();
        let chosen = costs.iter().map(|&(nth, _)| snippets[nth].clone()).collect();
        (chosen, costs)
    }

    fn assemble_among(
        &self,
        order: Order,
        source: Source<'_>,
        snippets: &[Snippet],
        tokens: &impl Tokens,
    ) -> Result<Prompt, ContextError> {
        let budget = self.budget.0;
        let bare = self.encode(order, Source { path: source.path, ..Source::default() }, snippets, tokens);
        let least = bare.tokens() + LEAST_SOURCE;
        if budget < least {
            return Err(ContextError::Budget { budget, least });
        }
        let room = budget - bare.tokens();

        let mut suffix = "";
        let mut spent = 0;
        if self.template.fills_in_middle() {
            let share = room * SUFFIX_PERCENT / 100;
            suffix = window::after(source.suffix, share, tokens);
            spent = tokens.encode(suffix).len().min(share);
        }

        // Texts that touch are encoded together, and a cut text may encode to
        // more tokens than its part of the whole: try again with less.
        let mut share = room - spent;
        let mut over = 0;
        for _ in 0..3 {
            share = share.saturating_sub(over);
            let prefix = window::before(source.prefix, share, tokens);
            let encoded = self.encode(order, Source { path: source.path, prefix, suffix }, snippets, tokens);
            over = encoded.tokens().saturating_sub(budget);
            if over == 0 {
                return Ok(self.prompt(order, encoded, prefix, suffix, tokens));
            }
        }
        // A text made to resist this; half the room is room enough.
        let prefix = window::before(source.prefix, room / 4, tokens);
        let suffix = window::after(suffix, room / 8, tokens);
        let mut encoded = self.encode(order, Source { path: source.path, prefix, suffix }, snippets, tokens);
        encoded.shorten(budget);
        Ok(self.prompt(order, encoded, prefix, suffix, tokens))
    }

    fn prompt(
        &self,
        order: Order,
        mut encoded: Encoded,
        prefix: &str,
        suffix: &str,
        tokens: &impl Tokens,
    ) -> Prompt {
        let mut pending = "";
        // Something has to be read before anything can be generated.
        if encoded.tokens() > 1
            && let Some(ids) = encoded.prefix_mut()
        {
            let is_open = self.template.ends_with_prefix(order);
            let kept = heal_from(prefix, ids, is_open, tokens);
            let bytes: usize = ids[kept..].iter().map(|&id| tokens.token_bytes(id).len()).sum();
            pending = &prefix[prefix.len() - bytes..];
            ids.truncate(kept);
        }
        let ids = encoded.parts.concat();
        Prompt {
            tokens: ids,
            pending: pending.to_owned(),
            order,
            prefix_bytes: prefix.len(),
            suffix_bytes: suffix.len(),
            snippets: Vec::new(),
        }
    }

    fn encode(
        &self,
        order: Order,
        source: Source<'_>,
        snippets: &[Snippet],
        tokens: &impl Tokens,
    ) -> Encoded {
        let mut parts = Vec::new();
        parts.extend(self.first.map(|first| vec![first]));
        let pieces = self.template.pieces_in(self.context, order, source, snippets);
        let prefix = pieces.prefix.map(|at| parts.len() + at);
        for piece in pieces.list {
            parts.push(match piece {
                Piece::Text(text) => tokens.encode(&text),
                Piece::Marker(marker) => {
                    let known = self.markers.iter().find(|(known, _)| std::ptr::eq(*known, marker));
                    known.map(|(_, token)| *token).into_iter().collect()
                }
            });
        }
        Encoded { parts, prefix }
    }
}

/// A prompt, a list of tokens for each piece.
struct Encoded {
    parts: Vec<Vec<TokenId>>,
    /// Which of them ends with the text before the cursor.
    prefix: Option<usize>,
}

impl Encoded {
    fn tokens(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    fn prefix_mut(&mut self) -> Option<&mut Vec<TokenId>> {
        self.parts.get_mut(self.prefix?)
    }

    /// Cuts the fronts of the longest pieces until the whole fits.
    fn shorten(&mut self, budget: usize) {
        while let over @ 1.. = self.tokens().saturating_sub(budget) {
            let Some(longest) = self.parts.iter_mut().max_by_key(|part| part.len()) else { return };
            let cut = over.min(longest.len() / 2 + 1).min(longest.len());
            longest.drain(..cut);
        }
    }
}

/// How many of the tokens of `prefix` stay in the prompt: those behind them are what the
/// cursor may be in the middle of.
///
/// That is the blanks before the cursor with whatever shares a token with them, however many
/// tokens they are, since a tokenizer gives the last blank to the word that follows. Where
/// the model goes on behind the prefix (`is_open`) it is also the last token of any other text:
/// a tokenizer gives an opening bracket or a dot to the word that follows, and a brace to the
/// line break, so that a model never saw a word behind a `(` that is a token of its own.
fn heal_from(prefix: &str, ids: &[TokenId], is_open: bool, tokens: &impl Tokens) -> usize {
    let blanks = prefix.len() - prefix.trim_end_matches([' ', '\t']).len();
    let wanted = match blanks {
        0 if is_open && !prefix.ends_with(['\n', '\r']) => 1,
        blanks => blanks,
    };
    let (mut kept, mut bytes) = (ids.len(), 0);
    while bytes < wanted && kept > 0 {
        kept -= 1;
        bytes += tokens.token_bytes(ids[kept]).len();
    }
    // A path or comments may stand in the same piece, a token may be half a character, and a
    // vocabulary may have no token for a byte that stands in between.
    let text: Vec<u8> = ids[kept..].iter().flat_map(|&id| tokens.token_bytes(id)).copied().collect();
    let at = prefix.len().checked_sub(bytes).filter(|&at| prefix.is_char_boundary(at));
    if at.is_some_and(|at| prefix.as_bytes()[at..] == text) { kept } else { ids.len() }
}
