//! N-gram speculation: drafts copied from the text itself, checked by the model.
//!
//! The idea (prompt lookup decoding, Saxena 2023): when the last tokens have
//! stood in the text before, what followed them is a draft. The text is what the
//! cache holds (the lines above and below, quoted pieces) and, in front of it, what
//! was generated lately: after the next key much of it is generated again. One step of several
//! tokens says what the model thinks of each; the part of the draft that it
//! agrees with is kept, so the text is that of plain greedy decoding, and only
//! the time differs.
//!
//! Drafting has to pay. Three things see to that:
//! - How often the copied token is right is counted for each length of
//!   agreement, at every token, drafted or not: watching costs nothing.
//! - What a step of several tokens costs is measured ([`crate::cost`]). The draft has
//!   the length with the most expected tokens for its cost, or there is none.
//! - An account bounds what can be lost when both are wrong: a draft must be
//!   covered by what drafts have gained, or by [`ALLOWANCE`] of a step that
//!   each token brings.
//!
//! This file proposes and keeps the books; [`crate::generate_ahead`] runs the
//! model.

use std::collections::VecDeque;

use ghostlight_text::TokenId;

use crate::cost::{self, Costs};
use crate::lookup::{BREAK, LONGEST, Match, follow, lookup};

/// How to speculate. The default drafts up to fifteen tokens where that pays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speculation {
    /// Most tokens of a draft, up to 15; 0 turns speculation off.
    pub draft: usize,
    /// Fewest last tokens that must have stood in the text before.
    pub shortest: usize,
    /// What each further token of a step is assumed to cost until it was
    /// measured: 0 is nothing, 1 as much as a step of its own.
    pub extra_cost: f32,
}

impl Default for Speculation {
    fn default() -> Self {
        Self { draft: 15, shortest: 1, extra_cost: 0.2 }
    }
}

impl Speculation {
    /// One token a step.
    pub const OFF: Self = Self { draft: 0, shortest: 2, extra_cost: 1.0 };
}

/// What a draft must promise to gain over single steps.
const MARGIN: f32 = 1.05;
/// What may be lost, as a share of all single steps.
const ALLOWANCE: f32 = 0.02;
/// Steps that may be lost before anything was gained.
const START: f32 = 2.0;
/// Most steps on the account, so that old gains do not pay for long losses.
const SAVINGS: f32 = 16.0;
/// Observations after which old ones count half.
const MEMORY: f32 = 64.0;
/// Tokens of earlier generations that are kept to draft from, the oldest generation going first.
const EARLIER: usize = 512;

/// Proposes drafts, and learns from what becomes of them. It may serve one
/// generation after the other; what it has learned stays.
#[derive(Debug, Clone)]
pub struct Speculator {
    options: Speculation,
    /// Earlier generations, [`BREAK`], then the text so far: what is in the KV cache and what was generated.
    tokens: Vec<TokenId>,
    /// Where in `tokens` the generation begins.
    generated: usize,
    /// What was generated before this text, each with the tokens that it followed.
    earlier: VecDeque<Vec<TokenId>>,
    found: Option<Match>,
    rates: [Rate; LONGEST + 1], // by length of agreement
    costs: Costs,
    account: f32, // steps
}

/// How often something was right.
#[derive(Debug, Clone, Copy)]
struct Rate {
    right: f32,
    tries: f32,
}

impl Rate {
    /// As if seen a few times: the longer the agreement, the likelier. The curve
    /// is that of SmolLM2-135M over `tests/bench/corpus`.
    fn assumed(len: usize) -> Self {
        let tries = 8.0;
        Self { right: tries * (1.0 - 1.5 / (2.0 + len as f32)), tries }
    }

    fn add(&mut self, right: bool) {
        if self.tries >= MEMORY {
            *self = Self { right: self.right / 2.0, tries: self.tries / 2.0 };
        }
        self.right += f32::from(u8::from(right));
        self.tries += 1.0;
    }
}

impl Speculator {
    /// Has learned nothing yet.
    #[must_use]
    pub fn new(options: Speculation) -> Self {
        let options = Speculation { draft: options.draft.min(cost::MOST - 1), ..options };
        Self {
            options,
            tokens: Vec::new(),
            generated: 0,
            earlier: VecDeque::new(),
            found: None,
            rates: core::array::from_fn(Rate::assumed),
            costs: Costs::new(options.extra_cost),
            account: START,
        }
    }

    /// What was asked for.
    #[must_use]
    pub fn options(&self) -> Speculation {
        self.options
    }

    /// Whether there will ever be a draft.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.options.draft > 0
    }

    /// What a step of `tokens` costs as far as is known; 1 is a step of one token.
    #[must_use]
    pub fn cost(&self, tokens: usize) -> f32 {
        self.costs.of(tokens)
    }

    /// Starts a text with what the KV cache holds.
    pub(crate) fn begin(&mut self, context: &[TokenId]) {
        if !self.is_on() {
            return;
        }
        self.keep_generated();
        self.tokens.clear();
        for earlier in &self.earlier {
            self.tokens.extend_from_slice(earlier);
            self.tokens.push(BREAK);
        }
        self.tokens.extend_from_slice(context);
        self.generated = self.tokens.len();
        self.found = lookup(&self.tokens, self.options.shortest);
    }

    /// What was generated after the last context is from now on an earlier generation.
    fn keep_generated(&mut self) {
        if self.generated >= self.tokens.len() {
            return;
        }
        let tail = &self.tokens[self.generated.saturating_sub(LONGEST)..];
        let tail = tail.rsplit(|&token| token == BREAK).next().unwrap_or(tail);
        self.earlier.push_back(tail.to_vec());
        while self.earlier.iter().map(Vec::len).sum::<usize>() > EARLIER {
            self.earlier.pop_front();
        }
    }

    /// The text goes on with `token`, however it was found.
    pub(crate) fn push(&mut self, token: TokenId) {
        if !self.is_on() {
            return;
        }
        if let Some(found) = self.found {
            self.rates[found.len].add(follow(&self.tokens, found, 0) == token);
        }
        self.tokens.push(token);
        self.found = lookup(&self.tokens, self.options.shortest);
    }

    /// What may follow the text, at most `room` tokens; empty when a single
    /// step is the better choice.
    pub(crate) fn draft(&self, room: usize) -> Vec<TokenId> {
        let Some(found) = self.found else { return Vec::new() };
        let (mut best, mut promise) = (0, MARGIN);
        let (mut reach, mut expected) = (1.0, 1.0);
        for len in 1..=room.min(self.options.draft) {
            let Rate { right, tries } = self.rates[(found.len + len - 1).min(LONGEST)];
            reach *= right / tries;
            expected += reach;
            let cost = self.costs.of(1 + len);
            if cost - 1.0 <= self.account && expected / cost > promise {
                (best, promise) = (len, expected / cost);
            }
        }
        (0..best).map(|i| follow(&self.tokens, found, i)).take_while(|&token| token != BREAK).collect()
    }

    /// A step of one token took `ms` milliseconds.
    pub(crate) fn stepped(&mut self, ms: f64) {
        self.costs.add(1, ms);
        self.account = (self.account + ALLOWANCE).min(SAVINGS);
    }

    /// A step with a draft took `ms` milliseconds.
    pub(crate) fn verified(&mut self, drafted: usize, accepted: usize, ms: f64) {
        // Booked at the cost that it was decided on.
        let (gained, paid) = ((1 + accepted) as f32, self.costs.of(1 + drafted));
        self.account = (self.account + gained * (1.0 + ALLOWANCE) - paid).min(SAVINGS);
        self.costs.add(1 + drafted, ms);
    }
}
