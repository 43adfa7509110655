//! Data and training of a model of our own, each in the environment that it needs.
//!
//! The programs are in `models/recipe`; here they get the command line that scrubs
//! and counts, the model `tiny` as base, and for training a Python with PyTorch,
//! which nothing else in this repository installs.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use ghostlight_models::Terminal;

use crate::{checked, setup, sh};

const FOLDER: &str = "models/recipe";

/// Make training data, train, or test the recipe.
#[derive(clap::Args)]
pub(crate) struct RecipeOptions {
    #[command(subcommand)]
    what: RecipeCommand,
}

#[derive(Subcommand)]
enum RecipeCommand {
    /// Training data from package registries; what follows goes to data.py.
    Data {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<String>,
    },
    /// Train; what follows goes to train.py, with the model `tiny` as --base.
    Train {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<String>,
    },
    /// The recipe's tests, the smoke run on a CPU among them.
    Test,
}

pub(crate) fn main(options: &RecipeOptions) -> Result<()> {
    let folder = sh::root().join(FOLDER);
    match &options.what {
        RecipeCommand::Data { arguments } => {
            let program = program("release")?;
            let mut command = sh::command(setup::python());
            command.arg("-B").arg(folder.join("data.py")).args(arguments).arg("--ghostlight").arg(program);
            sh::run(&mut command)
        }
        RecipeCommand::Train { arguments } => {
            let base = ghostlight_models::fetch(Some("tiny"), &mut Terminal::new())?;
            let mut command = sh::command(environment()?);
            command.arg("-B").arg(folder.join("train.py"));
            if !arguments.iter().any(|argument| argument == "--base") {
                command.arg("--base").arg(base);
            }
            sh::run(command.args(arguments))
        }
        RecipeCommand::Test => tests(environment(), "release"),
    }
}

/// All tests, the smoke run among them, with the command line of a profile. Where there is no PyTorch to be had,
/// those that need nothing but Python.
pub(crate) fn tests(environment: Result<PathBuf>, profile: &str) -> Result<()> {
    let folder = sh::root().join(FOLDER).join("tests");
    let mut command = match environment {
        Ok(python) => {
            let mut command = sh::command(python);
            let base = ghostlight_models::fetch(Some("tiny"), &mut Terminal::new())?;
            command.env("GHOSTLIGHT", program(profile)?).env("GHOSTLIGHT_BASE", base);
            command
        }
        Err(error) => {
            eprintln!(
                "the smoke run is left out: install the packages of {FOLDER}/requirements.txt ({error:#})"
            );
            sh::command(setup::python())
        }
    };
    sh::run(command.args(["-B", "-m", "unittest", "discover", "-s"]).arg(folder))
}

/// The command line, built in a profile.
fn program(profile: &str) -> Result<PathBuf> {
    let mut cargo = sh::cargo();
    if profile == checked::PROFILE {
        // The tests in Rust have built it along; any other command would choose other features and build it anew.
        checked::under_clippy(cargo.args(["test", "--no-run", "--workspace"]))?;
    } else {
        cargo.args(["build", "-p", "ghostlight", "--no-default-features"]);
    }
    sh::run(cargo.args(["--quiet", "--profile", profile]))?;
    let name = if cfg!(windows) { "ghostlight.exe" } else { "ghostlight" };
    Ok(crate::workspace::Metadata::load()?.target_directory.join(profile).join(name))
}

/// A Python with the packages of requirements.txt, kept in the cache.
pub(crate) fn environment() -> Result<PathBuf> {
    setup::python_with("recipe", &sh::root().join(FOLDER).join("requirements.txt"), "recipe", |_| ())
}
