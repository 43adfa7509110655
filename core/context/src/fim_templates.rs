//! The table of model families and the exact form of their prompts.
//!
//! Every row has a golden file. Sources: the model cards and technical reports
//! of the families; the original orders are those of Bavarian et al.,
//! "Efficient training of language models to fill in the middle"
//! (arXiv 2207.14255). The last row is for models without such training.

use crate::template::Part::{Header, Marker as M, Path, Prefix, Snippet, Suffix, Text};
use crate::template::{ContextForm, FimTemplate, Marker, Part, Role};

macro_rules! marker {
    ($name:ident, $role:ident, $text:literal $(, $vocab:literal)*) => {
        static $name: Marker =
            Marker { role: Role::$role, text: $text, names: &[$text $(, $vocab)*] };
    };
}

marker!(PIPE_PREFIX, Prefix, "<|fim_prefix|>");
marker!(PIPE_SUFFIX, Suffix, "<|fim_suffix|>");
marker!(PIPE_MIDDLE, Middle, "<|fim_middle|>");
marker!(STAR_PREFIX, Prefix, "<fim_prefix>");
marker!(STAR_SUFFIX, Suffix, "<fim_suffix>");
marker!(STAR_MIDDLE, Middle, "<fim_middle>");
marker!(STAR_FILE, File, "<filename>");
marker!(STAR_SEPARATOR, File, "<file_sep>");
marker!(STAR_REPOSITORY, Repository, "<repo_name>");
marker!(PIPE_FILE, File, "<|file_sep|>");
marker!(PIPE_SEPARATOR, File, "<|file_separator|>");
marker!(PIPE_REPOSITORY, Repository, "<|repo_name|>");
marker!(SANTA_PREFIX, Prefix, "<fim-prefix>");
marker!(SANTA_SUFFIX, Suffix, "<fim-suffix>");
marker!(SANTA_MIDDLE, Middle, "<fim-middle>");
// The blanks are part of these tokens (`▁<SUF>`), but for the first one it is
// the blank that the tokenizer puts before every text.
marker!(LLAMA_PREFIX, Prefix, "<PRE>", "▁<PRE>");
marker!(LLAMA_SUFFIX, Suffix, " <SUF>", "▁<SUF>", "<SUF>");
marker!(LLAMA_MIDDLE, Middle, " <MID>", "▁<MID>", "<MID>");
marker!(DEEPSEEK_PREFIX, Prefix, "<｜fim▁begin｜>");
marker!(DEEPSEEK_SUFFIX, Suffix, "<｜fim▁hole｜>");
marker!(DEEPSEEK_MIDDLE, Middle, "<｜fim▁end｜>");
marker!(CODESTRAL_PREFIX, Prefix, "[PREFIX]");
marker!(CODESTRAL_SUFFIX, Suffix, "[SUFFIX]");
marker!(SEED_PREFIX, Prefix, "<[fim-prefix]>");
marker!(SEED_SUFFIX, Suffix, "<[fim-suffix]>");
marker!(SEED_MIDDLE, Middle, "<[fim-middle]>");
marker!(GLM_PREFIX, Prefix, "<|code_prefix|>");
marker!(GLM_SUFFIX, Suffix, "<|code_suffix|>");
marker!(GLM_MIDDLE, Middle, "<|code_middle|>");
// No vocabulary has these names: the metadata of the file must name the tokens.
marker!(NAMED_PREFIX, Prefix, "<PREFIX>");
marker!(NAMED_SUFFIX, Suffix, "<SUFFIX>");
marker!(NAMED_MIDDLE, Middle, "<MIDDLE>");

const PIPE_PSM: &[Part] = &[M(&PIPE_PREFIX), Prefix, M(&PIPE_SUFFIX), Suffix, M(&PIPE_MIDDLE)];
/// The variant of STAR_SPM for these markers.
const PIPE_SPM: &[Part] = &[M(&PIPE_PREFIX), M(&PIPE_SUFFIX), Suffix, M(&PIPE_MIDDLE), Prefix];
const STAR_PSM: &[Part] = &[M(&STAR_PREFIX), Prefix, M(&STAR_SUFFIX), Suffix, M(&STAR_MIDDLE)];
/// The variant in which the middle simply goes on after the prefix.
const STAR_SPM: &[Part] = &[M(&STAR_PREFIX), M(&STAR_SUFFIX), Suffix, M(&STAR_MIDDLE), Prefix];

