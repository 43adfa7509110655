//! Markers and code fences that are not code.
//!
//! A model without the right markers sometimes spells them out, and a chat
//! model likes to wrap its answer in a fence. Text is cut at a marker's name
//! and at a closing fence; an opening fence is dropped with its line. In
//! Markdown a fence is code.

use super::{BLANKS, FilterOutput, Place};

/// How control tokens are written, by their first characters. Names that stand
/// in ordinary code and help texts too (`<filename>`, `</s>`) are not here. NUL is in no text: with it
/// a file counts as binary.
const MARKERS: [&str; 12] = [
    "\0",
    "<|endoftext",
    "<|fim_",
    "<|im_",
    "<|file_",
    "<|repo_",
    "<|end_",
    "<|eot",
    "<fim_",
    "<fim-",
    "<file_sep>",
    "<｜",
];

const FENCE: &str = "```";

pub(super) fn filter<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let mut kept = if place.language.is_some_and(|language| language.id == "markdown") {
        FilterOutput::all(text)
    } else {
        fences(place, text)
    };
    if let Some(at) = MARKERS.iter().filter_map(|marker| kept.text.find(marker)).min() {
        kept = FilterOutput::cut(kept.text, at);
    }
    // The end of a growing text may be the start of a marker.
    if place.growing {
        let begins = |tail: &str| MARKERS.iter().any(|marker| marker.starts_with(tail));
        while let Some((at, _)) = kept.text.match_indices('<').find(|&(at, _)| begins(&kept.text[at..])) {
            kept.text = &kept.text[..at];
        }
    }
    kept
}

fn fences<'a>(place: &Place<'_>, text: &'a str) -> FilterOutput<'a> {
    let mut body = text;
    while body.trim_start_matches(BLANKS).starts_with(FENCE) {
        match body.split_once('\n') {
            Some((_, rest)) => body = rest,
            None => return FilterOutput::held(&text[text.len()..], 0),
        }
    }
    let closing = super::lines(body).find(|(_, line)| line.trim_start_matches(BLANKS).starts_with(FENCE));
    match closing {
        Some((at, _)) => FilterOutput::cut(body, at),
        None if place.growing => {
            let last = body.rfind('\n').map_or(0, |at| at + 1);
            let tail = body[last..].trim_start_matches(BLANKS);
            let may_be = !tail.is_empty() && FENCE.starts_with(tail);
            FilterOutput::held(body, if may_be { last } else { body.len() })
        }
        None => FilterOutput::all(body),
    }
}
