//! The files of a workspace and the index of them.

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use ts_rs::TS;

/// What happened to a file of the workspace.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct FileChange {
    /// Path inside the workspace, with `/` between folders.
    pub path: String,
    /// What the file has now; `null` if it is gone.
    pub text: Option<String>,
    /// Milliseconds since 1970 of the change; 0 where nobody knows.
    pub modified: f64,
    /// Whether somebody changed it in the editor just now: where, is remembered.
    pub edited: bool,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
#[serde(rename_all = "camelCase", default)]
pub struct FileStamp {
    /// Path inside the workspace, with `/` between folders.
    pub path: String,
    /// Size in bytes.
    pub size: f64,
    /// Milliseconds since 1970 of the last change; 0 where nobody knows.
    pub modified: f64,
}

/// How large the index of the workspace is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(TS))]
pub struct WorkspaceFigures {
    /// Files.
    pub files: u32,
    /// Pieces of them that can be found.
    pub pieces: u32,
    /// Definitions.
    pub symbols: u32,
    /// Bytes of text.
    pub text: f64,
    /// About how many bytes of memory all of it takes.
    pub memory: f64,
    /// Files that are not read yet.
    pub waiting: u32,
}
