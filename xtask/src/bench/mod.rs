//! How fast it is.
//!
//! `speculation` measures decoding with and without drafts.

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
    Speculation(speculation::Options),
}

pub(crate) fn main(options: &Options) -> Result<()> {
    match &options.what {
        What::Speculation(options) => speculation::main(options),
    }
}
