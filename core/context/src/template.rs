//! How a model was trained to see a hole in a text: pieces in an order.
//!
//! PSM puts the prefix before the suffix, SPM the suffix before the prefix.
//! With SPM, typing only appends to the prompt, so nearly all of the KV cache
//! can be kept; it is preferred where the model was trained on it.

use std::borrow::Cow;

use ghostlight_text::Language;

use crate::fim_templates::FIM_TEMPLATES;
use crate::snippet::Snippet;

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
    /// A repository's name follows.
    Repository,
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
    /// The text of a snippet, in the form of one.
    Snippet,
}

/// How a prompt shows what comes from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContextForm {
    /// As comments above the text before the cursor, for a model that was trained
    /// on nothing better.
    Comments,
    /// As files of a repository, before the file with the cursor.
    Files {
        /// What the whole begins with.
        first: &'static [Part],
        /// One file.
        file: &'static [Part],
        /// What the file with the cursor begins with.
        current: &'static [Part],
    },
}

impl ContextForm {
    /// The markers of this form.
    pub(crate) fn markers(self) -> impl Iterator<Item = &'static Marker> {
        let parts = match self {
            Self::Comments => [&[][..]; 3],
            Self::Files { first, file, current } => [first, file, current],
        };
        parts.into_iter().flatten().filter_map(|part| match part {
            Part::Marker(marker) => Some(*marker),
            _ => None,
        })
    }
}

/// A row of the table of model families.
#[derive(Debug, PartialEq, Eq)]
pub struct FimTemplate {
    /// Name of the family, such as `qwen-coder`.
    pub family: &'static str,
    pub(crate) psm: &'static [Part], // empty where the model was not trained on it
    pub(crate) spm: &'static [Part], // likewise
    pub(crate) context: ContextForm,
    /// Of a prompt's budget, the most for what is quoted from elsewhere, in percent;
    /// 0 for a family that nothing is quoted to.
    pub quotes: u8,
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
    ///
    /// ```
    /// use ghostlight_context::FimTemplate;
    /// assert!(FimTemplate::all().iter().any(|template| template.family == "starcoder"));
    /// ```
    #[must_use]
    pub fn all() -> &'static [FimTemplate] {
        FIM_TEMPLATES
    }

    /// The template of a family by its name.
    ///
    /// ```
    /// use ghostlight_context::FimTemplate;
    /// assert!(FimTemplate::by_family("qwen-coder").is_some());
    /// assert_eq!(FimTemplate::by_family("unheard-of"), None);
    /// ```
    #[must_use]
    pub fn by_family(family: &str) -> Option<&'static FimTemplate> {
        FIM_TEMPLATES.iter().find(|template| template.family == family)
    }

    /// The template for a model that was not trained to fill in the middle: a
    /// comment with the path, then the text before the cursor.
    ///
    /// ```
    /// use ghostlight_context::{FimTemplate, Order, Source, render};
    /// let source = Source { path: "a.py", prefix: "total = ", suffix: "\n" };
    /// let prompt = FimTemplate::prefix_only().pieces(Order::Psm, source);
    /// assert_eq!(render(&prompt), "# a.py\ntotal = ");
    /// ```
    #[must_use]
    pub fn prefix_only() -> &'static FimTemplate {
        FIM_TEMPLATES.last().expect("the table ends with the template without FIM")
    }

    /// Whether the model sees the text after the cursor.
    ///
    /// ```
    /// use ghostlight_context::FimTemplate;
    /// assert!(FimTemplate::by_family("starcoder").unwrap().fills_in_middle());
    /// assert!(!FimTemplate::prefix_only().fills_in_middle());
    /// ```
    #[must_use]
    pub fn fills_in_middle(&self) -> bool {
        self.parts(self.preferred()).contains(&Part::Suffix)
    }

    /// Whether the model was trained on this order.
    ///
    /// ```
    /// use ghostlight_context::{FimTemplate, Order};
    /// let codestral = FimTemplate::by_family("codestral").unwrap();
    /// assert!(codestral.supports(Order::Spm) && !codestral.supports(Order::Psm));
    /// ```
    #[must_use]
    pub fn supports(&self, order: Order) -> bool {
        !self.parts(order).is_empty()
    }

    /// Whether a prompt in this order ends with the text before the cursor, so that the
    /// answer goes on in the middle of a text.
    #[must_use]
    pub(crate) fn ends_with_prefix(&self, order: Order) -> bool {
        self.parts(order).last() == Some(&Part::Prefix)
    }

    /// SPM where the model was trained on it, else PSM.
    ///
    /// ```
    /// use ghostlight_context::{FimTemplate, Order};
    /// assert_eq!(FimTemplate::by_family("starcoder").unwrap().preferred(), Order::Spm);
    /// assert_eq!(FimTemplate::by_family("granite").unwrap().preferred(), Order::Psm);
    /// ```
    #[must_use]
    pub fn preferred(&self) -> Order {
        if self.spm.is_empty() { Order::Psm } else { Order::Spm }
    }

    /// The order for a backend that does not heal tokens: the one whose prompt ends with a
    /// marker, since a model goes on badly behind half a token; the preferred one where it knows
    /// no other.
    ///
    /// ```
    /// use ghostlight_context::{FimTemplate, Order};
    /// assert_eq!(FimTemplate::by_family("starcoder").unwrap().unhealed_order(), Order::Psm);
    /// ```
    #[must_use]
    pub fn unhealed_order(&self) -> Order {
        if self.supports(Order::Psm) { Order::Psm } else { self.preferred() }
    }

    pub(crate) fn parts(&self, order: Order) -> &'static [Part] {
        match order {
            Order::Psm => self.psm,
            Order::Spm => self.spm,
        }
    }

    /// The markers that a prompt of this template holds.
    ///
    /// ```
    /// use ghostlight_context::{FimTemplate, Order};
    /// let codestral = FimTemplate::by_family("codestral").unwrap();
    /// let markers: Vec<&str> = codestral.markers(Order::Spm).map(|marker| marker.text).collect();
    /// assert_eq!(markers, ["[SUFFIX]", "[PREFIX]"]);
    /// ```
    pub fn markers(&self, order: Order) -> impl Iterator<Item = &'static Marker> {
        self.parts(order).iter().filter_map(|part| match part {
            Part::Marker(marker) => Some(*marker),
            _ => None,
        })
    }

    /// The prompt as pieces; texts that touch are one piece, since a tokenizer
    /// would see them as one. Empty for an order that the model was not trained on.
    ///
    /// ```
    /// use ghostlight_context::{FimTemplate, Order, Source, render};
    /// let source = Source { path: "a.py", prefix: "total = ", suffix: "\n" };
    /// let pieces = FimTemplate::by_family("codestral").unwrap().pieces(Order::Spm, source);
    /// assert_eq!(render(&pieces), "[SUFFIX]\n[PREFIX]total = ");
    /// ```
    #[must_use]
    pub fn pieces<'a>(&self, order: Order, source: Source<'a>) -> Vec<Piece<'a>> {
        self.pieces_with(order, source, &[])
    }

    /// The same with snippets of other places before it, in their order.
    ///
    /// ```
    /// use ghostlight_context::{FimTemplate, Order, Snippet, SnippetKind, Source, render};
    /// let (path, text) = ("b.py".to_owned(), "rate = 2".to_owned());
    /// let snippets = [Snippet { kind: SnippetKind::Edit, path, line: 1, text, score: 1.0 }];
    /// let source = Source { path: "a.py", prefix: "total = ", suffix: "\n" };
    /// let pieces = FimTemplate::by_family("granite").unwrap().pieces_with(Order::Psm, source, &snippets);
    /// let prompt = "<fim_prefix># b.py\n# rate = 2\ntotal = <fim_suffix>\n<fim_middle>";
    /// assert_eq!(render(&pieces), prompt);
    /// ```
    #[must_use]
    pub fn pieces_with<'a>(
        &self,
        order: Order,
        source: Source<'a>,
        snippets: &'a [Snippet],
    ) -> Vec<Piece<'a>> {
        self.pieces_in(self.context, order, source, snippets).list
    }

    /// The same in another form, for a vocabulary that has not all of the markers.
    pub(crate) fn pieces_in<'a>(
        &self,
        form: ContextForm,
        order: Order,
        source: Source<'a>,
        snippets: &'a [Snippet],
    ) -> Pieces<'a> {
        let mut pieces = Pieces::default();
        if self.parts(order).is_empty() {
            return pieces;
        }
        let mut comments = String::new();
        match form {
            ContextForm::Files { first, file, current } if !snippets.is_empty() => {
                pieces.extend(first, source, "", "");
                for snippet in snippets {
                    pieces.extend(file, Source { path: &snippet.path, ..source }, &snippet.text, "");
                }
                pieces.extend(current, source, "", "");
            }
            ContextForm::Files { .. } => {}
            ContextForm::Comments => {
                comments = snippets.iter().map(|snippet| as_comments(snippet, source.path)).collect();
            }
        }
        pieces.extend(self.parts(order), source, "", &comments);
        pieces
    }
}

