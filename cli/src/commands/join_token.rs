//! `countersign join-token`: single-use tokens with which edges enroll.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;

use super::principal::seconds;
use crate::{
    config::ClientOptions,
    output::{self, cell},
};

/// Join tokens: how an edge enrolls
#[derive(Debug, Args)]
pub struct JoinTokenCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token; it is shown this once, works once, and pins the control plane's key
    #[command(after_help = "Example:\n  countersign join-token create edge-1 --ttl 10m")]
    Create {
        /// The edge's name
        name: String,
        /// How long it may be used: seconds, or with a unit (`30m`, `8h`, `7d`)
        #[arg(long, default_value = "1h", value_parser = seconds)]
        ttl: u64,
    },
    /// List the tokens, and which have been used
    #[command(after_help = "Example:\n  countersign join-token list")]
    List,
    /// Revoke a token
    #[command(after_help = "Example:
  countersign join-token revoke 019a3c1e-7b5d-7f00-8000-0123456789ab")]
    Revoke {
        /// Its id
        id: String,
    },
}

impl JoinTokenCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let as_json = self.options.json;
        match self.action {
            Action::Create { name, ttl } => {
                let body = json!({ "name": name, "ttl_seconds": ttl });
                let made = client.post("join_tokens", &body).await?;
                output::secret(&made, "/token", as_json)
            }
            Action::List => {
                let all = client.list("join_tokens", &[], usize::MAX).await?;
                if as_json {
                    return output::json(&all);
                }
                let rows: Vec<[String; 4]> = all
                    .iter()
                    .map(|token| {
                        [
                            cell(token, "/name"),
                            cell(token, "/expires_at"),
                            cell(token, "/used_at"),
                            cell(token, "/id"),
                        ]
                    })
                    .collect();
                output::table(["NAME", "EXPIRES", "USED", "ID"], &rows)
            }
            Action::Revoke { id } => {
                client.delete(&format!("join_tokens/{id}")).await?;
                output::removed("join token", &id, as_json)
            }
        }
    }
}
