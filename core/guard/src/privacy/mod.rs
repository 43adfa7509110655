//! How far the text of a file may go, and whether it is completed at all.
//!
//! The idea: four steps from "nowhere" to "anywhere", ordered. The privacy mode
//! is the most that a user allows, rules by path and by repository are the most
//! for some files, and the least of all that apply decides. Rules come in
//! layers (those that ship, an organisation's, a user's): within a layer the
//! last rule that matches counts, as in `.gitignore`, but no layer can allow
//! more than another one, so a user cannot loosen what an organisation says.
//!
//! Rules that cannot be read count as "nowhere". Nothing here reads a file or
//! sends anything: callers ask before they do.

mod glob;
mod spelling;

use crate::error::GuardError;
use glob::{FoldedPath, Glob};
use spelling::{fold, spellings};

/// The rules that come with the crate.
const SECRET_FILES: &str = include_str!("secret_files.txt");

/// How far text may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Not even into a prompt: no completion here, no use as context elsewhere.
    Nowhere,
    /// It stays in the tab.
    Tab,
    /// To an edge tier that the user's organisation runs.
    OwnEdge,
    /// To a GPU backend behind the edge.
    Backend,
}

/// The most that a user allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PrivacyMode {
    /// Nothing leaves the tab.
    #[default]
    TabOnly,
    /// Text may go to the organisation's own edge.
    OwnEdge,
    /// Text may go through the edge to a backend.
    Backend,
}

impl PrivacyMode {
    /// How far text may go in this mode.
    ///
    /// ```
    /// use ghostlight_guard::{PrivacyMode, Reach};
    /// assert_eq!(PrivacyMode::default().reach(), Reach::Tab);
    /// ```
    #[must_use]
    pub fn reach(self) -> Reach {
        match self {
            Self::TabOnly => Reach::Tab,
            Self::OwnEdge => Reach::OwnEdge,
            Self::Backend => Reach::Backend,
        }
    }
}

/// What a rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The path of a file within its repository, or of a folder that it is in.
    Path,
    /// The path of a file, and not of a folder.
    File,
    /// The name of a repository, such as `github.com/owner/name`.
    Repository,
}

#[derive(Debug, Clone)]
struct Rule {
    subject: Subject,
    glob: Glob,
    reach: Reach,
}

/// Rules of one origin, of which the last that matches counts.
#[derive(Debug, Clone, Default)]
pub struct PrivacyRules {
    rules: Vec<Rule>,
    /// Whether they could not be read, so that nothing is allowed.
    unreadable: bool,
}

impl PrivacyRules {
    /// The rules that come with Ghostlight: files that are secrets or full of them.
    ///
    /// ```
    /// use ghostlight_guard::{PrivacyRules, Reach};
    /// let rules = PrivacyRules::builtin();
    /// assert_eq!(rules.reach(None, "keys/server.pem"), Some(Reach::Nowhere));
    /// assert_eq!(rules.reach(None, "src/main.rs"), None);
    /// ```
    #[must_use]
    pub fn builtin() -> Self {
        Self::parse(SECRET_FILES).expect("a test reads the rules that come with the crate")
    }

