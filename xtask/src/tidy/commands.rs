//! Commands and flags that documents name: each has to be one that the programs know.
//!
//! The idea: a program is a tree of commands with their flags. `cargo xtask` gives its
//! own; that of `ghostlight` is read from its sources (`program.rs`). In inline code and
//! in scripts a command is followed down the tree; a flag that stands alone has to be
//! one of a command that the same block names, or of any command if it names none.

use std::collections::BTreeSet;

use super::markdown::{Block, Document, Kind};

/// A command with what may follow its name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DocumentedCommand {
    pub(super) name: String,
    /// Long flags, with their dashes.
    pub(super) flags: BTreeSet<String>,
    /// Whether further words go to another program, such as a script of the recipe.
    pub(super) passes_on: bool,
    pub(super) commands: Vec<DocumentedCommand>,
}

impl From<&clap::Command> for DocumentedCommand {
    fn from(command: &clap::Command) -> Self {
        let flags = command.get_arguments().filter_map(clap::Arg::get_long);
        Self {
            name: command.get_name().to_owned(),
            flags: flags.map(|flag| format!("--{flag}")).collect(),
            passes_on: command.get_arguments().any(clap::Arg::is_trailing_var_arg_set),
            commands: command.get_subcommands().map(Self::from).collect(),
        }
    }
}

/// What every command of clap knows.
const ALWAYS: &[&str] = &["--help", "--version"];

/// The programs whose commands are checked.
pub(super) struct Programs {
    pub(super) xtask: DocumentedCommand,
    pub(super) ghostlight: DocumentedCommand,
    /// Flags of scripts that some commands hand their words to.
    pub(super) scripts: BTreeSet<String>,
    /// Flags of programs of others that documents may name alone, such as Cargo's.
    pub(super) foreign: &'static [&'static str],
}

/// A command that a document names.
struct Named<'p> {
    program: &'static str,
    command: &'p DocumentedCommand,
}

impl Programs {
    /// What a document says of commands and flags that is not so.
    pub(super) fn check(&self, document: &Document<'_>) -> Vec<String> {
        let mut faults = Vec::new();
        for block in &document.blocks {
            let found = self.check_block(block);
            faults
                .extend(found.into_iter().map(|fault| format!("{}:{}: {fault}", document.path, block.line)));
        }
        faults
    }

    fn check_block(&self, block: &Block) -> Vec<String> {
        let mut faults = Vec::new();
        let mut named = Vec::new();
        let code = block.code();
        let lines = if block.kind == Kind::Script { vec![block.text.clone()] } else { code };
        for line in &lines {
            for words in simple_commands(line) {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                self.follow(&words, &mut named, &mut faults);
            }
        }
        if block.kind == Kind::Script {
            return faults;
        }
        for flag in lines.iter().filter_map(|span| flag(span.split([' ', '|']).next().unwrap_or_default())) {
            if named.is_empty() {
                if !self.knows(flag) {
                    faults.push(format!("`{flag}` is a flag of no command"));
                }
            } else if !named.iter().any(|named| self.takes(named.command, flag)) {
                let names: Vec<String> =
                    named.iter().map(|named| format!("`{} {}`", named.program, named.command.name)).collect();
                faults.push(format!("`{flag}` is no flag of {}", names.join(" or ")));
            }
        }
        faults
    }

    /// Follows the words of one command down its program's tree.
    fn follow<'p>(&'p self, words: &[&str], named: &mut Vec<Named<'p>>, faults: &mut Vec<String>) {
        let (program, root, rest) = match words {
            ["cargo", "xtask", rest @ ..] => ("cargo xtask", &self.xtask, rest),
            ["ghostlight", rest @ ..] => ("ghostlight", &self.ghostlight, rest),
            ["cargo", "run", rest @ ..] if rest.windows(2).any(|pair| pair == ["-p", "ghostlight"]) => {
                let Some(at) = rest.iter().position(|word| *word == "--") else { return };
                ("ghostlight", &self.ghostlight, &rest[at + 1..])
            }
            _ => return,
        };
        let mut command = root;
        for word in rest {
            if *word == "--" {
                break;
            }
            if let Some(flag) = flag(word) {
                if !self.takes(command, flag) {
                    faults.push(format!("`{flag}` is no flag of `{program} {}`", command.name));
                }
                continue;
            }
            if command.commands.is_empty() || is_placeholder(word) {
                continue;
            }
            let mut alternatives = Vec::new();
            for name in word.split('|') {
                match command.commands.iter().find(|inner| inner.name == name) {
                    Some(inner) => alternatives.push(inner),
                    None if name == "help" => return,
                    None => {
                        faults.push(format!("`{program}` has no command `{name}`"));
                        return;
                    }
                }
            }
            // Each is named, the last one is followed.
            if let Some(last) = alternatives.pop() {
                named.extend(alternatives.into_iter().map(|command| Named { program, command }));
                command = last;
            }
        }
        named.push(Named { program, command });
    }

    fn takes(&self, command: &DocumentedCommand, flag: &str) -> bool {
        ALWAYS.contains(&flag)
            || command.flags.contains(flag)
            || (command.passes_on && self.scripts.contains(flag))
            // A group of commands, such as `bench`, is named for those that it has.
            || command.commands.iter().any(|inner| self.takes(inner, flag))
    }

    fn knows(&self, flag: &str) -> bool {
        self.foreign.contains(&flag)
            || self.scripts.contains(flag)
            || self.takes(&self.xtask, flag)
            || self.takes(&self.ghostlight, flag)
    }
}

