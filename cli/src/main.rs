//! The `countersign` binary: the control plane, the edge, and the commands of the people who run them.

mod client;
mod commands;
mod config;
mod edge_access;
mod oauth;
mod output;
mod telemetry;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use commands::Cli;

/// Threads free what other threads allocated at every hand-over of a message: cheaper here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error_line(&error);
            client::exit_code(&error)
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        anyhow::bail!("another TLS provider is installed already");
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // The SQL parser recurses; on a small stack it would have to make itself a larger one.
        .thread_stack_size(countersign_inspect::sql::STACK)
        .build()
        .context("the async runtime cannot be started")?
        .block_on(cli.run())
}