/// The name of a repository whose name nobody knows.
const NAMELESS: Part = Text("workspace\n");

const PIPE_FILES: ContextForm = ContextForm::Files {
    first: &[M(&PIPE_REPOSITORY), NAMELESS],
    file: &[M(&PIPE_FILE), Path, Text("\n"), Snippet, Text("\n")],
    current: &[M(&PIPE_FILE), Path, Text("\n")],
};
const GEMMA_FILES: ContextForm = ContextForm::Files {
    first: &[],
    file: &[Path, Text("\n"), Snippet, M(&PIPE_SEPARATOR)],
    current: &[Path, Text("\n")],
};
const STAR2_FILES: ContextForm = ContextForm::Files {
    first: &[M(&STAR_REPOSITORY), NAMELESS],
    file: &[M(&STAR_SEPARATOR), Path, Text("\n"), Snippet, Text("\n")],
    current: &[M(&STAR_SEPARATOR), Path, Text("\n")],
};
/// The form that the model was trained on has the path of the current file in its own part.
const MELLUM_FILES: ContextForm = ContextForm::Files {
    first: &[],
    file: &[M(&STAR_FILE), Path, Text("\n"), Snippet, Text("\n\n")],
    current: &[],
};
const CODESTRAL_FILES: ContextForm = ContextForm::Files {
    first: &[],
    file: &[Text("+++++ "), Path, Text("\n"), Snippet, Text("\n")],
    current: &[Text("+++++ "), Path, Text("\n")],
};
const DEEPSEEK_FILES: ContextForm = ContextForm::Files {
    first: &[],
    file: &[Text("#"), Path, Text("\n"), Snippet, Text("\n\n")],
    current: &[Text("#"), Path, Text("\n")],
};

const PIPE_ENDS: &[&str] = &[
    "<|endoftext|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<|file_separator|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|end_of_text|>",
];
const STAR_ENDS: &[&str] = &[
    "<|endoftext|>",
    "<fim_prefix>",
    "<fim_suffix>",
    "<fim_middle>",
    "<fim_pad>",
    "<filename>",
    "<file_sep>",
    "<repo_name>",
    "<reponame>",
];

/// Share of the budget for snippets, for a family that was trained on repositories.
const AS_FILES: u8 = 35;
/// The same as comments, for a family that was trained to fill in single files: it
/// has to see that they are another file, and pays for every line with a marker.
const AS_COMMENTS: u8 = 20;
/// Nothing is quoted to a model that only continues text. Measured with SmolLM2 135M on
/// 100 holes whose line names what another file defines, that file in the workspace, a
/// quarter of 512 tokens for snippets: keys saved 15.2 % instead of 16.9 %, first lines
/// right 7 instead of 11 (p = 0.11 for the keys). So they do not pay, and a prompt with
/// them is longer.
const WITHOUT_FIM: u8 = 0;

