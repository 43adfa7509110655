//! Which files of a workspace are indexed.

use ghostlight_guard::{PrivacyMode, PrivacyRules, Reach, reach};

use super::ignore::{GitIgnore, is_ignored};

/// Folders that hold what programs made or fetched.
const MADE: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "bower_components",
    "target",
    "dist",
    "build",
    "out",
    "vendor",
    "venv",
    ".venv",
    "__pycache__",
    ".next",
    ".nuxt",
    ".cache",
    ".gradle",
    ".idea",
    ".tox",
    "coverage",
    "Pods",
];

/// Files that programs write.
const MADE_FILES: &[&str] = &[
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "Cargo.lock",
    "poetry.lock",
    "Gemfile.lock",
    "composer.lock",
    "go.sum",
    "uv.lock",
];

/// Largest file, in UTF-8 bytes.
pub const LARGEST: usize = 256 << 10;

/// Longest mean line of a file that people write, in bytes.
const LONGEST_LINE: usize = 300;

/// What decides whether a file is indexed.
#[derive(Debug, Clone, Default)]
pub struct IndexRules {
    /// `.gitignore` files, from the top to the deeper ones.
    pub ignored: Vec<GitIgnore>,
    /// Layers of privacy rules: what may go nowhere is not looked at either.
    pub privacy: Vec<PrivacyRules>,
    /// Name of the repository, for rules that speak of it.
    pub repository: Option<String>,
}

impl IndexRules {
    /// Whether a file is to be looked at, by its path.
    ///
    /// ```
    /// use ghostlight_context::index::IndexRules;
    /// let rules = IndexRules::default();
    /// assert!(rules.allow_path("src/main.rs") && !rules.allow_path("node_modules/a/index.js"));
    /// ```
    #[must_use]
    pub fn allow_path(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut folders = path.split('/').rev().skip(1);
        !folders.any(|folder| MADE.contains(&folder))
            && !MADE_FILES.contains(&name)
            && !name.contains(".min.")
            && !is_ignored(&self.ignored, path, false)
            && reach(PrivacyMode::TabOnly, &self.privacy, self.repository.as_deref(), path) > Reach::Nowhere
    }

    /// Whether anything below a folder can be looked at: who lists a workspace need
    /// not go into one where nothing can.
    ///
    /// ```
    /// use ghostlight_context::index::IndexRules;
    /// let rules = IndexRules::default();
    /// assert!(rules.allow_folder("src") && !rules.allow_folder("target"));
    /// ```
    #[must_use]
    pub fn allow_folder(&self, path: &str) -> bool {
        !path.split('/').any(|folder| MADE.contains(&folder)) && !is_ignored(&self.ignored, path, true)
    }

    /// Whether a file's text is source that people write.
    ///
    /// ```
    /// use ghostlight_context::index::IndexRules;
    /// assert!(IndexRules::allow_text("fn main() {}\n"));
    /// assert!(!IndexRules::allow_text(&"minified".repeat(100)));
    /// ```
    #[must_use]
    pub fn allow_text(text: &str) -> bool {
        let lines = text.bytes().filter(|&byte| byte == b'\n').count() + 1;
        text.len() <= LARGEST && !text.contains('\0') && text.len() / lines <= LONGEST_LINE
    }
}
