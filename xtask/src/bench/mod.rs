//! How fast it is.
//!
//! `engines` measures ours beside others that run the same file. What is measured,
//! and how, stands in `tests/bench`; here it is only set up and started.
//! `edge` measures the edge worker beside another gateway.
//! `kernels` measures single operations against what the machine can do at most.
//! `speculation` measures decoding with and without drafts.

mod edge;
mod engines;
mod kernels;
mod speculation;

use anyhow::Result;
use clap::Subcommand;

/// Measure speed.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Edge(edge::Options),
    Engines(engines::Options),
    Kernels(kernels::Options),
    Speculation(speculation::Options),
}

pub(crate) fn main(options: &Options) -> Result<()> {
    match &options.what {
        What::Edge(options) => edge::main(options),
        What::Engines(options) => engines::main(options),
        What::Kernels(options) => kernels::main(options),
        What::Speculation(options) => speculation::main(options),
    }
}
