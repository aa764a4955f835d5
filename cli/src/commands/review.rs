//! `countersign review`: see what is held, and decide.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{resolve, shutdown};
use crate::{
    client::Client,
    config::ClientOptions,
    output::{self, cell, pairs},
};

/// How often `watch` asks.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Reviews: what waits for a person
#[derive(Debug, Args)]
pub struct ReviewCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List reviews, those that wait first unless --state says otherwise
    #[command(after_help = "Examples:
  countersign review list
  countersign review list --state denied --limit 20
  countersign review list --state all --json")]
    List {
        /// Which
        #[arg(long, value_enum, default_value = "pending")]
        state: State,
        /// At most this many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show one review: exactly what will run, who, where, why
    #[command(after_help = "Examples:
  countersign review show R-4F2A9C
  countersign review show 019a3c1e-7b5d-7f00-8000-0123456789ab --json")]
    Show {
        /// Its id, or the end of it
        review: String,
    },
    /// Let what is held run, once
    #[command(after_help = "Example:
  countersign review approve R-4F2A9C --comment \"agreed in the change meeting\"")]
    Approve(Decision),
    /// Do not let it run
    #[command(after_help = "Example:
  countersign review deny R-4F2A9C --comment \"this is production\"")]
    Deny(Decision),
    /// Print reviews as they come in, until interrupted
    #[command(
        after_help = "Example:\n  countersign review watch --json | while read -r review; do …; done"
    )]
    Watch,
}

#[derive(Debug, Args)]
struct Decision {
    /// Its id, or the end of it
    review: String,

    /// Why, for the requester and the record
    #[arg(long, default_value = "")]
    comment: String,

    /// The digest of what you saw; the decision fails if the review holds something else
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Pending,
    Approved,
    Used,
    Denied,
    Expired,
    Withdrawn,
    All,
}

impl State {
    fn query(self) -> Vec<(&'static str, String)> {
        match self.to_possible_value() {
            Some(value) if !matches!(self, Self::All) => {
                vec![("state", value.get_name().to_owned())]
            }
            _ => Vec::new(),
        }
    }
}

impl ReviewCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let as_json = self.options.json;
        match self.action {
            Action::List { state, limit } => {
                let reviews = client.list("reviews", &state.query(), limit).await?;
                if as_json {
                    return output::json(&reviews);
                }
                let rows: Vec<[String; 7]> = reviews.iter().map(row).collect();
                output::table(
                    [
                        "REVIEW",
                        "STATE",
                        "WHO",
                        "TARGET",
                        "CLASS",
                        "REQUESTED",
                        "WHAT",
                    ],
                    &rows,
                )
            }
            Action::Show { review } => {
                let review = find(&client, &review).await?;
                if as_json {
                    return output::json(&review);
                }
                show(&review)
            }
            Action::Approve(decision) => decide(&client, "approve", decision, as_json).await,
            Action::Deny(decision) => decide(&client, "deny", decision, as_json).await,
            Action::Watch => watch(&client, as_json).await,
        }
    }
}

async fn find(client: &Client, review: &str) -> Result<Value> {
    let id = if resolve::is_id(review) {
        review.to_owned()
    } else {
        let all = client.list("reviews", &[], 1_000).await?;
        resolve::by_short(&all, "review", review)?
    };
    client.get(&format!("reviews/{id}")).await
}

/// Decides with the digest of what the server holds now, unless the caller names what they saw.
async fn decide(client: &Client, word: &str, decision: Decision, as_json: bool) -> Result<()> {
    let review = find(client, &decision.review).await?;
    let id = resolve::id(&review)?;
    let digest = match decision.digest {
        Some(digest) => digest,
        None => review
            .get("digest")
            .and_then(Value::as_str)
            .context("the review has no digest")?
            .to_owned(),
    };
    let body = json!({ "decision": word, "comment": decision.comment, "digest": digest });
    let decided = client
        .post(&format!("reviews/{id}/decisions"), &body)
        .await?;
    if as_json {
        return output::json(&decided);
    }
    output::line(&format!("review {id} is {}", cell(&decided, "/state")))
}

async fn watch(client: &Client, as_json: bool) -> Result<()> {
    let stop = shutdown();
    tokio::pin!(stop);
    let mut seen = BTreeSet::new();
    loop {
        for review in client
            .list("reviews", &State::Pending.query(), 1_000)
            .await?
        {
            let id = resolve::id(&review)?;
            if !seen.insert(id.clone()) {
                continue;
            }
            let review = client.get(&format!("reviews/{id}")).await?;
            if as_json {
                output::line(&review.to_string())?;
            } else {
                show(&review)?;
                output::line("")?;
            }
        }
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = tokio::time::sleep(WATCH_INTERVAL) => {}
        }
    }
}

fn row(review: &Value) -> [String; 7] {
    [
        short_id(review),
        cell(review, "/state"),
        who(review),
        cell(review, "/target"),
        cell(review, "/class"),
        cell(review, "/requested_at"),
        output::short(&cell(review, "/excerpt"), 60),
    ]
}

fn show(review: &Value) -> Result<()> {
    let decisions: Vec<String> = review
        .get("decisions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|one| {
            format!(
                "{} by {} at {}: {}",
                cell(one, "/decision"),
                cell(one, "/user"),
                cell(one, "/decided_at"),
                cell(one, "/comment"),
            )
        })
        .collect();
    output::fields(&[
        (
            "review",
            format!("{} ({})", short_id(review), cell(review, "/id")),
        ),
        ("state", cell(review, "/state")),
        ("who", who(review)),
        (
            "target",
            format!(
                "{} ({})",
                cell(review, "/target"),
                pairs(review.pointer("/labels"))
            ),
        ),
        ("kind", cell(review, "/kind")),
        ("class", cell(review, "/class")),
        ("why", cell(review, "/reason")),
        ("requested", cell(review, "/requested_at")),
        ("expires", cell(review, "/expires_at")),
        ("digest", cell(review, "/digest")),
        ("decisions", decisions.join("\n")),
        ("what", cell(review, "/text")),
        ("parameters", cell(review, "/parameters")),
        ("request", output::pretty(review, "/request")?),
    ])
}

fn short_id(review: &Value) -> String {
    cell(review, "/id")
        .parse::<countersign_model::ReviewId>()
        .map_or_else(|_| "-".to_owned(), |id| id.short())
}

fn who(review: &Value) -> String {
    let name = cell(review, "/principal/name");
    match review.pointer("/principal/on_behalf_of") {
        Some(Value::String(human)) => format!("{name} for {human}"),
        _ => name,
    }
}
