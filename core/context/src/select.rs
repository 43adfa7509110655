//! Which template a model wants, from what its file says about itself.
//!
//! The vocabulary says which markers there are, but not whether the model was
//! trained on them, and several families share the same names. The name and
//! the architecture decide between those.

use ghostlight_text::TokenId;

use crate::template::{FimTemplate, Marker};
use crate::{Order, Tokens};

/// What the metadata of a model file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModelFacts<'a> {
    /// `general.architecture`, such as `qwen2`.
    pub architecture: &'a str,
    /// `general.name`, where there is one.
    pub name: Option<&'a str>,
}

impl FimTemplate {
    /// The template for a model; the one without FIM where nothing speaks for
    /// another. The vocabulary has every marker of what is returned.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{FimTemplate, ModelFacts};
    /// let tokens = Words::with(&["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]);
    /// let facts = ModelFacts { architecture: "qwen2", name: Some("Qwen2.5 Coder 0.5B") };
    /// assert_eq!(FimTemplate::select(facts, &tokens).family, "qwen-coder");
    /// // A vocabulary without FIM tokens:
    /// assert_eq!(FimTemplate::select(facts, &Words::default()).family, "prefix-only");
    /// ```
    #[must_use]
    pub fn select(facts: ModelFacts<'_>, tokens: &impl Tokens) -> &'static FimTemplate {
        let family = family(facts, tokens);
        let found = family.and_then(FimTemplate::by_family);
        found.filter(|t| t.is_complete(tokens)).unwrap_or(FimTemplate::prefix_only())
    }

    /// Whether the vocabulary has every marker of the preferred order.
    fn is_complete(&self, tokens: &impl Tokens) -> bool {
        self.markers(self.preferred()).all(|marker| marker.token(tokens).is_some())
    }

    /// Tokens that end a completion, as far as the vocabulary has them.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/words.rs")); }
    /// # use support::Words;
    /// use ghostlight_context::{FimTemplate, Tokens};
    /// let tokens = Words::with(&["<|endoftext|>", "<fim_middle>", "<other>"]);
    /// let template = FimTemplate::by_family("starcoder").unwrap();
    /// let ends = template.end_tokens(&tokens);
    /// assert_eq!(ends, ["<|endoftext|>", "<fim_middle>"].map(|name| tokens.control(name).unwrap()));
    /// ```
    pub fn end_tokens(&self, tokens: &impl Tokens) -> Vec<TokenId> {
        let named = self.ends.iter().filter_map(|name| tokens.control(name));
        let markers = [Order::Psm, Order::Spm].into_iter().flat_map(|order| self.markers(order));
        let mut ids: Vec<_> = named.chain(markers.filter_map(|m| m.token(tokens))).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl Marker {
    /// The token of this marker: by name, else by what the metadata says.
    pub(crate) fn token(&self, tokens: &impl Tokens) -> Option<TokenId> {
        self.names.iter().find_map(|name| tokens.control(name)).or_else(|| tokens.fim(self.role))
    }
}

fn family(facts: ModelFacts<'_>, tokens: &impl Tokens) -> Option<&'static str> {
    let has = |name: &str| tokens.control(name).is_some();
    let name = facts.name.unwrap_or_default().to_lowercase();
    let is = |word: &str| name.contains(word) || facts.architecture.contains(word);

    // Markers in the vocabulary, but no training on them.
    if is("opencoder") || is("smollm") || is("replit") {
        return None;
    }
    if has("<|fim_prefix|>") {
        return match () {
            () if is("gemma") => Some("codegemma"),
            () if is("granite") => Some("granite-4"),
            // The general models share the vocabulary of the coders.
            () if name.contains("qwen") && !name.contains("coder") => None,
            () => Some("qwen-coder"),
        };
    }
    if has("<fim_prefix>") {
        return match () {
            () if is("mellum") => Some("mellum"),
            () if is("granite") => Some("granite"),
            () if is("starcoder2") => Some("starcoder2"),
            () => Some("starcoder"),
        };
    }
    let by_marker = [
        ("<fim-prefix>", "santacoder"),
        ("▁<PRE>", "codellama"),
        ("<PRE>", "codellama"),
        ("<｜fim▁begin｜>", "deepseek-coder"),
        ("[SUFFIX]", "codestral"),
        ("<[fim-suffix]>", "seed-coder"),
        ("<|code_prefix|>", "glm"),
    ];
    let known = by_marker.into_iter().find(|(marker, _)| has(marker));
    Some(known.map_or("metadata", |(_, family)| family))
}
