//! A piece of text from elsewhere that a prompt quotes.

/// Why a snippet is in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SnippetKind {
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
    /// A chunk of a file that shares rare words with what is near the cursor.
    Similar,
    /// A chunk of a file that means something alike, by an [`Embedder`](crate::Embedder), and
    /// was not found by its words.
    Related,
    /// A test of the file, or the code that a test is for.
    Test,
    /// Versions of what the workspace depends on.
    Manifest,
}

impl SnippetKind {
    /// Every kind.
    pub const ALL: [SnippetKind; 9] = [
        Self::Definition,
        Self::Import,
        Self::Outline,
        Self::Edit,
        Self::Visit,
        Self::Similar,
        Self::Related,
        Self::Test,
        Self::Manifest,
    ];

    /// Its name, to show it.
    ///
    /// ```
    /// use ghostlight_context::SnippetKind;
    /// assert_eq!(SnippetKind::Definition.name(), "definition");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Import => "import",
            Self::Outline => "outline",
            Self::Edit => "edit",
            Self::Visit => "visit",
            Self::Similar => "similar",
            Self::Related => "related",
            Self::Test => "test",
            Self::Manifest => "manifest",
        }
    }
}

/// A piece of text from elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Snippet {
    /// Why it is here.
    pub kind: SnippetKind,
    /// Path of its file.
    pub path: String,
    /// The line of the file that it begins with, from 1; 0 for one that was made of several places.
    pub line: u32,
    /// The text, without line ends at its end.
    pub text: String,
    /// How much it is worth; comparable over all kinds.
    pub score: f32,
}
