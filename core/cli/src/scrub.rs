//! `ghostlight scrub`: texts without their secrets, for data that is kept.
//!
//! JSON lines in, JSON lines out: the field `text` with every secret that
//! `ghostlight-guard` finds replaced by as many `x`, `secrets` with their number,
//! and with `--tokens` how many tokens a model makes of it. Other fields pass
//! through. One line at a time is in memory.

use std::io::{BufRead, Read, stdin};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use ghostlight_guard::SecretRules;
use serde_json::{Map, Value};

use crate::engine;
use crate::terminal::JsonLines;

/// Longest line that is read, in bytes.
const LONGEST: u64 = 16 << 20;

/// Take the secrets out of texts: JSON lines from stdin to stdout.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight scrub < texts.jsonl > clean.jsonl
  ghostlight scrub --tokens smollm2-135m-q4_1 < texts.jsonl > counted.jsonl")]
pub(crate) struct ScrubOptions {
    /// Count the tokens that this model makes of each text: a GGUF file, or the id of a fetched model.
    #[arg(long, value_name = "PATH|ID")]
    tokens: Option<String>,
}

pub(crate) async fn main(options: &ScrubOptions) -> Result<ExitCode> {
    let rules = SecretRules::builtin();
    let model = match &options.tokens {
        Some(model) => Some(engine::open(Some(model)).await?),
        None => None,
    };
    let (mut input, mut output) = (stdin().lock(), JsonLines::new());
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line).context("read stdin")?;
        if read == 0 {
            break;
        }
        if line.len() as u64 > LONGEST {
            bail!("read stdin, line {number}: more than {} MiB", LONGEST >> 20);
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let Ok(mut object) = serde_json::from_slice::<Map<String, Value>>(&line) else {
            bail!("read stdin, line {number}: it is no JSON object");
        };
        let Some(Value::String(text)) = object.get_mut("text") else {
            bail!("read stdin, line {number}: it has no text");
        };
        let found = scrub(&rules, text);
        let tokens = model.as_ref().map(|model| model.tokenizer().encode(text).len());
        object.insert("secrets".to_owned(), found.into());
        if let Some(tokens) = tokens {
            object.insert("tokens".to_owned(), tokens.into());
        }
        output.write(&object)?;
    }
    output.end()?;
    Ok(ExitCode::SUCCESS)
}

/// Replaces secrets by as many characters as they had; how many there were.
fn scrub(rules: &SecretRules, text: &mut String) -> usize {
    let found = rules.scan(text);
    // From the end, so that places stay right; of two that overlap the later one goes first.
    let mut places: Vec<_> = found.iter().map(|secret| secret.start..secret.end).collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.start));
    let mut end = text.len();
    for place in places {
        let place = place.start..place.end.min(end);
        if let Some(secret) = text.get(place.clone()) {
            let hidden: String = secret.chars().map(|c| if c == '\n' { '\n' } else { 'x' }).collect();
            text.replace_range(place.clone(), &hidden);
        }
        end = place.start;
    }
    found.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_become_as_many_letters() {
        let rules = SecretRules::builtin();
        // Not a real one, and cut in two here, so that nobody's scanner stumbles.
        let secret = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let mut text = format!("a = 1\ntoken = \"{secret}\"\nb = \"é\"\n");
        let length = text.chars().count();
        assert_eq!(scrub(&rules, &mut text), 1);
        assert!(!text.contains(&secret) && text.contains("xxxx") && text.contains("b = \"é\""), "{text}");
        assert_eq!(text.chars().count(), length);
        assert_eq!(scrub(&rules, &mut text), 0, "nothing is left");
    }
}
