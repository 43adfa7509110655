//! Stop strings that may begin in one token and end in another.
//!
//! The idea: hold back the longest end of the text that could still become a
//! stop string, and hand out the rest at once. What is handed out never has to
//! be taken back.
//!
//! Which one matches: the one that is complete first; of several that are
//! complete at the same character, the longest. This does not depend on how
//! the text was cut into pieces. The stop string itself is not handed out.
//! Marker tokens are not the matter here: a decoder loop ends on their ids.

/// A set of stop strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stops {
    strings: Vec<String>, // longest first, none empty
}

impl Stops {
    /// A set of stop strings; empty ones are left out, since they would match everywhere.
    pub fn new<S: Into<String>>(strings: impl IntoIterator<Item = S>) -> Self {
        let mut strings: Vec<String> = strings.into_iter().map(Into::into).collect();
        strings.retain(|stop| !stop.is_empty());
        strings.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        strings.dedup();
        Self { strings }
    }

    /// A scanner at the start of a text.
    #[must_use]
    pub fn scanner(&self) -> StopScanner<'_> {
        StopScanner { stops: self, held: String::new(), out: String::new(), stopped: false }
    }

    /// Length in bytes of the longest stop that `text` ends with.
    fn complete(&self, text: &str) -> Option<usize> {
        self.strings.iter().find(|stop| text.ends_with(stop.as_str())).map(String::len)
    }

    /// Where the longest end of `text` begins that a stop could begin with.
    fn pending(&self, text: &str) -> usize {
        let begins = |tail: &str| self.strings.iter().any(|stop| stop.starts_with(tail));
        let starts = text.char_indices().map(|(at, _)| at);
        starts.into_iter().find(|&at| begins(&text[at..])).unwrap_or(text.len())
    }
}

/// What one piece of text brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned<'a> {
    /// Text that is certain to stand before any stop.
    pub text: &'a str,
    /// A stop string is complete; everything after it is ignored.
    pub stopped: bool,
}

/// Looks for stop strings in a text that comes in pieces.
#[derive(Debug, Clone)]
pub struct StopScanner<'a> {
    stops: &'a Stops,
    held: String, // an end of the text that begins some stop
    out: String,  // what the last call handed out
    stopped: bool,
}

impl StopScanner<'_> {
    /// Takes the next piece; gives what can be shown of it and of what was held.
    pub fn push(&mut self, piece: &str) -> Scanned<'_> {
        self.out.clear();
        for c in piece.chars() {
            if self.stopped {
                break;
            }
            self.held.push(c);
            let shown = match self.stops.complete(&self.held) {
                Some(len) => {
                    self.stopped = true;
                    self.held.truncate(self.held.len() - len);
                    self.held.len()
                }
                None => self.stops.pending(&self.held),
            };
            self.out.extend(self.held.drain(..shown));
        }
        Scanned { text: &self.out, stopped: self.stopped }
    }

    /// The text is over: gives what was held, which is no stop after all.
    pub fn finish(&mut self) -> &str {
        self.out.clear();
        self.out.push_str(&self.held);
        self.held.clear();
        &self.out
    }
}