/// The flag that a word is, without its value.
fn flag(word: &str) -> Option<&str> {
    let name = word.split(['=', '|']).next().unwrap_or_default();
    (name.len() > 2 && name.starts_with("--")).then_some(name)
}

/// Whether a word stands for others: `NAME`, `…`.
fn is_placeholder(word: &str) -> bool {
    matches!(word, "…" | "...") || word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// The commands of a line of a shell, as words without quotes; comments are left out.
fn simple_commands(line: &str) -> Vec<Vec<String>> {
    let line = if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or_default() };
    let mut commands = Vec::new();
    // What is put into a command by `$(...)` is one of its own.
    let mut outer = line.strip_prefix("$ ").unwrap_or(line).to_owned();
    while let Some((before, rest)) = outer.split_once("$(") {
        let (inner, after) = rest.split_once(')').unwrap_or((rest, ""));
        commands.extend(simple_commands(inner));
        outer = format!("{before}{after}");
    }
    let parts = outer.split(" | ").flat_map(|part| part.split("&&")).flat_map(|part| part.split(';'));
    commands.extend(parts.map(|part| {
        let words = part.split_whitespace().map(|word| word.trim_matches(['"', '\'', ',']));
        let words = words.skip_while(|word| is_variable(word)).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    }));
    commands
}

/// Whether a word sets a variable for the command behind it.
fn is_variable(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(name: &str, flags: &[&str], commands: Vec<DocumentedCommand>) -> DocumentedCommand {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        DocumentedCommand { name: name.to_owned(), flags, passes_on: name == "data", commands }
    }

    fn programs() -> Programs {
        let recipe =
            command("recipe", &[], vec![command("data", &[], vec![]), command("train", &[], vec![])]);
        let demo = command("demo", &["--port", "--engine"], vec![]);
        let complete = command("complete", &["--json"], vec![]);
        let models = command("models", &[], vec![command("fetch", &["--unpinned"], vec![])]);
        Programs {
            xtask: command("xtask", &[], vec![demo, recipe]),
            ghostlight: command("ghostlight", &[], vec![complete, models]),
            scripts: BTreeSet::from(["--list".to_owned()]),
            foreign: &["--features"],
        }
    }

    fn faults(text: &str) -> Vec<String> {
        programs().check(&Document::parse("a.md", text))
    }

    #[test]
    fn what_exists_may_be_named() {
        for text in [
            "`cargo xtask demo --port 1` and `cargo xtask recipe data OUT --list x`",
            "`cargo xtask NAME`, `ghostlight …`, `ghostlight help`, `ghostlight --version`",
            "| `cargo xtask demo` | serves; `--engine cpu\\|webgpu`, `--port N` |",
            "| `cargo xtask recipe data\\|train` | `--list FILE` |",
            "`cargo build --features x`, `--features` and `--json` stand alone",
            "`ghostlight models` has `--unpinned`",
            "```sh\nA=1 ghostlight complete a.rs:1:1 --json # --none\nnpm test --other && cargo xtask demo\n```",
            "```sh\nghostlight complete \"$(cargo xtask demo --port 1)\" --json\n```",
            "```sh\ncargo run --release -p ghostlight -- models fetch --unpinned\n```",
        ] {
            assert_eq!(faults(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_does_not_exist_is_told() {
        for (text, fault) in [
            ("`cargo xtask demo --prot 1`", "a.md:1: `--prot` is no flag of `cargo xtask demo`"),
            ("x\n\n`cargo xtask dmeo`", "a.md:3: `cargo xtask` has no command `dmeo`"),
            ("| `cargo xtask demo` | `--json` |", "a.md:1: `--json` is no flag of `cargo xtask demo`"),
            ("`cargo xtask recipe data|tests`", "a.md:1: `cargo xtask` has no command `tests`"),
            ("`ghostlight models get`", "a.md:1: `ghostlight` has no command `get`"),
            ("`--nothing`", "a.md:1: `--nothing` is a flag of no command"),
            ("```sh\nls | ghostlight models get\n```", "a.md:2: `ghostlight` has no command `get`"),
            (
                "```sh\ncargo xtask recipe data \"$(cargo xtask demo --list)\"\n```",
                "a.md:2: `--list` is no flag of `cargo xtask demo`",
            ),
        ] {
            let faults = faults(text);
            assert!(faults.contains(&fault.to_owned()), "{text}: {faults:?}");
        }
    }
}
