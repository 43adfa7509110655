//! How a model was trained to see a hole in a text: pieces in an order.
//!
//! PSM puts the prefix before the suffix, SPM the suffix before the prefix.
//! With SPM, typing only appends to the prompt, so nearly all of the KV cache
//! can be kept; it is preferred where the model was trained on it.

use std::borrow::Cow;

use ghostlight_text::Language;

use crate::families::FAMILIES;

/// The order of the two sides of the hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Prefix, suffix, middle.
    Psm,
    /// Suffix, prefix, middle.
    Spm,
}

/// What a marker marks; the metadata of a model file names tokens by these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The text before the cursor follows.
    Prefix,
    /// The text after the cursor follows.
    Suffix,
    /// The text at the cursor follows: the model's turn.
    Middle,
    /// A file's name follows.
    File,
}

/// A control token of a template.
#[derive(Debug, PartialEq, Eq)]
pub struct Marker {
    /// What it marks.
    pub role: Role,
    /// How it is written, to show a prompt.
    pub text: &'static str,
    /// Names to look for in the vocabulary, in order; where there is none of
    /// them, the metadata's token of the role is taken.
    pub names: &'static [&'static str],
}

/// One part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Marker(&'static Marker),
    /// The text before the cursor.
    Prefix,
    /// The text after the cursor.
    Suffix,
    /// The path of the file.
    Path,
    /// The path as a comment line of the file's language; nothing where there is none.
    Header,
    /// Fixed text.
    Text(&'static str),
}

/// A row of the table of model families.
#[derive(Debug, PartialEq, Eq)]
pub struct FimTemplate {
    /// Name of the family, such as `qwen-coder`.
    pub family: &'static str,
    pub(crate) psm: &'static [Part], // empty where the model was not trained on it
    pub(crate) spm: &'static [Part], // likewise
    /// Control tokens that end a completion, besides the tokenizer's own.
    pub ends: &'static [&'static str],
    /// Strings that end a completion.
    pub stops: &'static [&'static str],
}

/// What a prompt is made of: a file with a cursor in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Source<'a> {
    /// Path inside the workspace.
    pub path: &'a str,
    /// Text before the cursor.
    pub prefix: &'a str,
    /// Text after the cursor.
    pub suffix: &'a str,
}

/// A piece of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Encoded as text, whatever it says.
    Text(Cow<'a, str>),
    /// One control token.
    Marker(&'static Marker),
}

impl FimTemplate {
    /// Every template; the last is the one without FIM.
    #[must_use]
    pub fn all() -> &'static [FimTemplate] {
        FAMILIES
    }

    /// The template of a family by its name.
    #[must_use]
    pub fn by_family(family: &str) -> Option<&'static FimTemplate> {
        FAMILIES.iter().find(|template| template.family == family)
    }

    /// The template for a model that was not trained to fill in the middle: a
    /// comment with the path, then the text before the cursor.
    #[must_use]
    pub fn prefix_only() -> &'static FimTemplate {
        FAMILIES.last().expect("the table ends with the template without FIM")
    }

    /// Whether the model sees the text after the cursor.
    #[must_use]
    pub fn fills_in_middle(&self) -> bool {
        self.parts(self.preferred()).contains(&Part::Suffix)
    }

    /// Whether the model was trained on this order.
    #[must_use]
    pub fn supports(&self, order: Order) -> bool {
        !self.parts(order).is_empty()
    }

    /// SPM where the model was trained on it, else PSM.
    #[must_use]
    pub fn preferred(&self) -> Order {
        if self.spm.is_empty() { Order::Psm } else { Order::Spm }
    }

    pub(crate) fn parts(&self, order: Order) -> &'static [Part] {
        match order {
            Order::Psm => self.psm,
            Order::Spm => self.spm,
        }
    }

    /// The markers that a prompt of this template holds.
    pub fn markers(&self, order: Order) -> impl Iterator<Item = &'static Marker> {
        self.parts(order).iter().filter_map(|part| match part {
            Part::Marker(marker) => Some(*marker),
            _ => None,
        })
    }

    /// The prompt as pieces; texts that touch are one piece, since a tokenizer
    /// would see them as one. Empty for an order that the model was not trained on.
    #[must_use]
    pub fn pieces<'a>(&self, order: Order, source: Source<'a>) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        for part in self.parts(order) {
            let text: Cow<'a, str> = match part {
                Part::Marker(marker) => {
                    pieces.push(Piece::Marker(marker));
                    continue;
                }
                Part::Prefix => source.prefix.into(),
                Part::Suffix => source.suffix.into(),
                Part::Path => one_line(source.path),
                Part::Header => header(source.path).into(),
                Part::Text(text) => (*text).into(),
            };
            match pieces.last_mut() {
                _ if text.is_empty() => {}
                Some(Piece::Text(before)) => before.to_mut().push_str(&text),
                _ => pieces.push(Piece::Text(text)),
            }
        }
        pieces
    }
}

/// The prompt as one string, to show it. Not to be encoded: a marker's name in
/// the source would become a marker.
#[must_use]
pub fn render(pieces: &[Piece<'_>]) -> String {
    let text = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => text.to_string(),
        Piece::Marker(marker) => marker.text.to_owned(),
    };
    pieces.iter().map(text).collect()
}

/// The path as a comment line; empty without a path, a language, or comments in it.
fn header(path: &str) -> String {
    let comment = Language::from_path(path).and_then(|language| language.comment(path));
    comment.map_or_else(String::new, |comment| comment + "\n")
}

fn one_line(path: &str) -> Cow<'_, str> {
    if path.contains(['\r', '\n']) { path.replace(['\r', '\n'], " ").into() } else { path.into() }
}
