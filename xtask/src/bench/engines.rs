//! Our engine beside wllama in the same browser and beside native llama.cpp.
//!
//! The peers are npm packages of `tests/bench/peers`, which is no npm workspace, so
//! that nobody else has to install them. Prompts are the first tokens
//! of a committed text, cut with our tokenizer: llama.cpp gives the same ids, and
//! wllama, which takes only text, gets what they spell. `tests/bench/engines.mjs`
//! does the rest and prints.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ghostlight_gguf::{Gguf, TensorType};
use ghostlight_models::{FileSource, Target, Terminal, sha256_file};
use ghostlight_tokenizer::Tokenizer;
use serde::Serialize;

use crate::setup::{self, Part};
use crate::{build, node, sh};

/// Where the prompts come from: own-written code in several languages.
const TEXT: &str = "tests/conformance/smollm2/sources.json";

const PEERS: &str = "tests/bench/peers";

/// What the model is packed as for the second rows.
const REPACKED: TensorType = TensorType::Q4_0;

/// Lengths of prompts in tokens: those that are measured, and the one for warming up.
const LENGTHS: &[usize] = &[32, 128, 512, 1500];

/// Measure our engine, wllama and llama.cpp side by side on one model.
///
/// All engines take turns in one run, in the same browser where they run in one, with the same
/// prompts, greedily. Tables go to stdout, progress to stderr. Takes about an hour; a figure
/// that does not fit its time is left out. Beside the model itself ours and llama.cpp run the same
/// weights as Q4_0, for which llama.cpp has its fastest path.
#[derive(clap::Args)]
pub(crate) struct EnginesOptions {
    /// End within five minutes: fewer rounds, and slow engines leave out what takes them long.
    #[arg(long)]
    quick: bool,
    /// Print everything as one JSON object on the last line too.
    #[arg(long)]
    json: bool,
    /// Only these engines: beginnings of ghostlight-cpu-1, ghostlight-cpu-n, ghostlight-webgpu,
    /// wllama-cpu-1, wllama-cpu-n, wllama-webgpu, llama.cpp-1, llama.cpp-n
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    engines: Vec<String>,
    /// A GGUF file to use in place of the default model.
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Leave out the rows of the same weights as Q4_0; --quick leaves them out anyway.
    #[arg(long)]
    no_repacked: bool,
    /// How often everything is measured [default: 5, or 3 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: Option<u32>,
    /// Measure what is built, without building anew.
    #[arg(long)]
    no_build: bool,
}

/// What `tests/bench/engines.mjs` is asked.
#[derive(Serialize)]
struct EnginesRequest<'a> {
    machine: String,
    models: Vec<ModelFacts>,
    prompts: BTreeMap<usize, Prompt>,
    engines: &'a [String],
    rounds: Option<u32>,
    quick: bool,
    json: bool,
}

#[derive(Serialize)]
struct ModelFacts {
    path: PathBuf,
    file: String,
    name: String,
    quantization: String,
    bytes: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Prompt {
    tokens: Vec<u32>,
    text: String,
}

pub(crate) fn main(options: &EnginesOptions) -> Result<()> {
    setup::ensure(&[Part::Wasm, Part::Node, Part::Bindgen, Part::Chromium])?;
    setup::npm_packages(PEERS)?;
    let path = match &options.model {
        Some(path) => std::path::absolute(path)?,
        None => ghostlight_models::fetch(None, &mut Terminal::new())?,
    };
    let (model, tokenizer) = pollster::block_on(open(&path))?;
    let mut models = vec![model];
    if !(options.quick || options.no_repacked) && models[0].quantization != REPACKED.name() {
        let (mut model, _) = pollster::block_on(open(&repacked(&path)?))?;
        model.quantization = REPACKED.name().to_owned();
        models.push(model);
    }
    let text =
        std::fs::read_to_string(sh::root().join(TEXT)).with_context(|| format!("cannot read {TEXT}"))?;
    let request = EnginesRequest {
        machine: machine(),
        prompts: prompts(&joined(&text)?, &tokenizer)?,
        models,
        engines: &options.engines,
        rounds: options.rounds,
        quick: options.quick,
        json: options.json,
    };
    if !options.no_build {
        build::main(&build::BuildOptions::default())?;
    }

    node::ask(&mut node::script("tests/bench/engines.mjs"), &request)?;
    Ok(())
}

/// The model's weights as Q4_0, as `ghostlight models quantize` packs them; made once.
fn repacked(path: &Path) -> Result<PathBuf> {
    let name = format!("{}-{}.gguf", &sha256_file(path)?[..16], REPACKED.name());
    let output = sh::root().join("target/xtask/models").join(name);
    if !output.exists() {
        std::fs::create_dir_all(output.parent().expect("it lies in a folder"))?;
        let part = output.with_extension("part");
        ghostlight_models::requantize(path, &part, Target::of(REPACKED), &mut Terminal::new())
            .context("cannot requantize the model")?;
        std::fs::rename(&part, &output)?;
    }
    Ok(output)
}

async fn open(path: &Path) -> Result<(ModelFacts, Tokenizer)> {
    let source = FileSource::open(path)?;
    let gguf = Gguf::open(&source).await.with_context(|| format!("cannot read {}", path.display()))?;
    let tokenizer = Tokenizer::from_gguf(&gguf.metadata)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let facts = ModelFacts {
        path: path.to_owned(),
        name: gguf.metadata.str("general.name")?.unwrap_or(&file).to_owned(),
        quantization: gguf.summary().quantization.map(|ty| ty.name().to_owned()).unwrap_or_default(),
        bytes: std::fs::metadata(path)?.len(),
        file,
    };
    Ok((facts, tokenizer))
}

/// The texts of the conformance prompts, one after the other.
fn joined(json: &str) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Piece {
        text: String,
    }
    let pieces: Vec<Piece> = serde_json::from_str(json).with_context(|| format!("cannot read {TEXT}"))?;
    Ok(pieces.into_iter().map(|piece| piece.text).collect::<Vec<_>>().join("\n\n"))
}

