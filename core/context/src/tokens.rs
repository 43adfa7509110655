//! What prompt assembly asks of a tokenizer.
//!
//! A trait, so that tests can use a tokenizer of a few lines, and so that a
//! remote engine that only counts tokens can use the same assembly.

use ghostlight_text::TokenId;
use ghostlight_tokenizer::Tokenizer;

use crate::Role;

/// The tokenizer's side of prompt assembly.
pub trait Tokens {
    /// Encodes ordinary text. Never gives a control token, whatever the text says.
    fn encode(&self, text: &str) -> Vec<TokenId>;

    /// The text of a token in UTF-8 bytes, of which it may hold part of a
    /// character; none for a control token.
    fn token_bytes(&self, token: TokenId) -> &[u8];

    /// The control token with this name, such as `<|fim_prefix|>`.
    fn control(&self, name: &str) -> Option<TokenId>;

    /// The token that the model's metadata names for a role.
    fn fim(&self, role: Role) -> Option<TokenId>;

    /// The token that every prompt begins with, where the model wants one.
    fn first(&self) -> Option<TokenId>;
}

impl Tokens for Tokenizer {
    fn encode(&self, text: &str) -> Vec<TokenId> {
        Tokenizer::encode(self, text)
    }

    fn token_bytes(&self, token: TokenId) -> &[u8] {
        Tokenizer::token_bytes(self, token)
    }

    fn control(&self, name: &str) -> Option<TokenId> {
        self.special(name)
    }

    fn fim(&self, role: Role) -> Option<TokenId> {
        let tokens = Tokenizer::fim(self);
        match role {
            Role::Prefix => tokens.prefix,
            Role::Suffix => tokens.suffix,
            Role::Middle => tokens.middle,
            Role::File => tokens.sep,
            Role::Repository => tokens.repo,
        }
    }

    fn first(&self) -> Option<TokenId> {
        self.bos().filter(|_| self.add_bos())
    }
}
