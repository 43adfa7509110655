//! What a prepared file keeps of the published one: a table, and a list of tokens.
//!
//! The files are in `models/prepare`. Their numbers were measured, as its README says; this
//! reads and checks them.

use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;
use ghostlight_gguf::{Metadata, TensorType};
use serde::Deserialize;

use super::pruning;
use crate::{ModelsError, Target};

/// Recipes by name, and lists of tokens by file name, as compiled in.
const RECIPES: &[(&str, &str)] =
    &[("qwen2.5-coder-0.5b", include_str!("../../prepare/qwen2.5-coder-0.5b.toml"))];
const TOKENS: &[(&str, &str)] = &[("qwen2.5.tokens", include_str!("../../prepare/qwen2.5.tokens"))];

/// How a file is prepared.
#[derive(Debug, Clone)]
pub struct Recipe {
    name: String,
    table: Table,
    /// Ids that stay for their own sake; what they are made of comes on top.
    tokens: Option<Vec<u32>>,
}

/// A recipe's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Counts the changes that give other bytes.
    version: u32,
    /// File with the tokens that stay; all of them where it is left out.
    tokens: Option<String>,
    /// Whether the table that predicts tokens, where there are two, serves for both.
    join_tables: bool,
    /// Type of the embedding table, as it is where left out.
    embeddings: Option<String>,
    /// Type of the layers' matrices.
    matrices: String,
    /// Types of tensors that bear no such packing, by their names.
    #[serde(default)]
    tensors: BTreeMap<String, String>,
}

impl Recipe {
    /// The recipe of this name that this build carries.
    ///
    /// # Errors
    /// [`ModelsError::UnknownRecipe`].
    pub fn builtin(name: &str) -> Result<Self, ModelsError> {
        let text = RECIPES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        let text = text.ok_or_else(|| ModelsError::UnknownRecipe { recipe: name.to_owned() })?;
        Self::parse(name, text, |file| {
            TOKENS.iter().find(|(known, _)| *known == file).map(|(_, text)| (*text).to_owned())
        })
    }

    /// Names that [`Recipe::builtin`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        RECIPES.iter().map(|(name, _)| *name)
    }

    /// Reads a recipe; `tokens` gives the text of a list by its file name.
    ///
    /// # Errors
    /// [`ModelsError::Recipe`] for what is not understood.
    pub fn parse(
        name: &str,
        text: &str,
        tokens: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ModelsError> {
        let unfit = |reason: String| ModelsError::Recipe { recipe: name.to_owned(), reason };
        let table: Table = toml::from_str(text).map_err(|error| unfit(error.to_string()))?;
        for ty in table.tensors.values().chain([&table.matrices]).chain(&table.embeddings) {
            type_named(ty).ok_or_else(|| unfit(format!("there is no tensor type `{ty}`")))?;
        }
        let list = match &table.tokens {
            None => None,
            Some(file) => {
                let text = tokens(file).ok_or_else(|| unfit(format!("there is no list {file}")))?;
                Some(read_tokens(&text).map_err(|reason| unfit(format!("{file}: {reason}")))?)
            }
        };
        Ok(Self { name: name.to_owned(), table, tokens: list })
    }

    /// Another type for tensors of this name, for measuring what it costs.
    ///
    /// # Errors
    /// [`ModelsError::Recipe`] for a type that is not known.
    pub fn with_type(mut self, tensor: &str, ty: &str) -> Result<Self, ModelsError> {
        if type_named(ty).is_none() {
            return Err(ModelsError::Recipe {
                recipe: self.name,
                reason: format!("there is no tensor type `{ty}`"),
            });
        }
        self.table.tensors.insert(tensor.to_owned(), ty.to_owned());
        Ok(self)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Counts the changes that give other bytes.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.table.version
    }

    pub(super) fn joins_tables(&self) -> bool {
        self.table.join_tables
    }

    /// The number of the mixture for `general.file_type`.
    pub(super) fn file_type(&self) -> u32 {
        type_named(&self.table.matrices).map_or(0, |ty| Target::of(ty).file_type())
    }

    /// The type of a tensor: `dims` has the row length first, `have` is what it is today.
    pub(super) fn type_of(&self, name: &str, dims: &[u64], have: TensorType) -> TensorType {
        let wanted = match self.table.tensors.get(name) {
            Some(ty) => type_named(ty),
            None if dims.len() < 2 => Some(have),
            None if matches!(name, super::EMBEDDING | super::HEAD) => {
                self.table.embeddings.as_deref().map_or(Some(have), type_named)
            }
            None => type_named(&self.table.matrices),
        };
        let fits = |ty: &TensorType| dims[0].is_multiple_of(ty.block_len() as u64);
        wanted.filter(fits).unwrap_or(have)
    }

    /// The ids that stay of a vocabulary, in order.
    pub(super) fn kept(&self, metadata: &Metadata) -> Result<Vec<u32>, String> {
        match &self.tokens {
            Some(tokens) => pruning::close(metadata, tokens),
            None => {
                let all = metadata.require_strings(pruning::TOKENS).map_err(|error| error.to_string())?;
                Ok((0..all.len() as u32).collect())
            }
        }
    }
}

fn type_named(name: &str) -> Option<TensorType> {
    TensorType::READABLE.iter().copied().find(|ty| ty.name().eq_ignore_ascii_case(name))
}

/// Ids from a list: lines that begin with `#` are comments, the rest is one bit for each id,
/// lowest first, in base64.
fn read_tokens(text: &str) -> Result<Vec<u32>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let packed: String = lines.collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .map_err(|error| format!("it is no base64: {error}"))?;
    let set = |at: &usize| bytes[at / 8] >> (at % 8) & 1 == 1;
    Ok((0..bytes.len() * 8).filter(set).map(|at| at as u32).collect())
}

/// The text of a list that [`Recipe`] reads, with `comment` above it.
#[must_use]
pub fn write_tokens(ids: &HashSet<u32>, comment: &str) -> String {
    let mut bytes = vec![0u8; ids.iter().max().map_or(0, |&last| last as usize / 8 + 1)];
    for &id in ids {
        bytes[id as usize / 8] |= 1 << (id % 8);
    }
    let packed = base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut out: String = comment.lines().map(|line| format!("# {line}\n")).collect();
    for line in packed.as_bytes().chunks(100) {
        out.extend(line.iter().map(|&byte| char::from(byte)));
        out.push('\n');
    }
    out
}
