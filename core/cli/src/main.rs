//! `ghostlight`: code completion from the terminal.
//!
//! The idea: the same crates that run in a browser's worker, with files, a
//! clock and a terminal around them. Each command is a file; [`engine`] loads a
//! model for all of them. Results go to stdout, everything else to stderr, and
//! what went wrong is one line that says what to do: exit code 1, 2 for a
//! command line that makes no sense, 130 after Ctrl-C.
//!
//! There is no logic of completion here; that is `ghostlight-complete`'s.
#![allow(
    clippy::disallowed_methods,
    reason = "core is free of files, clocks and variables because this program brings them"
)]

mod args;
mod bench;
mod complete;
mod embedder;
mod engine;
mod eval;
mod explain;
mod fingerprint;
mod generate;
mod inspect;
mod models;
mod pack;
mod perplexity;
mod place;
mod report;
mod scrub;
mod syntax;
mod terminal;
mod threads;
mod vocabulary;
mod workspace;

use std::process::ExitCode;

use anyhow::{Error, Result};
use clap::Parser;
use clap::error::ErrorKind;
use ghostlight_loader::{Fault, LoadError};

use crate::args::{Arguments, Command};

/// Exit code after a command line that makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    // Everything below is async; this is the one place that waits.
    match pollster::block_on(run(&arguments.command)) {
        Ok(code) => code,
        Err(error) if terminal::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if is_interrupted(&error) => ExitCode::from(terminal::INTERRUPTED),
        Err(error) => {
            terminal::note(&format!("error: {}", terminal::message(&error)));
            ExitCode::FAILURE
        }
    }
}

/// Help, or what is wrong with the command line. That is quoted, and a file may be called anything.
fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => error.exit(),
        _ => terminal::note(error.to_string().trim_end()),
    }
    ExitCode::from(USAGE)
}

/// Whether a model was given up while it was loaded.
fn is_interrupted(error: &Error) -> bool {
    error.downcast_ref::<LoadError>().is_some_and(|error| error.fault == Fault::Cancelled)
}

async fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Complete(options) => complete::main(options).await,
        Command::Eval(options) => eval::main(options).await,
        Command::Explain(options) => explain::main(options).await,
        Command::Fingerprint(options) => fingerprint::main(options),
        Command::Generate(options) => generate::main(options).await,
        Command::Bench(options) => bench::main(options).await,
        Command::Inspect(options) => inspect::main(options).await,
        Command::Models(options) => models::main(options),
        Command::Perplexity(options) => perplexity::main(options).await,
        Command::Scrub(options) => scrub::main(options).await,
    }
}
