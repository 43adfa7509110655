//! The body of `POST /v1/index/sync`: changes of a repository, or its manifest, to learn what has to be sent.
//!
//! A change says the hash of what it brings, so that sending it twice does nothing.
//! A client that was interrupted sends the manifest, paths with hashes, and is told
//! which files are lacking and which are too many.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::EdgeError;
use crate::config::Index;
use crate::schema::{Field, Form, Schema};

/// The most changes in a request.
pub const MANY_CHANGES: usize = 1000;
/// The longest path, bytes.
const LONGEST_PATH: usize = 512;

/// What the body holds.
pub static SYNC_SCHEMA: Schema = Schema {
    name: "SyncRequest",
    form: Form::Object(&[
        Field::required("repo", Form::Text, "Such as `group/project`."),
        Field::optional(
            "changes",
            Form::List(
                &Form::Object(&[
                    Field::required("op", Form::OneOf(&["add", "change", "delete"]), ""),
                    Field::required("path", Form::Text, "Relative, with `/`, at most 512 bytes."),
                    Field::optional("hash", Form::Text, "SHA-256 of the text, hexadecimal."),
                    Field::optional("text", Form::Text, ""),
                ]),
                MANY_CHANGES,
            ),
            "Files that are new, different or gone.",
        ),
        Field::optional(
            "manifest",
            Form::List(
                &Form::Object(&[
                    Field::required("path", Form::Text, ""),
                    Field::required("hash", Form::Text, "SHA-256 of the text, hexadecimal."),
                ]),
                usize::MAX,
            ),
            "All files that there are, instead of `changes`.",
        ),
    ]),
};

/// A change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The file is new or different.
    Put {
        /// Its path.
        path: String,
        /// SHA-256 of its text, hexadecimal.
        hash: String,
        /// Its text.
        text: String,
    },
    /// The file is gone.
    Delete {
        /// Its path.
        path: String,
    },
}

/// A line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
pub struct ManifestEntry {
    /// The path.
    pub path: String,
    /// SHA-256 of the text, hexadecimal.
    pub hash: String,
}

/// What a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sync {
    /// To change files.
    Changes(Vec<Change>),
    /// To know what has to be changed.
    Manifest(Vec<ManifestEntry>),
}

impl Sync {
    /// Reads a body; the repository it is about, and what it wants.
    ///
    /// # Errors
    /// With the field that is wrong.
    pub fn parse(body: &[u8], limits: &Index) -> Result<(String, Self), EdgeError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct SyncBody {
            repo: String,
            #[serde(default)]
            changes: Option<Vec<RawChange>>,
            #[serde(default)]
            manifest: Option<Vec<ManifestEntry>>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct RawChange {
            op: String,
            path: String,
            #[serde(default)]
            hash: Option<String>,
            #[serde(default)]
            text: Option<String>,
        }
        let body: SyncBody = serde_json::from_slice(body).map_err(|error| EdgeError::Invalid {
            message: format!(
                "the body has to be {{\"repo\", \"changes\": [{{\"op\", \"path\", \"hash\", \"text\"}}]}} or \
                 {{\"repo\", \"manifest\": [{{\"path\", \"hash\"}}]}}: line {}, column {}",
                error.line(),
                error.column()
            ),
            param: None,
        })?;
        check_repo(&body.repo)?;
        let sync = match (body.changes, body.manifest) {
            (Some(changes), None) => {
                let many = changes.len();
                if many > MANY_CHANGES {
                    return Err(EdgeError::invalid(
                        "changes",
                        format!("{many} are too many at once: send {MANY_CHANGES}"),
                    ));
                }
                let changes = changes.into_iter().enumerate().map(|(at, raw)| {
                    check_path(&raw.path)?;
                    match (raw.op.as_str(), raw.hash, raw.text) {
                        ("add" | "change", Some(hash), Some(text)) => {
                            check_text(at, &hash, &text, limits)?;
                            Ok(Change::Put { path: raw.path, hash: hash.to_ascii_lowercase(), text })
                        }
                        ("delete", _, None) => Ok(Change::Delete { path: raw.path }),
                        _ => Err(EdgeError::invalid(
                            format!("changes[{at}]"),
                            "`op` has to be `add` or `change` with `hash` and `text`, or `delete` without text",
                        )),
                    }
                });
                Self::Changes(changes.collect::<Result<_, _>>()?)
            }
            (None, Some(manifest)) => {
                if manifest.len() as u64 > limits.repo_files {
                    let most = limits.repo_files;
                    return Err(EdgeError::invalid(
                        "manifest",
                        format!("a repository may have {most} files at most"),
                    ));
                }
                for entry in &manifest {
                    check_path(&entry.path)?;
                }
                Self::Manifest(manifest)
            }
            _ => return Err(EdgeError::invalid("changes", "send either `changes` or `manifest`")),
        };
        Ok((body.repo, sync))
    }
}

fn check_text(at: usize, hash: &str, text: &str, limits: &Index) -> Result<(), EdgeError> {
    if text.len() > limits.file_bytes {
        let (size, most) = (text.len(), limits.file_bytes);
        return Err(EdgeError::invalid(
            format!("changes[{at}].text"),
            format!("has {size} bytes, {most} is the most"),
        ));
    }
    let real: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    if !real.eq_ignore_ascii_case(hash) {
        return Err(EdgeError::invalid(format!("changes[{at}].hash"), "is not the SHA-256 of the text"));
    }
    Ok(())
}

/// A name of a repository: segments of visible characters with single slashes between.
///
/// # Errors
/// For any other.
pub fn check_repo(repo: &str) -> Result<(), EdgeError> {
    if repo.len() <= 200 && check_path(repo).is_ok() && !repo.contains(' ') {
        return Ok(());
    }
    Err(EdgeError::invalid("repo", "has to be a name such as `group/project`, at most 200 bytes"))
}

/// A path inside a repository: relative, with `/`, and going nowhere else.
///
/// # Errors
/// For any other.
pub fn check_path(path: &str) -> Result<(), EdgeError> {
    let fine = !path.is_empty()
        && path.len() <= LONGEST_PATH
        && !path.contains(['\\', '\0'])
        && !path.chars().any(char::is_control)
        && path.split('/').all(|segment| !segment.is_empty() && segment != "." && segment != "..")
        && !path.split('/').next().is_some_and(|first| first.ends_with(':'));
    if fine {
        Ok(())
    } else {
        Err(EdgeError::invalid(
            "path",
            "a path has to be relative, with `/` and without `.` or `..`, at most 512 bytes",
        ))
    }
}