/// The first tokens of a text, in every length that is measured.
fn prompts(text: &str, tokenizer: &Tokenizer) -> Result<BTreeMap<usize, Prompt>> {
    let ids = tokenizer.encode(text);
    let make = |&length: &usize| {
        let begin = tokenizer.bos().filter(|_| tokenizer.add_bos());
        let room = length - usize::from(begin.is_some());
        let Some(cut) = ids.get(..room) else {
            bail!("{TEXT} has {} tokens in this model's vocabulary, not {room}", ids.len());
        };
        let tokens = begin.iter().chain(cut).map(|token| token.0).collect();
        Ok((length, Prompt { tokens, text: tokenizer.decode(cut) }))
    };
    LENGTHS.iter().map(make).collect()
}

/// This machine in words: processor, cores, system.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| processor(&text).map(str::to_owned))
        .or_else(|| sh::output(sh::command("sysctl").args(["-n", "machdep.cpu.brand_string"])).ok())
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let plural = if cores == 1 { "" } else { "s" };
    format!("{processor}, {cores} core{plural}, {}", std::env::consts::OS)
}

/// The model name in Linux's description of its processors.
fn processor(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim())
}

#[cfg(test)]
mod tests {
    use ghostlight_gguf::Strings;
    use ghostlight_tokenizer::{FimTokens, TokenizerData};

    use super::*;

    /// A vocabulary of two letters.
    fn letters() -> Tokenizer {
        let mut tokens = Strings::with_capacity(2, 2);
        tokens.push(b"a");
        tokens.push(b"b");
        Tokenizer::new(&TokenizerData {
            model: "gpt2",
            pre: Some("gpt-2"),
            tokens: &tokens,
            merges: &Strings::with_capacity(0, 0),
            token_types: None,
            bos: None,
            eos: None,
            eot: None,
            eom: None,
            fim: FimTokens::default(),
            add_bos: None,
        })
        .unwrap()
    }

    #[test]
    fn prompts_have_the_lengths_that_are_asked_for() {
        let made = prompts(&"ab".repeat(1000), &letters()).unwrap();
        assert_eq!(made.keys().copied().collect::<Vec<_>>(), LENGTHS);
        for (&length, prompt) in &made {
            assert_eq!(prompt.tokens.len(), length);
            assert_eq!(prompt.text, "ab".repeat(length / 2));
        }
        let message = prompts(&"ab".repeat(700), &letters()).unwrap_err().to_string();
        assert!(message.contains("1400 tokens") && message.contains("1500"), "{message}");
    }

    #[test]
    fn the_committed_text_is_read() {
        let text = std::fs::read_to_string(sh::root().join(TEXT)).unwrap();
        // Enough for a vocabulary that packs five bytes into a token.
        assert!(joined(&text).unwrap().len() > 5 * LENGTHS[LENGTHS.len() - 1]);
        assert!(joined("{}").is_err());
    }

    #[test]
    fn the_processor_has_a_name() {
        assert_eq!(processor("processor\t: 0\nmodel name\t: A B @ 2 GHz\nflags\t: x\n"), Some("A B @ 2 GHz"));
        assert_eq!(processor("CPU part : 0xd0c\n"), None);
        assert!(machine().contains("core"));
    }
}
