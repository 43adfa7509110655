//! Every gate, the cheapest first, ending at the first that fails.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::{build, setup, sh, size, test, tidy, types};

/// Run every gate: what a change has to pass.
#[derive(clap::Args)]
pub(crate) struct Options {}

/// A gate's name and how it is run.
type Gate = (&'static str, fn() -> Result<()>);

const GATES: &[Gate] = &[
    ("tidy", || tidy::main(&tidy::Options {})),
    ("generated types", || types::main(&types::Options { check: true })),
    ("rustfmt", || sh::run(sh::cargo().args(["fmt", "--all", "--check"]))),
    ("set-up", setup::all),
    ("prettier", || sh::run(sh::npm().args(["run", "--loglevel=error", "format:check"]))),
    ("clippy", || {
        sh::run(
            sh::cargo()
                .args(["clippy", "--workspace", "--all-targets", "--profile", "checked", "--quiet"])
                .args(["--", "--deny", "warnings"]),
        )
    }),
    ("clippy for wasm32", clippy_wasm),
    ("documentation", || {
        sh::run(
            sh::cargo()
                .args(["doc", "--workspace", "--no-deps", "--quiet"])
                .args(["--profile", "checked"])
                .env("RUSTDOCFLAGS", "--deny warnings"),
        )
    }),
    ("build for browsers", || build::main(&build::Options::default())),
    ("TypeScript", || {
        sh::run(sh::npm().args(["run", "--loglevel=error", "check", "--workspaces", "--if-present"]))
    }),
    ("sizes", || size::main(&size::Options { check: true, crates: false })),
    ("tests", || test::main(&test::Options::default())),
];

pub(crate) fn main(_: &Options) -> Result<()> {
    let mut times = Vec::new();
    for (name, gate) in GATES {
        eprintln!("== {name}");
        let start = Instant::now();
        gate().with_context(|| format!("gate `{name}`"))?;
        times.push((name, start.elapsed().as_secs_f64()));
    }
    for (name, seconds) in times {
        eprintln!("{name:<20} {seconds:>7.1} s");
    }
    Ok(())
}

/// What runs in browsers and at the edge, the engine with every feature, held to the same lints.
fn clippy_wasm() -> Result<()> {
    let mut cargo = sh::cargo();
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo
        .args(["clippy", "--package", "ghostlight-engine", "--target", setup::WASM_TARGET, "--quiet"])
        .args(["--profile", "wasm", "--features", "webgpu,relaxed-simd", "--", "--deny", "warnings"]);
    sh::run(&mut cargo)?;
    for package in ["ghostlight-edge", "ghostlight-workspace"] {
        let mut cargo = sh::cargo();
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        cargo
            .args(["clippy", "--package", package, "--lib", "--target", setup::WASM_TARGET, "--quiet"])
            .args(["--profile", "wasm-dev", "--", "--deny", "warnings"]);
        sh::run(&mut cargo)?;
    }
    Ok(())
}