    /// Reads rules, one a line: how far (`nowhere`, `tab`, `edge`, `backend`),
    /// optionally `repo` or `file`, and a pattern. Empty lines and lines that begin
    /// with `#` say nothing.
    ///
    /// In a pattern `*` and `?` stand for anything but `/`, `**` for anything,
    /// `[a-z]` and `[!a-z]` for a character, `{a,b}` for either. A pattern
    /// without `/` matches a file or folder of that name at any depth; what
    /// matches a folder matches all that is in it, but for `file`. Neither case nor
    /// the spelling of the path counts: `./a//.ENV`, `a\.env.` and `file:///a/%2Eenv`
    /// are `a/.env`, and so is its copy `a/.env~`.
    ///
    /// ```
    /// use ghostlight_guard::{PrivacyRules, Reach};
    /// let rules = PrivacyRules::parse("nowhere *.env\ntab repo github.com/acme/**")?;
    /// assert_eq!(rules.reach(None, "config/prod.env"), Some(Reach::Nowhere));
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`GuardError::Line`] with the first line that is not a rule.
    pub fn parse(text: &str) -> Result<Self, GuardError> {
        let mut rules = Vec::new();
        for (nth, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            rules.push(rule(line).ok_or(GuardError::Line { line: nth + 1 })?);
        }
        Ok(Self { rules, unreadable: false })
    }

    /// Reads rules; those that cannot be read allow nothing.
    ///
    /// ```
    /// use ghostlight_guard::{PrivacyRules, Reach};
    /// let rules = PrivacyRules::parse_or_closed("sometimes *.rs");
    /// assert_eq!(rules.reach(None, "src/main.rs"), Some(Reach::Nowhere));
    /// ```
    #[must_use]
    pub fn parse_or_closed(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| Self::closed())
    }

    /// Rules that allow nothing, for a file of rules that could not be had.
    ///
    /// ```
    /// use ghostlight_guard::{PrivacyRules, Reach};
    /// assert_eq!(PrivacyRules::closed().reach(None, "src/main.rs"), Some(Reach::Nowhere));
    /// ```
    #[must_use]
    pub fn closed() -> Self {
        Self { rules: Vec::new(), unreadable: true }
    }

    /// What the rules say of a file: none where they say nothing.
    ///
    /// ```
    /// # use ghostlight_guard::{PrivacyRules, Reach};
    /// let rules = PrivacyRules::parse("tab docs/**\nedge repo github.com/acme/**")?;
    /// assert_eq!(rules.reach(None, "docs/plan.md"), Some(Reach::Tab));
    /// assert_eq!(rules.reach(Some("github.com/acme/shop"), "docs/plan.md"), Some(Reach::OwnEdge));
    /// assert_eq!(rules.reach(None, "src/main.rs"), None);
    /// # Ok::<(), ghostlight_guard::GuardError>(())
    /// ```
    #[must_use]
    pub fn reach(&self, repository: Option<&str>, path: &str) -> Option<Reach> {
        if self.unreadable {
            return Some(Reach::Nowhere);
        }
        let repository: Option<String> = repository.map(|name| name.chars().map(fold).collect());
        let repository = repository.as_deref().map(FoldedPath::new);
        let of = |path: &String| {
            let path = FoldedPath::new(path);
            let matches = |rule: &&Rule| match rule.subject {
                Subject::Path => rule.glob.matches(&path),
                Subject::File => rule.glob.matches_file(&path),
                Subject::Repository => repository.as_ref().is_some_and(|name| rule.glob.matches(name)),
            };
            self.rules.iter().rev().find(matches).map(|rule| rule.reach)
        };
        // Of several readings of a path the least counts.
        spellings(path).iter().filter_map(of).min()
    }
}

fn rule(line: &str) -> Option<Rule> {
    let (reach, rest) = line.split_once([' ', '\t'])?;
    let reach = match reach {
        "nowhere" => Reach::Nowhere,
        "tab" => Reach::Tab,
        "edge" => Reach::OwnEdge,
        "backend" => Reach::Backend,
        _ => return None,
    };
    let rest = rest.trim_start();
    let (subject, pattern) = match rest.split_once([' ', '\t']) {
        Some(("repo", pattern)) => (Subject::Repository, pattern.trim_start()),
        Some(("file", pattern)) => (Subject::File, pattern.trim_start()),
        _ => (Subject::Path, rest),
    };
    Some(Rule { subject, glob: Glob::parse(pattern)?, reach })
}

/// Decides how far the text of a file may go.
///
/// ```
/// use ghostlight_guard::{PrivacyMode, PrivacyRules, Reach, reach};
/// let layers = [PrivacyRules::builtin(), PrivacyRules::parse("tab src/secret/**")?];
/// let of = |path| reach(PrivacyMode::Backend, &layers, None, path);
/// assert_eq!(of("src/main.rs"), Reach::Backend);
/// assert_eq!(of("src/secret/plan.rs"), Reach::Tab);
/// assert_eq!(of(".env"), Reach::Nowhere);
/// # Ok::<(), ghostlight_guard::GuardError>(())
/// ```
#[must_use]
pub fn reach(mode: PrivacyMode, layers: &[PrivacyRules], repository: Option<&str>, path: &str) -> Reach {
    let rules = layers.iter().filter_map(|layer| layer.reach(repository, path));
    rules.fold(mode.reach(), Reach::min)
}
