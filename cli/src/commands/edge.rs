//! `countersign edge`: run an edge, and see which are enrolled.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use countersign_edge_agent::{
    Config,
    control_plane::{self as edge_agent, Client, Identity, IdentityKeeper},
};
use serde_json::Value;

use super::{resolve, shutdown};
use crate::{
    config::ClientOptions,
    output::{self, cell},
    telemetry::{self, LogFormat},
};

/// Run an edge beside the resources it protects, or see which are enrolled
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  countersign edge --config edge.toml --join-token csj_…
  countersign edge --config edge.toml
  countersign edge list

The configuration names the control plane, the listener and the upstreams:
  data_dir = \"/var/lib/countersign/edge\"
  [control_plane]
  url = \"https://countersign.example.com\"
  [postgres]
  listen = \"127.0.0.1:6432\"
  [upstreams.shop-production]
  host = \"10.0.0.5\"
  database = \"shop\"
  user = \"countersign\"
  password = \"…\""
)]
pub struct EdgeCommand {
    /// The edge's configuration
    #[arg(
        long,
        value_name = "FILE",
        env = "COUNTERSIGN_EDGE_CONFIG",
        required = true
    )]
    config: Option<PathBuf>,

    /// The single-use token that enrolls the edge on its first start
    #[arg(
        long,
        value_name = "TOKEN",
        env = "COUNTERSIGN_JOIN_TOKEN",
        hide_env_values = true
    )]
    join_token: Option<String>,

    /// How log lines look
    #[arg(long, value_enum, default_value = "text")]
    log: LogFormat,

    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the enrolled edges
    #[command(after_help = "Example:\n  countersign edge list")]
    List(ClientOptions),
    /// Give the edge on this machine a new key; it does so by itself every 30 days. A running edge
    /// takes it up at once
    #[command(after_help = "Example:\n  countersign edge rotate-key --config edge.toml")]
    RotateKey {
        /// The edge's configuration
        #[arg(long, value_name = "FILE", env = "COUNTERSIGN_EDGE_CONFIG")]
        config: PathBuf,
    },
    /// Remove an edge: it can no longer fetch bundles or send events
    #[command(after_help = "Example:\n  countersign edge remove edge-1")]
    Remove(Remove),
}

#[derive(Debug, Args)]
struct Remove {
    /// Its name or id
    edge: String,
    #[command(flatten)]
    options: ClientOptions,
}

impl EdgeCommand {
    pub async fn run(self) -> Result<()> {
        match self.action {
            Some(Action::List(options)) => list(&options).await,
            Some(Action::RotateKey { config }) => rotate_key(&Config::from_file(&config)?).await,
            Some(Action::Remove(remove)) => {
                let client = remove.options.client()?;
                let id = resolve::by_name(&client, "edges", "edge", &remove.edge).await?;
                client.delete(&format!("edges/{id}")).await?;
                output::removed("edge", &remove.edge, remove.options.json)
            }
            None => {
                let path = self.config.context("--config is missing")?;
                let mut config = Config::from_file(&path)?;
                if let Some(token) = self.join_token {
                    config.join_token = Some(token.into());
                }
                telemetry::start(self.log);
                countersign_edge_agent::run(config, shutdown()).await?;
                Ok(())
            }
        }
    }
}

async fn rotate_key(config: &Config) -> Result<()> {
    let identity = Identity::load(&config.data_dir)?.context("this edge is not enrolled")?;
    let client = Client::new(&config.control_plane)?;
    let client = client.signed_in(identity.edge_id, identity.key.clone());
    let keeper = IdentityKeeper::new(&config.data_dir, identity);
    edge_agent::rotate_key(&keeper, &client).await?;
    let key = keeper.key().verifying_key();
    output::line(&format!("the edge signs with {key} from now on"))
}

async fn list(options: &ClientOptions) -> Result<()> {
    let edges = options.client()?.list("edges", &[], usize::MAX).await?;
    if options.json {
        return output::json(&edges);
    }
    let rows: Vec<[String; 7]> = edges.iter().map(row).collect();
    output::table(
        [
            "NAME", "ONLINE", "REVISION", "SESSIONS", "SPOOL", "VERSION", "ID",
        ],
        &rows,
    )
}

fn row(edge: &Value) -> [String; 7] {
    [
        cell(edge, "/name"),
        cell(edge, "/online"),
        cell(edge, "/status/bundle_revision"),
        cell(edge, "/status/sessions"),
        cell(edge, "/status/spool_records"),
        cell(edge, "/status/version"),
        cell(edge, "/id"),
    ]
}
