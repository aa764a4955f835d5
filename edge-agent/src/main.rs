//! The edge as a program of its own.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use countersign_edge_agent::{Config, run};
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// As in the `countersign` binary: threads free what other threads allocated at every hand-over.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Proxies, judges, masks and journals what AI does to the resources beside it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file (TOML).
    #[arg(long, env = "COUNTERSIGN_EDGE_CONFIG")]
    config: PathBuf,
    /// Enrolls the edge on its first start.
    #[arg(long, env = "COUNTERSIGN_JOIN_TOKEN", hide_env_values = true)]
    join_token: Option<SecretString>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        anyhow::bail!("another TLS provider is installed already");
    }
    let mut config = Config::from_file(&arguments.config)?;
    config.join_token = arguments.join_token.or(config.join_token);
    // The SQL parser recurses as deeply as a statement nests.
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(countersign_inspect::sql::STACK)
        .build()?
        .block_on(async {
            let mut terminate =
                signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
            let shutdown = async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            };
            run(config, shutdown)
                .await
                .context("the edge does not start")
        })
}
