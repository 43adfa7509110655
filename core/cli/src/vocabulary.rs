//! `ghostlight models vocabulary`: which tokens texts use most.
//!
//! What a recipe keeps of a vocabulary is decided by counting, on the text that it will be
//! used for. Folders are read with all that is in them, JSON lines for their `text`s; what is
//! no UTF-8 is passed over.

use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use ghostlight_tokenizer::Tokenizer;
use serde::Deserialize;

use crate::args::VocabularyOptions;
use crate::engine;
use crate::terminal::print;

/// Most bytes of one file that are counted, so that no generated table decides.
const MOST_BYTES: usize = 200_000;

pub(crate) fn main(options: &VocabularyOptions) -> Result<ExitCode> {
    let file = pollster::block_on(engine::open(Some(&options.model)))?;
    let tokenizer = file.tokenizer();
    let mut counts = vec![0u64; tokenizer.vocab_size()];
    let mut files = 0;
    for text in &options.texts {
        count(text, tokenizer, &mut counts, &mut files)?;
    }
    let all: u64 = counts.iter().sum();
    if all == 0 {
        bail!("count tokens: no text was found");
    }
    let mut ranked: Vec<u32> = (0..counts.len() as u32).filter(|&id| counts[id as usize] > 0).collect();
    // Of equally frequent ones the earlier merge.
    ranked.sort_by_key(|&id| (std::cmp::Reverse(counts[id as usize]), id));
    let used = ranked.len();
    ranked.truncate(options.tokens);
    let left: u64 = all - ranked.iter().map(|&id| counts[id as usize]).sum::<u64>();
    let least = ranked.last().map_or(0, |&id| counts[id as usize]);
    let said = format!(
        "{files} files, {all} tokens, {used} different ones; the {} most frequent ones stay (each at \
         least {least} times), and with them {:.3} % of all",
        ranked.len(),
        100.0 - 100.0 * left as f64 / all as f64,
    );
    print(&format!("{said}\n"))?;
    if let Some(output) = &options.output {
        let ids: HashSet<u32> = ranked.into_iter().collect();
        let text = ghostlight_models::write_tokens(&ids, &said);
        std::fs::write(output, text).with_context(|| format!("write {}", output.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds the tokens of a file, or of all files below a folder.
fn count(path: &Path, tokenizer: &Tokenizer, counts: &mut [u64], files: &mut u64) -> Result<()> {
    let cannot = || format!("read {}", path.display());
    let metadata = std::fs::symlink_metadata(path).with_context(cannot)?;
    if metadata.is_dir() {
        let entries = std::fs::read_dir(path).with_context(cannot)?;
        let mut below = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        below.sort();
        return below.iter().try_for_each(|path| count(path, tokenizer, counts, files));
    }
    if !metadata.is_file() {
        return Ok(());
    }
    let bytes = std::fs::read(path).with_context(cannot)?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(()) };
    let mut count = |text: &str| {
        *files += 1;
        for id in tokenizer.encode(&text[..text.floor_char_boundary(MOST_BYTES)]) {
            counts[id.index()] += 1;
        }
    };
    if path.extension().is_none_or(|extension| extension != "jsonl") {
        count(text);
        return Ok(());
    }
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row: VocabularyRow = serde_json::from_str(line)
            .with_context(|| format!("read {}: line {} has no `text`", path.display(), at + 1))?;
        count(&row.text);
    }
    Ok(())
}

/// A line of the data that `cargo xtask recipe data` writes.
#[derive(Deserialize)]
struct VocabularyRow {
    text: String,
}
