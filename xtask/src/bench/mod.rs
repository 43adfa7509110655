//! How fast it is.
//!
//! `engines` measures ours beside others that run the same file. What is measured,
//! and how, stands in `tests/bench`; here it is only set up and started.
//! `edge` measures the edge worker beside another gateway.
//! `kernels` measures single operations against what the machine can do at most.
//! `speculation` measures decoding with and without drafts, `typing` what somebody
//! who types sees of all this, and when.

mod edge;
mod engines;
mod kernels;
mod speculation;
mod typing;

use anyhow::Result;
use clap::Subcommand;

/// Measure speed.
#[derive(clap::Args)]
pub(crate) struct BenchOptions {
    #[command(subcommand)]
    what: BenchCommand,
}

#[derive(Subcommand)]
enum BenchCommand {
    Edge(edge::EdgeBenchOptions),
    Engines(engines::EnginesOptions),
    Kernels(kernels::KernelsOptions),
    Speculation(speculation::SpeculationOptions),
    Typing(typing::TypingOptions),
}

pub(crate) fn main(options: &BenchOptions) -> Result<()> {
    match &options.what {
        BenchCommand::Edge(options) => edge::main(options),
        BenchCommand::Engines(options) => engines::main(options),
        BenchCommand::Kernels(options) => kernels::main(options),
        BenchCommand::Speculation(options) => speculation::main(options),
        BenchCommand::Typing(options) => typing::main(options),
    }
}
