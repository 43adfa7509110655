//! What a language model wrote, applied to source files or refused, never guessed.
//!
//! An answer is read as it streams ([`AnswerParser`]): search/replace blocks, whole files,
//! unified diffs, or one rewritten selection. [`plan`] finds where each edit belongs, by
//! rules from exact to nearly alike, and makes new texts of all files or says why not
//! ([`Refusal::advice`] says it to the model). [`ChangeSet::apply`] carries the changes
//! over what was typed meanwhile, and [`Review`] accepts and rejects hunks one by one.
//!
//! All of it is pure: texts in, texts out. There is no file, no clock and no model here,
//! and no error holds source text.
//!
//! ```
//! use ghostlight_edit::{Ending, Policy, SourceFile, plan, read_edits};
//! let answer = "I renamed it.\n\nsrc/a.py\n```python\n<<<<<<< SEARCH\nx = 1\n=======\ny = 1\n>>>>>>> REPLACE\n```\n";
//! let files = [SourceFile { path: "src/a.py", text: "import os\n\nx = 1\n" }];
//! let edits = read_edits(answer, Ending::Stopped)?;
//! let changes = plan(&edits, &files, Policy::default()).map_err(|refusals| refusals[0].error.clone())?;
//! let updates = changes.apply(&files).expect("nobody changed the file");
//! assert_eq!(updates[0].text.as_deref(), Some("import os\n\ny = 1\n"));
//! # Ok::<(), ghostlight_edit::EditError>(())
//! ```

mod answer;
mod change;
mod diff;
mod error;
mod file_edit;
mod lines;
mod locate;
mod path;
mod plan;
mod review;
mod rewrite;

pub use answer::{AnswerParser, Ending, Event, Expect, Form, LONGEST_ANSWER, read_edits, read_selection};
pub use change::{ChangeSet, FileChange, FileUpdate, Hunk, Version};
pub use error::{EditError, LineRange, MarkerFault, Mismatch, Part, PatchFault};
pub use file_edit::{FileEdit, Operation};
pub use locate::{LARGEST_TEXT, Level, Place, locate};
pub use path::{PathFault, check_path};
pub use plan::{Policy, Refusal, SelectionError, SourceFile, plan, rewrite_selection};
pub use review::{HunkState, Review, ReviewHunk};
