//! `countersign target`: the protected things.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use countersign_model::TargetKind;
use serde_json::{Value, json};

use super::{key_value, resolve};
use crate::{
    config::ClientOptions,
    output::{self, cell, pairs},
};

/// Targets: what is protected
#[derive(Debug, Args)]
pub struct TargetCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the targets
    #[command(after_help = "Example:\n  countersign target list")]
    List,
    /// Make a target; its upstream's address and credential stay in the edge's own configuration
    #[command(after_help = "Example:
  countersign target create shop-production --label env=production --default allow
  countersign target create payments --kind http --label env=production --access grant
  countersign target create models --kind openai --default allow")]
    Create(Create),
    /// Remove a target, by name or id
    #[command(after_help = "Example:\n  countersign target delete shop-staging")]
    Delete {
        /// Its name or id
        target: String,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// The name that clients connect to
    name: String,

    /// What it is
    #[arg(long, value_enum, default_value = "postgres")]
    kind: Kind,

    /// A label that selectors and policies may name
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = key_value)]
    labels: Vec<(String, String)>,

    /// What happens when every bound policy abstains
    #[arg(long = "default", value_enum, default_value = "deny")]
    default: Default,

    /// What it takes to get in: a credential, or a grant too
    #[arg(long, value_enum, default_value = "standing")]
    access: Access,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A PostgreSQL database
    Postgres,
    /// An HTTP API
    Http,
    /// Models behind OpenAI's API, or one compatible with it
    Openai,
    /// Models behind Anthropic's API, or one compatible with it
    Anthropic,
    /// An MCP server
    Mcp,
    /// A workstation whose coding copilots ask before they act
    Shell,
}

impl From<Kind> for TargetKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Postgres => Self::Postgres,
            Kind::Http => Self::Http,
            Kind::Openai => Self::Openai,
            Kind::Anthropic => Self::Anthropic,
            Kind::Mcp => Self::Mcp,
            Kind::Shell => Self::Shell,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Access {
    Standing,
    Grant,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Default {
    Allow,
    Deny,
}

impl TargetCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        match self.action {
            Action::List => {
                let targets = client.list("targets", &[], usize::MAX).await?;
                if self.options.json {
                    return output::json(&targets);
                }
                let rows: Vec<[String; 6]> = targets.iter().map(row).collect();
                output::table(["NAME", "KIND", "LABELS", "DEFAULT", "ACCESS", "ID"], &rows)
            }
            Action::Create(create) => {
                let labels: BTreeMap<_, _> = create.labels.into_iter().collect();
                let body = json!({
                    "name": create.name,
                    "kind": TargetKind::from(create.kind),
                    "labels": labels,
                    "default_verdict": match create.default {
                        Default::Allow => "allow",
                        Default::Deny => "deny",
                    },
                    "access": match create.access {
                        Access::Standing => "standing",
                        Access::Grant => "grant",
                    },
                });
                let made = client.post("targets", &body).await?;
                output::made("target", &made, self.options.json)
            }
            Action::Delete { target } => {
                let id = resolve::by_name(&client, "targets", "target", &target).await?;
                client.delete(&format!("targets/{id}")).await?;
                output::removed("target", &target, self.options.json)
            }
        }
    }
}

fn row(target: &Value) -> [String; 6] {
    [
        cell(target, "/name"),
        cell(target, "/kind"),
        pairs(target.pointer("/labels")),
        cell(target, "/default_verdict"),
        cell(target, "/access"),
        cell(target, "/id"),
    ]
}
