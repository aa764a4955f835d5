//! `countersign policy changes`, `approve`, `reject`, `sets`, `restore`: what changed, and who agreed.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::{
    client::Client,
    commands::resolve,
    output::{self, cell},
};

/// Tells what came of a change: done, or waiting for somebody else.
pub fn told(answer: &Value, done: &str, as_json: bool) -> Result<()> {
    if as_json {
        return output::json(answer);
    }
    if is_pending(answer) {
        return output::line(&format!(
            "waits for another admin: countersign policy approve {}",
            cell(answer, "/change/id")
        ));
    }
    output::line(done)
}

/// Whether a change waits for approval.
pub fn is_pending(answer: &Value) -> bool {
    cell(answer, "/change/state") == "pending"
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy changes
  countersign policy changes --state pending
  countersign policy changes row-guard")]
pub struct Changes {
    /// Only those of this policy
    policy: Option<String>,

    /// Only those in this state
    #[arg(long, value_parser = ["pending", "applied", "rejected"])]
    state: Option<String>,

    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

impl Changes {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let mut query = Vec::new();
        if let Some(state) = &self.state {
            query.push(("state", state.clone()));
        }
        if let Some(policy) = &self.policy {
            query.push((
                "policy_id",
                resolve::by_name(client, "policies", "policy", policy).await?,
            ));
        }
        let changes = client.list("policy_changes", &query, self.limit).await?;
        if as_json {
            return output::json(&changes);
        }
        let rows: Vec<[String; 7]> = changes
            .iter()
            .map(|change| {
                [
                    cell(change, "/created_at"),
                    cell(change, "/state"),
                    if change.get("alert") == Some(&Value::Bool(true)) {
                        "ALERT"
                    } else {
                        ""
                    }
                    .to_owned(),
                    output::short(&cell(change, "/summary"), 70),
                    cell(change, "/requested_by_name"),
                    cell(change, "/decided_by_name"),
                    cell(change, "/id"),
                ]
            })
            .collect();
        output::table(["AT", "STATE", "", "WHAT", "BY", "DECIDED BY", "ID"], &rows)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  countersign policy approve 019a3c1e-7b5d-7f00-8000-0123456789ab --comment \"replayed over a week\"

Nobody decides a change of their own.")]
pub struct Decide {
    /// The change's id
    change: String,

    /// Why, for the record
    #[arg(long, default_value = "")]
    comment: String,
}

impl Decide {
    pub async fn run(&self, client: &Client, decision: &str, as_json: bool) -> Result<()> {
        let body = json!({"decision": decision, "comment": self.comment});
        let answer = client
            .post(&format!("policy_changes/{}/decisions", self.change), &body)
            .await?;
        told(
            &answer,
            &format!("{decision}: {}", cell(&answer, "/summary")),
            as_json,
        )
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy sets
  countersign policy sets --limit 5 --json")]
pub struct Sets {
    /// At most so many, the newest first
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

impl Sets {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let sets = client.list("policy_sets", &[], self.limit).await?;
        if as_json {
            return output::json(&sets);
        }
        let rows: Vec<[String; 5]> = sets
            .iter()
            .map(|set| {
                [
                    cell(set, "/revision"),
                    cell(set, "/at"),
                    cell(set, "/by"),
                    output::short(&cell(set, "/summary"), 70),
                    output::short(&cell(set, "/comment"), 50),
                ]
            })
            .collect();
        output::table(["REVISION", "AT", "BY", "WHAT", "COMMENT"], &rows)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  countersign policy restore 41 --comment \"as it was on Friday\"

Puts back every binding and document of that policy set, whole.")]
pub struct Restore {
    /// The policy set's revision
    revision: u64,

    /// Why, for the record
    #[arg(long, default_value = "")]
    comment: String,
}

impl Restore {
    pub async fn run(&self, client: &Client, as_json: bool) -> Result<()> {
        let body = json!({"comment": self.comment});
        let answer = client
            .post(&format!("policy_sets/{}/restore", self.revision), &body)
            .await?;
        told(
            &answer,
            &format!("policy set {} is in force again", self.revision),
            as_json,
        )
    }
}
