//! `cargo xtask`: everything that is done to this repository, from set-up to gates.
//!
//! The idea: one command a job, each in a file of its own, each idempotent and
//! quick when there is nothing to do. They run other programs and print what
//! they run; they hold no logic of the product.

mod bench;
mod build;
mod checked;
mod demo;
mod edge;
mod eval;
mod fixtures;
mod modules;
mod node;
mod packs;
mod recipe;
mod screenshots;
mod server;
mod setup;
mod sh;
mod size;
mod stamp;
mod steps;
mod test;
mod tidy;
mod types;
mod wasm;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Set-up, demo, tests and gates of Ghostlight.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Setup(setup::SetupOptions),
    Demo(demo::DemoOptions),
    Edge(edge::EdgeOptions),
    Test(test::TestOptions),
    Build(build::BuildOptions),
    Bench(bench::BenchOptions),
    Eval(eval::EvalOptions),
    Types(types::TypesOptions),
    Size(size::SizeOptions),
    Screenshots(screenshots::ScreenshotsOptions),
    Tidy(tidy::TidyOptions),
    Fixtures(fixtures::FixturesOptions),
    Recipe(recipe::RecipeOptions),
}

fn main() -> ExitCode {
    if let Some(code) = checked::as_rustdoc() {
        return code;
    }
    let result = match Arguments::parse().command {
        Command::Setup(options) => setup::main(&options),
        Command::Demo(options) => demo::main(&options),
        Command::Edge(options) => edge::main(&options),
        Command::Test(options) => test::main(&options),
        Command::Build(options) => build::main(&options),
        Command::Bench(options) => bench::main(&options),
        Command::Eval(options) => eval::main(&options),
        Command::Types(options) => types::main(&options),
        Command::Size(options) => size::main(&options),
        Command::Screenshots(options) => screenshots::main(&options),
        Command::Tidy(options) => tidy::main(&options),
        Command::Fixtures(options) => fixtures::main(&options),
        Command::Recipe(options) => recipe::main(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