/// Ordered as a person would look for them; the one without FIM is last.
pub(crate) static FIM_TEMPLATES: &[FimTemplate] = &[
    FimTemplate {
        family: "qwen-coder",
        psm: PIPE_PSM,
        spm: PIPE_SPM,
        context: PIPE_FILES,
        quotes: AS_FILES,
        ends: PIPE_ENDS,
        stops: &[],
    },
    FimTemplate {
        family: "codegemma",
        psm: PIPE_PSM,
        spm: &[M(&PIPE_SUFFIX), Suffix, M(&PIPE_PREFIX), Prefix, M(&PIPE_MIDDLE)],
        context: GEMMA_FILES,
        quotes: AS_FILES,
        ends: PIPE_ENDS,
        stops: &[],
    },
    FimTemplate {
        family: "granite",
        psm: STAR_PSM,
        spm: &[],
        context: ContextForm::Comments,
        quotes: AS_COMMENTS,
        ends: STAR_ENDS,
        stops: &[],
    },
    FimTemplate {
        family: "granite-4",
        psm: PIPE_PSM,
        spm: &[],
        context: ContextForm::Comments,
        quotes: AS_COMMENTS,
        ends: PIPE_ENDS,
        stops: &[],
    },
    FimTemplate {
        family: "starcoder",
        psm: STAR_PSM,
        spm: STAR_SPM,
        context: ContextForm::Comments,
        quotes: AS_COMMENTS,
        ends: STAR_ENDS,
        stops: &[],
    },
    FimTemplate {
        family: "starcoder2",
        psm: STAR_PSM,
        spm: STAR_SPM,
        context: STAR2_FILES,
        quotes: AS_FILES,
        ends: STAR_ENDS,
        stops: &[],
    },
    FimTemplate {
        family: "santacoder",
        psm: &[M(&SANTA_PREFIX), Prefix, M(&SANTA_SUFFIX), Suffix, M(&SANTA_MIDDLE)],
        spm: &[],
        context: ContextForm::Comments,
        quotes: AS_COMMENTS,
        ends: &["<|endoftext|>", "<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<fim-pad>"],
        stops: &[],
    },
    FimTemplate {
        family: "codellama",
        psm: &[M(&LLAMA_PREFIX), Text(" "), Prefix, M(&LLAMA_SUFFIX), Suffix, M(&LLAMA_MIDDLE)],
        spm: &[],
        context: ContextForm::Comments,
        quotes: AS_COMMENTS,
        ends: &["▁<EOT>", "<EOT>", "▁<PRE>", "▁<SUF>", "▁<MID>"],
        stops: &[],
    },
    FimTemplate {
        family: "deepseek-coder",
        psm: &[M(&DEEPSEEK_PREFIX), Prefix, M(&DEEPSEEK_SUFFIX), Suffix, M(&DEEPSEEK_MIDDLE)],
        spm: &[],
        context: DEEPSEEK_FILES,
        quotes: AS_FILES,
        ends: &["<｜end▁of▁sentence｜>", "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<|EOT|>"],
        stops: &[],
    },
    FimTemplate {
        family: "codestral",
        psm: &[],
        spm: &[M(&CODESTRAL_SUFFIX), Suffix, M(&CODESTRAL_PREFIX), Prefix],
        context: CODESTRAL_FILES,
        quotes: AS_FILES,
        ends: &["[PREFIX]", "[SUFFIX]", "[MIDDLE]"],
        stops: &["\n+++++ "],
    },
    FimTemplate {
        family: "mellum",
        psm: &[],
        spm: &[
            M(&STAR_FILE),
            Path,
            Text("\n"),
            M(&STAR_SUFFIX),
            Suffix,
            M(&STAR_PREFIX),
            Prefix,
            M(&STAR_MIDDLE),
        ],
        context: MELLUM_FILES,
        quotes: AS_FILES,
        ends: STAR_ENDS,
        stops: &[],
    },
    FimTemplate {
        family: "seed-coder",
        psm: &[],
        spm: &[M(&SEED_SUFFIX), Suffix, M(&SEED_PREFIX), Prefix, M(&SEED_MIDDLE)],
        context: ContextForm::Comments,
        quotes: AS_COMMENTS,
        ends: &["<[end▁of▁sentence]>", "<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>"],
        stops: &[],
    },
    FimTemplate {
        family: "glm",
        psm: &[M(&GLM_PREFIX), Prefix, M(&GLM_SUFFIX), Suffix, M(&GLM_MIDDLE)],
        spm: &[],
        context: ContextForm::Comments,
        quotes: AS_COMMENTS,
        ends: &["<|endoftext|>", "<|user|>", "<|observation|>", "<|code_prefix|>", "<|code_suffix|>"],
        stops: &[],
    },
    FimTemplate {
        family: "metadata",
        psm: &[M(&NAMED_PREFIX), Prefix, M(&NAMED_SUFFIX), Suffix, M(&NAMED_MIDDLE)],
        spm: &[],
        context: ContextForm::Comments,
        quotes: AS_COMMENTS,
        ends: &[],
        stops: &[],
    },
    FimTemplate {
        family: "prefix-only",
        psm: &[Header, Prefix],
        spm: &[],
        context: ContextForm::Comments,
        quotes: WITHOUT_FIM,
        ends: &[],
        stops: &[],
    },
];
