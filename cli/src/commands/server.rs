//! `countersign server`: run the control plane.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::Args;
use countersign_control_plane::Config;

use super::shutdown;
use crate::telemetry::{self, LogFormat};

/// Run the control plane: REST API, dashboard, policy registry, reviews, audit log
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign server --data-dir ./data
  countersign server --config server.toml --listen 0.0.0.0:7400
  COUNTERSIGN_DATABASE_URL=postgres://… countersign server --data-dir ./data

The first start makes an administrator, writes an API token to <data dir>/admin.token and prints a
one-time sign-in link.")]
pub struct ServerCommand {
    /// The control plane's configuration (TOML); options win over it
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_SERVER_CONFIG")]
    config: Option<PathBuf>,

    /// Where keys, tokens, modules and the SQLite database are kept
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_DATA_DIR")]
    data_dir: Option<PathBuf>,

    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", env = "COUNTERSIGN_LISTEN")]
    listen: Option<SocketAddr>,

    /// `postgres://…` or `sqlite://…` [default: a SQLite file in the data folder]
    #[arg(
        long,
        value_name = "URL",
        env = "COUNTERSIGN_DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    /// How log lines look
    #[arg(long, value_enum, default_value = "text")]
    log: LogFormat,
}
