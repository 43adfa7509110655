//! A vocabulary without the tokens that nobody uses.
//!
//! The idea: byte-pair encoding builds every token out of two smaller ones, so a set of tokens
//! serves when it holds, with each token, all those that lead to it. [`close`] adds what is
//! missing. The merges that stay are those whose two parts and whose result stay, in their
//! order. A text whose tokens all stay is then encoded as before: each merge that led to them
//! is still there, and of the others none has come that could go first. Any other text is
//! encoded too, in more and shorter tokens, since the bytes stay.
//!
//! Control tokens and texts that users defined stay, ids are counted anew in the old order,
//! and every id that the metadata name is changed along.

use std::collections::{HashMap, HashSet};

use ghostlight_gguf::{Array, Metadata, Strings, Value};

/// Key of the tokens' texts.
pub(super) const TOKENS: &str = "tokenizer.ggml.tokens";
const MERGES: &str = "tokenizer.ggml.merges";
const TYPES: &str = "tokenizer.ggml.token_type";
/// Ends of keys whose value is a token's id.
const ID: &str = "_token_id";
const IDS: &str = "_token_ids";

/// `token_type` of ordinary tokens and of those without any use.
const NORMAL: i32 = 1;
const UNUSED: i32 = 5;

/// A vocabulary that has the tokens `wanted`, what they are made of, and the control tokens; and
/// which ids of the old one stay, in order.
///
/// # Errors
/// Says what is wrong with the metadata, or which token is not in them.
pub fn prune(old: &Metadata, wanted: &[u32]) -> Result<(Metadata, Vec<u32>), String> {
    let kept = close(old, wanted)?;
    let entries = metadata(old, &kept)?;
    Ok((Metadata::new(entries).map_err(|error| error.to_string())?, kept))
}

/// The ids of `wanted`, with all that has to stay for them, in order.
pub(super) fn close(metadata: &Metadata, wanted: &[u32]) -> Result<Vec<u32>, String> {
    let fault = |error: ghostlight_gguf::GgufError| error.to_string();
    let tokens = metadata.require_strings(TOKENS).map_err(fault)?;
    let merges = metadata.require_strings(MERGES).map_err(fault)?;
    let types = metadata.i32s(TYPES).map_err(fault)?;
    let type_of = |id: usize| types.as_ref().and_then(|types| types.get(id)).copied().unwrap_or(NORMAL);
    let ids: HashMap<&[u8], u32> = (0..).zip(tokens.iter()).map(|(id, text)| (text, id)).collect();

    // The merges that give each token.
    let mut parts: HashMap<&[u8], Vec<[&[u8]; 2]>> = HashMap::new();
    let mut joined: Vec<Vec<u8>> = Vec::with_capacity(merges.len());
    for merge in merges.iter() {
        joined.push(pair(merge)?.concat());
    }
    for (merge, whole) in merges.iter().zip(&joined) {
        parts.entry(whole).or_default().push(pair(merge)?);
    }

    let mut kept: HashSet<u32> = HashSet::new();
    let mut open: Vec<u32> = Vec::new();
    for (id, text) in (0..).zip(tokens.iter()) {
        let stays = match type_of(id as usize) {
            UNUSED => false,
            // One letter of the alphabet is one byte, whatever it takes in UTF-8.
            NORMAL => std::str::from_utf8(text).is_ok_and(|text| text.chars().count() == 1),
            _ => true,
        };
        if stays {
            open.push(id);
        }
    }
    for &id in wanted {
        if id as usize >= tokens.len() || type_of(id as usize) == UNUSED {
            return Err(format!("token {id} is not in a vocabulary of {} tokens", tokens.len()));
        }
        open.push(id);
    }
    while let Some(id) = open.pop() {
        if !kept.insert(id) {
            continue;
        }
        let text = tokens.get(id as usize).unwrap_or_default();
        for part in parts.get(text).into_iter().flatten().flatten() {
            open.extend(ids.get(part));
        }
    }
    let mut kept: Vec<u32> = kept.into_iter().collect();
    kept.sort_unstable();
    Ok(kept)
}

/// The metadata of a file that has the tokens `kept` and no others.
pub(super) fn metadata(metadata: &Metadata, kept: &[u32]) -> Result<Vec<(String, Value)>, String> {
    let fault = |error: ghostlight_gguf::GgufError| error.to_string();
    let tokens = metadata.require_strings(TOKENS).map_err(fault)?;
    let new_ids: HashMap<u32, u32> = kept.iter().copied().zip(0..).collect();
    let renamed = |key: &str, id: u32| {
        new_ids.get(&id).copied().ok_or_else(|| format!("{key} is {id}, which is left out"))
    };
    let texts: HashSet<&[u8]> = kept.iter().filter_map(|&id| tokens.get(id as usize)).collect();
    let mut entries = Vec::with_capacity(metadata.len());
    for (key, value) in metadata.iter() {
        let of_tokenizer = key.strip_prefix("tokenizer.ggml.");
        let value = match value {
            Value::Array(Array::Strings(strings)) if key == MERGES => {
                let stays = |merge: &&[u8]| {
                    let parts = pair(merge).ok();
                    parts.is_some_and(|parts| {
                        parts.iter().all(|part| texts.contains(*part)) && texts.contains(&*parts.concat())
                    })
                };
                Value::Array(Array::Strings(strings.iter().filter(stays).collect()))
            }
            // Tokens, their types, their scores: whatever has one element a token.
            Value::Array(array) if of_tokenizer.is_some() && array.len() == tokens.len() => Value::Array(
                chosen(array, kept).ok_or_else(|| format!("{key} is no list of numbers or texts"))?,
            ),
            Value::U32(id) if of_tokenizer.is_some_and(|name| name.ends_with(ID)) => {
                Value::U32(renamed(key, *id)?)
            }
            Value::Array(Array::U32(ids)) if of_tokenizer.is_some_and(|name| name.ends_with(IDS)) => {
                let ids: Result<Vec<u32>, String> = ids.iter().map(|&id| renamed(key, id)).collect();
                Value::Array(Array::U32(ids?))
            }
            value => value.clone(),
        };
        // Also said beside the tokens by some architectures.
        let is_count = key.ends_with(".vocab_size");
        let value = if is_count { Value::U32(kept.len() as u32) } else { value };
        entries.push((key.to_owned(), value));
    }
    Ok(entries)
}

/// The two parts of a merge.
fn pair(merge: &[u8]) -> Result<[&[u8]; 2], String> {
    // The alphabet has no blank of its own, so the only one is between the parts.
    let at = merge.iter().position(|&byte| byte == b' ');
    let at = at.ok_or_else(|| "a merge of the vocabulary has no two parts".to_owned())?;
    Ok([&merge[..at], &merge[at + 1..]])
}

/// The elements at these places.
fn chosen(array: &Array, at: &[u32]) -> Option<Array> {
    fn pick<T: Copy>(list: &[T], at: &[u32]) -> Vec<T> {
        at.iter().filter_map(|&id| list.get(id as usize)).copied().collect()
    }
    Some(match array {
        Array::Strings(list) => {
            Array::Strings(at.iter().filter_map(|&id| list.get(id as usize)).collect::<Strings>())
        }
        Array::I32(list) => Array::I32(pick(list, at)),
        Array::U32(list) => Array::U32(pick(list, at)),
        Array::F32(list) => Array::F32(pick(list, at)),
        _ => return None,
    })
}
