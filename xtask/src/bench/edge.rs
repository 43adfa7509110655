//! The edge beside Portkey's gateway, over a backend of fixed time.
//!
//! What is measured, and how, stands in `tests/bench/edge.mjs`; here the worker is
//! built and the peer installed, which nothing else needs.

use anyhow::Result;

use crate::{edge, node, setup, sh};

const PEERS: &str = "tests/bench/edge-peers";

/// Measure what the edge adds to a request, beside Portkey's open-source gateway.
///
/// Open-loop load from a process of its own, all parties in turn on this machine. Tables go to
/// stdout, progress to stderr. Takes about 20 minutes.
#[derive(clap::Args)]
pub(crate) struct EdgeBenchOptions {
    /// End within five minutes: fewer rounds, and 20,000 requests for the growth of memory.
    #[arg(long)]
    quick: bool,
    /// Print everything as one JSON object on the last line too.
    #[arg(long)]
    json: bool,
    /// Measure what is built, without building anew.
    #[arg(long)]
    no_build: bool,
}

pub(crate) fn main(options: &EdgeBenchOptions) -> Result<()> {
    if !options.no_build {
        edge::worker(false)?;
    }
    setup::npm_packages(PEERS)?;
    let mut node = node::script("tests/bench/edge.mjs");
    node.args(
        [("--quick", options.quick), ("--json", options.json)].iter().filter(|row| row.1).map(|row| row.0),
    );
    sh::run(&mut node)
}
