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
    /// generation has to begin with it. Empty for a model trained to fill in
    /// the middle, which has seen texts cut anywhere.
    pub pending: String,
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
    order: Order,
    budget: TokenBudget,
    /// Comments where the vocabulary has not all markers of the template's form.
    context: ContextForm,
    markers: Vec<(&'static Marker, TokenId)>,
    first: Option<TokenId>,
}

impl Assembler {
    /// Resolves the markers of `template` in its preferred order.
    ///
    /// # Errors
    /// [`ContextError::MissingMarker`].
    pub fn new(
        template: &'static FimTemplate,
        budget: TokenBudget,
        tokens: &impl Tokens,
    ) -> Result<Self, ContextError> {
        let order = template.preferred();
        let resolve = |marker: &'static crate::Marker| {
            let missing = ContextError::MissingMarker { family: template.family, marker: marker.text };
            marker.token(tokens).ok_or(missing)
        };
        let own = template.markers(order).map(|marker| Ok((marker, resolve(marker)?)));
        let mut markers = own.collect::<Result<Vec<_>, _>>()?;
        let others = template.context.markers().map(|marker| Some((marker, marker.token(tokens)?)));
        let context = match others.collect::<Option<Vec<_>>>() {
            Some(others) => {
                markers.extend(others);
                template.context
            }
            None => ContextForm::Comments,
        };
        Ok(Self { template, order, budget, context, markers, first: tokens.first() })
    }

    /// The template in use.
    #[must_use]
    pub fn template(&self) -> &'static FimTemplate {
        self.template
    }

    /// Most tokens of a prompt.
    #[must_use]
    pub fn budget(&self) -> TokenBudget {
        self.budget
    }

    /// The order in use.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }

    /// The prompt for `source`, never longer than the budget.
    ///
    /// For a model that only continues text, the token that the cursor may be
    /// inside of is left to the generation; see [`Prompt::pending`].
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
    /// # Errors
    /// [`ContextError::Budget`].
    pub fn assemble_with(
        &self,
        source: Source<'_>,
        snippets: &[Snippet],
        tokens: &impl Tokens,
    ) -> Result<Prompt, ContextError> {
        let (chosen, costs) = self.choose(source.path, snippets, tokens);
        let mut prompt = self.assemble_among(source, &chosen, tokens)?;
        prompt.snippets = costs;
        Ok(prompt)
    }

    /// The snippets that fit, and the place and tokens of each.
    fn choose(
        &self,
        path: &str,
        snippets: &[Snippet],
        tokens: &impl Tokens,
    ) -> (Vec<Snippet>, Vec<(usize, usize)>) {
        let mut room = self.budget.0 * usize::from(self.template.quotes) / 100;
        let mut costs = Vec::new();
        let bare = Source { path, ..Source::default() };
        let cost = |snippets: &[Snippet]| self.encode(bare, snippets, tokens).tokens();
        let without = cost(&[]);
        // What is worth most is tried first, wherever it stands.
        let mut order: Vec<usize> = (0..snippets.len()).collect();
        order.sort_by(|&a, &b| snippets[b].score.total_cmp(&snippets[a].score).then(a.cmp(&b)));
        for nth in order {
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
        source: Source<'_>,
        snippets: &[Snippet],
        tokens: &impl Tokens,
    ) -> Result<Prompt, ContextError> {
        let budget = self.budget.0;
        let bare = self.encode(Source { path: source.path, ..Source::default() }, snippets, tokens);
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
            let encoded = self.encode(Source { path: source.path, prefix, suffix }, snippets, tokens);
            over = encoded.tokens().saturating_sub(budget);
            if over == 0 {
                return Ok(self.prompt(encoded, prefix, suffix, tokens));
            }
        }
        // A text made to resist this; half the room is room enough.
        let prefix = window::before(source.prefix, room / 4, tokens);
        let suffix = window::after(suffix, room / 8, tokens);
        let mut encoded = self.encode(Source { path: source.path, prefix, suffix }, snippets, tokens);
        encoded.shorten(budget);
        Ok(self.prompt(encoded, prefix, suffix, tokens))
    }

    fn prompt(&self, encoded: Encoded, prefix: &str, suffix: &str, tokens: &impl Tokens) -> Prompt {
        let mut ids = encoded.0.concat();
        let mut pending = "";
        if !self.template.fills_in_middle() && ids.len() > 1 {
            pending = last_token(prefix, &ids, tokens).unwrap_or_default();
            ids.truncate(ids.len() - usize::from(!pending.is_empty()));
        }
        Prompt {
            tokens: ids,
            pending: pending.to_owned(),
            prefix_bytes: prefix.len(),
            suffix_bytes: suffix.len(),
            snippets: Vec::new(),
        }
    }

    fn encode(&self, source: Source<'_>, snippets: &[Snippet], tokens: &impl Tokens) -> Encoded {
        let mut parts = Vec::new();
        parts.extend(self.first.map(|first| vec![first]));
        for piece in self.template.pieces_in(self.context, self.order, source, snippets) {
            parts.push(match piece {
                Piece::Text(text) => tokens.encode(&text),
                Piece::Marker(marker) => {
                    let known = self.markers.iter().find(|(known, _)| std::ptr::eq(*known, marker));
                    known.map(|(_, token)| *token).into_iter().collect()
                }
            });
        }
        Encoded(parts)
    }
}

/// A prompt, a list of tokens for each piece.
struct Encoded(Vec<Vec<TokenId>>);

impl Encoded {
    fn tokens(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Cuts the fronts of the longest pieces until the whole fits.
    fn shorten(&mut self, budget: usize) {
        while let over @ 1.. = self.tokens().saturating_sub(budget) {
            let Some(longest) = self.0.iter_mut().max_by_key(|part| part.len()) else { return };
            let cut = over.min(longest.len() / 2 + 1).min(longest.len());
            longest.drain(..cut);
        }
    }
}

/// The text of the last token, if the prefix ends with it and a longer token
/// might have been meant: after a blank, or inside a word.
fn last_token<'a>(prefix: &'a str, ids: &[TokenId], tokens: &impl Tokens) -> Option<&'a str> {
    let end = prefix.chars().next_back()?;
    if !(matches!(end, ' ' | '\t' | '_') || end.is_alphanumeric()) {
        return None;
    }
    let bytes = tokens.token_bytes(*ids.last()?);
    let at = prefix.len().checked_sub(bytes.len())?;
    (prefix.is_char_boundary(at) && prefix.as_bytes().ends_with(bytes)).then(|| &prefix[at..])
}
