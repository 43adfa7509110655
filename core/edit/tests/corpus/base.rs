//! Edits of the committed sources, from which all cases are made, and what a case is.

use std::ops::Range;

use ghostlight_edit::{Ending, Policy, SourceFile, plan, read_edits};

pub(crate) const SOURCES: &[(&str, &str)] = &[
    ("src/inventory.rs", include_str!("sources/inventory.rs")),
    ("ledger.py", include_str!("sources/ledger.py")),
    ("web/queue.ts", include_str!("sources/queue.ts")),
    ("limiter.go", include_str!("sources/limiter.go")),
    ("src/ring.c", include_str!("sources/ring.c")),
    ("docs/guide.md", include_str!("sources/guide.md")),
    ("deploy.yaml", include_str!("sources/deploy.yaml")),
];

/// The same numbers on every machine (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) as usize >> 1
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.next() % most.max(1)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A line of the replacement.
#[derive(Debug, Clone)]
pub(crate) struct New {
    pub(crate) text: String,
    /// The line of the window that it is, that it replaces, or that it comes after.
    pub(crate) of: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Kept,
    Changed,
    Added,
}

/// An edit of some lines of a source as it should be made.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) path: &'static str,
    pub(crate) lines: Vec<String>, // of the source, without ends
    pub(crate) window: Range<usize>,
    pub(crate) new: Vec<New>,
}

impl Base {
    /// A deterministic choice of windows and of what happens to them.
    pub(crate) fn all() -> Vec<Self> {
        let mut random = Random(1);
        let mut bases = Vec::new();
        for (path, text) in SOURCES {
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            for length in [1, 2, 3, 4, 6, 9] {
                for start in (0..=lines.len() - length).step_by(2) {
                    let window = start..start + length;
                    let lines = lines.clone();
                    let at = random.below(length);
                    let way = random.below(5);
                    bases.extend(Self::edited(path, lines, window, at, way, &mut random));
                }
            }
        }
        bases
    }

    fn edited(
        path: &'static str,
        lines: Vec<String>,
        window: Range<usize>,
        at: usize,
        way: usize,
        random: &mut Random,
    ) -> Option<Self> {
        let old = &lines[window.clone()];
        let keep = |of: usize| New { text: old[of].clone(), of, kind: Kind::Kept };
        let mut new: Vec<New> = (0..old.len()).map(keep).collect();
        let indent: String = old[at].chars().take_while(|c| c.is_whitespace()).collect();
        let added = |text: &str| New { text: format!("{indent}{text}"), of: at, kind: Kind::Added };
        match way {
            0 | 1 => new[at] = New { text: renamed(&old[at], random)?, of: at, kind: Kind::Changed },
            2 => new.insert(at + 1, added("added_by_the_edit();")),
            // Of equal lines nobody could say which one is dropped.
            3 if old.len() > 1 && old.windows(2).all(|pair| pair[0] != pair[1]) => drop(new.remove(at)),
            _ => {
                new.insert(at + 1, added("first_of_two(added);"));
                new.insert(at + 2, added("second_of_two(added);"));
            }
        }
        old.iter().any(|line| line.chars().any(char::is_alphanumeric)).then_some(Self {
            path,
            lines,
            window,
            new,
        })
    }

    pub(crate) fn search(&self) -> Vec<String> {
        self.lines[self.window.clone()].to_vec()
    }

    pub(crate) fn replace(&self) -> Vec<String> {
        self.new.iter().map(|new| new.text.clone()).collect()
    }

    /// The source with the edit made, where line `n` of the source is `raw(n)` with its end.
    pub(crate) fn made(&self, raw: &dyn Fn(usize) -> String) -> String {
        let mut text: String = (0..self.window.start).map(raw).collect();
        for new in &self.new {
            let there = raw(self.window.start + new.of);
            let end = &there[there.trim_end_matches(['\r', '\n']).len()..];
            let blanks = there.trim_end_matches(['\r', '\n']);
            let blanks = &blanks[blanks.trim_end().len()..];
            match new.kind {
                Kind::Kept => text += &there,
                // A changed line keeps the blanks at its end, which the model did not see.
                Kind::Changed => text += &format!("{}{blanks}{end}", new.text),
                Kind::Added => text += &format!("{}{end}", new.text),
            }
        }
        text + &(self.window.end..self.lines.len()).map(raw).collect::<String>()
    }

    pub(crate) fn text(&self) -> String {
        joined(&self.lines)
    }

    pub(crate) fn intended(&self) -> String {
        self.made(&|line| format!("{}\n", self.lines[line]))
    }

    /// The window's lines of the replacement that the edit leaves alone.
    pub(crate) fn kept(&self) -> Vec<usize> {
        self.new.iter().filter(|new| new.kind == Kind::Kept).map(|new| new.of).collect()
    }

    pub(crate) fn changes_or_drops(&self, line: usize) -> bool {
        !self.kept().contains(&line)
    }
}

/// A line with one word of it renamed.
fn renamed(line: &str, random: &mut Random) -> Option<String> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (start, c.is_ascii_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    words.retain(|word| word.len() > 2);
    let word = words.get(random.below(words.len()))?;
    Some(format!("{}{}{}", &line[..word.start], "renamed", &line[word.end..]))
}

pub(crate) fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A search/replace block as models write it.
pub(crate) fn block(path: &str, search: &[String], replace: &[String]) -> String {
    let (search, replace) = (joined(search), joined(replace));
    format!("{path}\n````\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n````\n")
}

/// Files, an answer, and what should come of it.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) seen: Vec<(String, String)>,
    /// What the files are when the edits are applied, if they changed.
    pub(crate) now: Option<Vec<(String, String)>>,
    pub(crate) answer: String,
    /// The files after it; none where nothing may be applied.
    pub(crate) intended: Option<Vec<(String, String)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Applied,
    Refused,
    Wrong,
}

impl Case {
    /// One file; `intended` is none where the answer has to be refused.
    pub(crate) fn new(
        kind: &'static str,
        path: &str,
        file: String,
        answer: String,
        intended: Option<String>,
    ) -> Self {
        let with_path = |text: String| vec![(path.to_owned(), text)];
        Self { kind, seen: with_path(file), now: None, answer, intended: intended.map(with_path) }
    }

    /// The files after the answer, or why there are none.
    pub(crate) fn run(&self) -> Result<Vec<(String, String)>, String> {
        let seen: Vec<SourceFile<'_>> = sources(&self.seen);
        let now = self.now.as_ref().unwrap_or(&self.seen);
        let edits = read_edits(&self.answer, Ending::Stopped).map_err(|error| error.to_string())?;
        let told = |refusals: Vec<ghostlight_edit::Refusal>| refusals[0].to_string();
        let changes = plan(&edits, &seen, Policy::default()).map_err(told)?;
        let updates = changes.apply(&sources(now)).map_err(told)?;
        let mut files = now.clone();
        for update in updates {
            match files.iter_mut().find(|(path, _)| *path == update.path) {
                Some(file) => file.1 = update.text.unwrap_or_default(),
                None => files.push((update.path, update.text.unwrap_or_default())),
            }
        }
        Ok(files)
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match (self.run(), &self.intended) {
            (Err(_), _) => Outcome::Refused,
            (Ok(files), Some(intended)) if files == *intended => Outcome::Applied,
            (Ok(_), _) => Outcome::Wrong,
        }
    }
}

fn sources(files: &[(String, String)]) -> Vec<SourceFile<'_>> {
    files.iter().map(|(path, text)| SourceFile { path, text }).collect()
}
