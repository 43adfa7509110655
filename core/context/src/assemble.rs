//! From a file with a cursor to the tokens of a prompt.

use ghostlight_text::TokenId;

use crate::template::{FimTemplate, Piece};
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
    /// Bytes before the cursor that are in the prompt.
    pub prefix_bytes: usize,
    /// Bytes after the cursor that are in the prompt; 0 without FIM.
    pub suffix_bytes: usize,
}

/// Makes prompts for one model.
#[derive(Debug, Clone)]
pub struct Assembler {
    template: &'static FimTemplate,
    order: Order,
    budget: TokenBudget,
    markers: Vec<TokenId>, // in the order in which the template has them
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
        let markers = template.markers(order).map(resolve).collect::<Result<_, _>>()?;
        Ok(Self { template, order, budget, markers, first: tokens.first() })
    }

    /// The template in use.
    #[must_use]
    pub fn template(&self) -> &'static FimTemplate {
        self.template
    }

    /// The order in use.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }

    /// The prompt for `source`, never longer than the budget.
    ///
    /// The prompt ends with the prefix as it stands, also in the middle of a
    /// word: what the cursor's token should be is for the decoding side.
    ///
    /// # Errors
    /// [`ContextError::Budget`].
    pub fn assemble(&self, source: Source<'_>, tokens: &impl Tokens) -> Result<Prompt, ContextError> {
        let budget = self.budget.0;
        let bare = self.encode(Source { path: source.path, ..Source::default() }, tokens);
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
            let encoded = self.encode(Source { path: source.path, prefix, suffix }, tokens);
            over = encoded.tokens().saturating_sub(budget);
            if over == 0 {
                return Ok(encoded.prompt(prefix.len(), suffix.len()));
            }
        }
        // A text made to resist this; half the room is room enough.
        let prefix = window::before(source.prefix, room / 4, tokens);
        let suffix = window::after(suffix, room / 8, tokens);
        let mut encoded = self.encode(Source { path: source.path, prefix, suffix }, tokens);
        encoded.shorten(budget);
        Ok(encoded.prompt(prefix.len(), suffix.len()))
    }

    fn encode(&self, source: Source<'_>, tokens: &impl Tokens) -> Encoded {
        let mut markers = self.markers.iter();
        let mut parts = Vec::new();
        parts.extend(self.first.map(|first| vec![first]));
        for piece in self.template.pieces(self.order, source) {
            parts.push(match piece {
                Piece::Text(text) => tokens.encode(&text),
                Piece::Marker(_) => markers.next().copied().into_iter().collect(),
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

    fn prompt(self, prefix_bytes: usize, suffix_bytes: usize) -> Prompt {
        Prompt { tokens: self.0.concat(), prefix_bytes, suffix_bytes }
    }
}
