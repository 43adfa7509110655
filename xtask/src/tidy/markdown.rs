//! A Markdown document, as far as the checks of documents look at it: links, code and tables.
//!
//! The idea: a document is a list of blocks (a paragraph, an item of a list, a row of a
//! table, a line of a shell script), since what a block says belongs together: a flag
//! in a table's row is one of the command in the same row. It is no Markdown parser:
//! indented code, HTML and reference links are not known, and our documents have none.

/// What a block of a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A paragraph, an item of a list, or a row of a table.
    Prose,
    /// One line of a fenced shell script.
    Script,
}

/// A part of a document that is about one thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Its first line, from 1.
    pub(super) line: usize,
    pub(super) kind: Kind,
    pub(super) text: String,
}

impl Block {
    /// The texts of its inline code; in a table's row `\|` is `|`.
    pub(super) fn code(&self) -> Vec<String> {
        split(&self.text).0
    }

    /// Where its links and pictures lead.
    pub(super) fn links(&self) -> Vec<String> {
        let prose = split(&self.text).1;
        let targets = prose.split("](").skip(1);
        targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
    }

    /// The cells of a table's row, with surrounding blanks; none for other blocks.
    pub(super) fn cells(&self) -> Vec<&str> {
        let row = self.text.strip_prefix('|').and_then(|row| row.strip_suffix('|'));
        row.map(|row| row.split('|').collect()).unwrap_or_default()
    }
}

/// A document of the repository.
#[derive(Debug)]
pub(super) struct Document<'a> {
    /// Its path in the repository.
    pub(super) path: &'a str,
    pub(super) blocks: Vec<Block>,
    /// What `#` of a link may name, as GitHub makes it from headings.
    pub(super) anchors: Vec<String>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(path: &'a str, text: &str) -> Self {
        let mut document = Self { path, blocks: Vec::new(), anchors: Vec::new() };
        // What ends a fence, and whether what is in it is a script.
        let mut fence: Option<(&str, bool)> = None;
        let mut is_open = false;
        for (at, full) in text.lines().enumerate() {
            let line = full.trim();
            let block = |kind| Block { line: at + 1, kind, text: line.to_owned() };
            if let Some((end, is_script)) = fence {
                if line == end {
                    (fence, is_open) = (None, false);
                } else if is_script && !line.is_empty() {
                    match document.blocks.last_mut().filter(|_| is_open) {
                        Some(last) => last.text.push_str(line),
                        None => document.blocks.push(block(Kind::Script)),
                    }
                    // A line that ends with a backslash goes on in the next one.
                    let last = document.blocks.last_mut().expect("a line of the script was just added");
                    is_open = last.text.ends_with('\\');
                    if is_open {
                        last.text.pop();
                    }
                }
                continue;
            }
            let ticks = line.len() - line.trim_start_matches('`').len();
            if ticks >= 3 {
                fence = Some((&line[..ticks], matches!(&line[ticks..], "sh" | "bash" | "console")));
                is_open = false;
            } else if line.is_empty() {
                is_open = false;
            } else if let Some(heading) = heading(line) {
                document.anchors.push(anchor(heading));
                document.blocks.push(block(Kind::Prose));
                is_open = false;
            } else if is_open && !starts_block(line) {
                let last = document.blocks.last_mut().expect("an open block is the last one");
                last.text.push(' ');
                last.text.push_str(line);
            } else {
                document.blocks.push(block(Kind::Prose));
                is_open = true;
            }
        }
        document
    }
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    (text.len() < line.len()).then(|| text.strip_prefix(' ')).flatten()
}

/// Whether a line is a row of a table or begins an item of a list.
fn starts_block(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_item = line.starts_with("- ") || (number.len() < line.len() && number.starts_with(". "));
    is_item || line.starts_with('|')
}

/// A heading as GitHub names it in links.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The inline code of a text, and the text without it.
fn split(text: &str) -> (Vec<String>, String) {
    let (mut code, mut prose, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find('`') {
        prose.push_str(&rest[..at]);
        let begun = &rest[at..];
        let inner = begun.trim_start_matches('`');
        let ticks = &begun[..begun.len() - inner.len()];
        let Some(end) = inner.find(ticks) else {
            rest = inner;
            continue;
        };
        let span = inner[..end].trim();
        code.push(if text.starts_with('|') { span.replace("\\|", "|") } else { span.to_owned() });
        rest = &inner[end + ticks.len()..];
    }
    prose.push_str(rest);
    (code, prose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_paragraphs_items_rows_and_lines_of_scripts() {
        let text = "# A `b` title\n\none\ntwo\n- item\n  goes on\n- next\n1. first\n\n| a | b |\n|---|---|\n\
                    ```sh\ncargo xtask demo # here\n\nls \\\n  a\n```\n```rust\nlet not_read = 1;\n```\nend";
        let document = Document::parse("a.md", text);
        let found: Vec<(usize, Kind, &str)> =
            document.blocks.iter().map(|block| (block.line, block.kind, block.text.as_str())).collect();
        assert_eq!(
            found,
            [
                (1, Kind::Prose, "# A `b` title"),
                (3, Kind::Prose, "one two"),
                (5, Kind::Prose, "- item goes on"),
                (7, Kind::Prose, "- next"),
                (8, Kind::Prose, "1. first"),
                (10, Kind::Prose, "| a | b |"),
                (11, Kind::Prose, "|---|---|"),
                (13, Kind::Script, "cargo xtask demo # here"),
                (15, Kind::Script, "ls a"),
                (21, Kind::Prose, "end"),
            ]
        );
        assert_eq!(document.anchors, ["a-b-title"]);
    }

    #[test]
    fn code_and_links_are_told_apart() {
        let block = |text: &str| Block { line: 1, kind: Kind::Prose, text: text.to_owned() };
        let mixed = block("see [a `b`](c.md#d), ![e](f.png), `g[0](h)` and ``i ` j``; an odd ` ends it");
        assert_eq!(mixed.code(), ["b", "g[0](h)", "i ` j"]);
        assert_eq!(mixed.links(), ["c.md#d", "f.png"]);
        let row = block("| `x\\|y` | z |");
        assert_eq!(row.code(), ["x|y"]);
        assert_eq!(block("| a | b |").cells(), [" a ", " b "]);
        assert!(mixed.cells().is_empty());
    }

    #[test]
    fn anchors_are_githubs() {
        assert_eq!(anchor("What a client sees: `x-y`, and_z"), "what-a-client-sees-x-y-and_z");
    }
}
