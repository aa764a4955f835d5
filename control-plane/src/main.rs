//! The control plane as a program of its own; `countersign server` is the same with more options.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use countersign_control_plane::Config;
use tracing_subscriber::EnvFilter;

/// Run the Countersign control plane
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The configuration (TOML)
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_SERVER_CONFIG")]
    config: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let config = match Options::parse().config {
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            toml::from_str(&text).with_context(|| format!("cannot use {}", path.display()))?
        }
        None => Config::default(),
    };
    let shutdown = async {
        // Without a handler for the signal, the default action ends the process all the same.
        let _ = tokio::signal::ctrl_c().await;
    };
    Ok(countersign_control_plane::run(config, shutdown).await?)
}
