//! `countersign api`: any request of the REST API, for scripts.

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::{config::ClientOptions, output};

/// Send any request to the REST API
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign api get 'events?after=100&limit=1000'
  countersign api patch targets/019a3c1e-7b5d-7f00-8000-0123456789ab --body '{\"labels\":{\"env\":\"staging\"}}'

The paths are those of /api/v1/openapi.json, without `/api/v1/`. The answer is printed as JSON.")]
pub struct ApiCommand {
    #[command(flatten)]
    options: ClientOptions,

    /// The method
    #[arg(value_enum)]
    method: Method,

    /// The path below /api/v1, with its query
    path: String,

    /// The body of a post or patch, as JSON
    #[arg(long, default_value = "{}")]
    body: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl ApiCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let path = self.path.trim_start_matches('/');
        let body = || serde_json::from_str::<Value>(&self.body).context("the body is not JSON");
        let answer = match self.method {
            Method::Get => client.get(path).await?,
            Method::Post => client.post(path, &body()?).await?,
            Method::Patch => client.patch(path, &body()?).await?,
            Method::Delete => client.delete(path).await?,
        };
        output::json(&answer)
    }
}
