//! `countersign server`: run the control plane.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Subcommand};
use countersign_control_plane::{Config, rotate_signing_key};
use countersign_model::Timestamp;

use super::{principal::seconds, shutdown};
use crate::{
    output,
    telemetry::{self, LogFormat},
};

/// Run the control plane: REST API, dashboard, policy registry, reviews, audit log
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  countersign server --data-dir ./data
  countersign server --config server.toml --listen 0.0.0.0:7400
  COUNTERSIGN_DATABASE_URL=postgres://… countersign server --data-dir ./data

The first start makes an administrator, writes an API token to <data dir>/admin.token and prints a
one-time sign-in link."
)]
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

    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a new key that signs bundles; edges that pinned an earlier one follow, since that one
    /// signs the new one. A running control plane takes it up by itself; copy `control-plane.key` and
    /// `control-plane.handovers.json` to others on the same database
    #[command(after_help = "Examples:
  countersign server rotate-key --data-dir ./data
  countersign server rotate-key --data-dir ./data --overlap 0s   # the old key has leaked")]
    RotateKey {
        /// Where the key is kept
        #[arg(long, value_name = "DIR", env = "COUNTERSIGN_DATA_DIR")]
        data_dir: PathBuf,
        /// How long edges still believe the old key: seconds, or with a unit (`30m`, `8h`, `7d`)
        #[arg(long, value_name = "TIME", default_value = "1d", value_parser = overlap)]
        overlap: u64,
    },
}

/// A span of time that may be none.
fn overlap(text: &str) -> Result<u64, String> {
    match text {
        "0" | "0s" => Ok(0),
        _ => seconds(text),
    }
}

impl ServerCommand {
    pub async fn run(self) -> Result<()> {
        if let Some(Action::RotateKey { data_dir, overlap }) = self.action {
            let overlap = Duration::from_secs(overlap);
            let rotated = rotate_signing_key(&data_dir, overlap, Timestamp::now())?;
            let key = rotated.key.verifying_key();
            return output::line(&format!("bundles are signed with {key} from now on"));
        }
        telemetry::start(self.log);
        let config = self.config()?;
        countersign_control_plane::run(config, shutdown()).await?;
        Ok(())
    }

    /// The file, with the options over it.
    fn config(&self) -> Result<Config> {
        let mut config = match &self.config {
            Some(path) => read(path)?,
            None => Config::default(),
        };
        if let Some(data_dir) = &self.data_dir {
            config.data_dir.clone_from(data_dir);
        }
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let Some(url) = &self.database_url {
            config.database_url = Some(url.clone().into());
        }
        Ok(config)
    }
}

/// An error names the line, and not what stands there: it may be a password.
fn read(path: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        anyhow!("{} line {line}: {}", path.display(), error.message())
    })
}
