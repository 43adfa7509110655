// A tokenizer of a few lines: a token is a run of blanks, a run of letters and digits, or one other
// character. It counts the bytes that it is given. Examples in the documentation include this file.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use ghostlight_context::{Role, Tokens};
use ghostlight_text::TokenId;

/// Ids from here on are control tokens.
pub(crate) const CONTROL: u32 = 1 << 20;

#[derive(Default)]
pub(crate) struct Words {
    words: RefCell<Vec<&'static str>>,
    ids: RefCell<HashMap<String, u32>>,
    controls: Vec<String>,
    roles: Vec<Role>,
    first: bool,
    pub(crate) encoded_bytes: Cell<usize>,
}

impl Words {
    pub(crate) fn with(controls: &[&str]) -> Self {
        Self { controls: controls.iter().map(ToString::to_string).collect(), ..Self::default() }
    }

    #[allow(dead_code, reason = "not every test file needs it")]
    pub(crate) fn with_roles(roles: &[Role]) -> Self {
        Self { roles: roles.to_vec(), ..Self::default() }
    }

    #[allow(dead_code, reason = "not every test file needs it")]
    pub(crate) fn beginning_with_a_token(mut self) -> Self {
        self.first = true;
        self
    }

    /// The prompt as text, control tokens by name.
    #[allow(dead_code, reason = "not every test file needs it")]
    pub(crate) fn show(&self, tokens: &[TokenId]) -> String {
        let words = self.words.borrow();
        let show = |token: &TokenId| match token.0.checked_sub(CONTROL) {
            None => words[token.index()].to_owned(),
            Some(900) => "<bos>".into(),
            Some(n) => self.controls[n as usize].clone(),
        };
        tokens.iter().map(show).collect()
    }
}

fn kind(c: char) -> u8 {
    match c {
        ' ' | '\t' => 1,
        c if c.is_alphanumeric() => 2,
        _ => 0,
    }
}

impl Tokens for Words {
    fn encode(&self, text: &str) -> Vec<TokenId> {
        self.encoded_bytes.set(self.encoded_bytes.get() + text.len());
        let (mut words, mut known) = (self.words.borrow_mut(), self.ids.borrow_mut());
        let mut ids = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let run = rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
            let len = if kind(first) == 0 { first.len_utf8() } else { run.min(first.len_utf8() * 12) };
            let (word, tail) = rest.split_at(rest.ceil_char_boundary(len));
            let id = known.get(word).copied().unwrap_or_else(|| {
                words.push(Box::leak(word.into()));
                known.insert(word.to_owned(), words.len() as u32 - 1);
                words.len() as u32 - 1
            });
            ids.push(TokenId(id));
            rest = tail;
        }
        ids
    }

    fn token_bytes(&self, token: TokenId) -> &[u8] {
        self.words.borrow().get(token.index()).copied().unwrap_or_default().as_bytes()
    }

    fn control(&self, name: &str) -> Option<TokenId> {
        let found = self.controls.iter().position(|control| control == name);
        found.map(|at| TokenId(CONTROL + at as u32))
    }

    fn fim(&self, role: Role) -> Option<TokenId> {
        let found = self.roles.iter().position(|&known| known == role);
        found.map(|at| TokenId(CONTROL + 500 + at as u32))
    }

    fn first(&self) -> Option<TokenId> {
        self.first.then_some(TokenId(CONTROL + 900))
    }
}
