//! A prompt, taken apart.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

use crate::{SkipReason, WorkspaceFigures};

/// Where a piece of a prompt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum PieceOrigin {
    /// Markers, the path, and what else the form of the prompt takes.
    Form,
    /// The text before the cursor.
    Before,
    /// The text after the cursor.
    After,
    /// The definition of a name that is used near the cursor.
    Definition,
    /// What an imported file defines, without bodies.
    Import,
    /// What the file itself defines beyond the window, without bodies.
    Outline,
    /// Lines that were changed lately.
    Edit,
    /// Lines of another file where the cursor was lately.
    Visit,
    /// Text that shares rare words with what is near the cursor.
    Similar,
    /// Text that means something alike, found by an embedding model.
    Related,
    /// A test of the file, or the code that a test is for.
    Test,
    /// Versions of what the workspace depends on.
    Manifest,
}

/// Why something is not in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// It lies outside of the window around the cursor.
    Window,
    /// It does not fit the share of the budget.
    Room,
    /// Others are worth more.
    Worth,
    /// What was quoted before still stands, so that it need not be read again.
    Stands,
    /// The model makes nothing of quotations.
    Family,
}

/// A piece of a prompt, or something that could have been one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedPiece {
    /// Where it comes from.
    pub origin: PieceOrigin,
    /// Path of its file; empty for the form.
    pub path: String,
    /// The line that it begins with, from 1; 0 where it is no one place.
    pub line: u32,
    /// Tokens that it takes; 0 for what is left out.
    pub tokens: u32,
    /// UTF-8 bytes.
    pub bytes: u32,
    /// What it is worth among quotations.
    pub score: f64,
    /// The text; empty for the form, and for what lies outside of the window.
    pub text: String,
    /// Why it is not in the prompt.
    pub left_out: Option<LeftOut>,
}

/// What a step to the prompt took.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct StepCost {
    /// `syntax`, the kinds of quotations as they were looked for, `choose`, `assemble`.
    pub step: String,
    /// Milliseconds.
    pub ms: f64,
}

/// A prompt, taken apart. It holds source text.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Why there would be no prompt here.
    pub skip: Option<SkipReason>,
    /// Family of the model, by which the form was chosen.
    pub family: String,
    /// Most tokens of a prompt.
    pub budget: u32,
    /// Tokens of this one.
    pub tokens: u32,
    /// Of those, tokens that are in the KV cache.
    pub reused: u32,
    /// In the order of the prompt; the form is the last.
    pub pieces: Vec<ExplainedPiece>,
    /// What is not in it, the best first.
    pub left_out: Vec<ExplainedPiece>,
    /// In the order in which they were taken.
    pub costs: Vec<StepCost>,
    /// The index of the workspace.
    pub workspace: WorkspaceFigures,
}