/// A prompt as it grows.
#[derive(Default)]
pub(crate) struct Pieces<'a> {
    pub(crate) list: Vec<Piece<'a>>,
    /// Which of them ends with the text before the cursor, where there is any.
    pub(crate) prefix: Option<usize>,
}

impl<'a> Pieces<'a> {
    /// `above` stands before the text before the cursor.
    fn extend(&mut self, parts: &[Part], source: Source<'a>, snippet: &'a str, above: &str) {
        for part in parts {
            let text: Cow<'a, str> = match part {
                Part::Marker(marker) => {
                    self.list.push(Piece::Marker(marker));
                    continue;
                }
                Part::Prefix if !above.is_empty() => [above, source.prefix].concat().into(),
                Part::Prefix => source.prefix.into(),
                Part::Suffix => source.suffix.into(),
                Part::Path => one_line(source.path),
                Part::Header => header(source.path).into(),
                Part::Text(text) => (*text).into(),
                Part::Snippet => snippet.into(),
            };
            if text.is_empty() {
                continue;
            }
            match self.list.last_mut() {
                Some(Piece::Text(before)) => before.to_mut().push_str(&text),
                _ => self.list.push(Piece::Text(text)),
            }
            if *part == Part::Prefix {
                self.prefix = Some(self.list.len() - 1);
            }
        }
    }
}

/// A snippet as comments of the language of the file at `path`; nothing where
/// that has none.
fn as_comments(snippet: &Snippet, path: &str) -> String {
    let Some(language) = Language::from_path(path) else { return String::new() };
    let lines = std::iter::once(snippet.path.as_str()).chain(snippet.text.lines());
    let comments =
        lines.map(|line| language.comment(line).map(|comment| comment.trim_end().to_owned() + "\n"));
    comments.collect::<Option<String>>().unwrap_or_default()
}

/// The prompt as one string, to show it. Not to be encoded: a marker's name in
/// the source would become a marker.
///
/// ```
/// use ghostlight_context::{Piece, render};
/// assert_eq!(render(&[Piece::Text("total".into()), Piece::Text(" = ".into())]), "total = ");
/// ```
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
