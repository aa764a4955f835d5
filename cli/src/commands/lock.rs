//! `countersign lock`, `unlock` and `locks`: what an admin has stopped.

use anyhow::Result;
use clap::{Args, Subcommand};
use countersign_model::{LockId, Timestamp};
use serde_json::{Value, json};

use super::{principal::seconds, resolve};
use crate::{
    client::Client,
    config::ClientOptions,
    output::{self, cell},
};

/// Stop somebody or something: live connections end within a second, new ones are refused
#[derive(Debug, Args)]
pub struct LockCommand {
    #[command(flatten)]
    options: ClientOptions,

    /// Why; clients are told
    #[arg(long, global = true, default_value = "locked by an administrator")]
    reason: String,

    /// Lift it after this long: seconds, or with a unit (`30m`, `8h`, `7d`) [default: never]
    #[arg(long = "for", global = true, value_name = "TIME", value_parser = seconds)]
    lasts: Option<u64>,

    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, Subcommand)]
enum Subject {
    /// One principal
    #[command(after_help = "Example:
  countersign lock principal release-bot --reason \"leaked its credential\"")]
    Principal {
        /// Its name or id
        name: String,
    },
    /// A human, with every agent and service that is theirs or acts for them
    #[command(after_help = "Example:
  countersign lock human alice@example.com --reason \"left the company\"")]
    Human {
        /// Their e-mail address
        email: String,
    },
    /// One session
    #[command(after_help = "Example:
  countersign lock session 019a3c1e-7b5d-7f00-8000-0123456789ab --reason \"reads too much\"")]
    Session {
        /// Its id
        id: String,
    },
    /// A target, for everybody
    #[command(after_help = "Example:
  countersign lock target shop-production --reason \"incident 4711\" --for 2h")]
    Target {
        /// Its name or id
        name: String,
    },
    /// An edge, with all that it serves
    #[command(after_help = "Example:
  countersign lock edge edge-1 --reason \"its machine was broken into\"")]
    Edge {
        /// Its name or id
        name: String,
    },
}

impl LockCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let expires_at = self
            .lasts
            .map(|seconds| Timestamp::now().after(std::time::Duration::from_secs(seconds)));
        let body = json!({
            "subject": subject(&client, self.subject).await?,
            "reason": self.reason,
            "expires_at": expires_at,
        });
        let made = client.post("locks", &body).await?;
        if self.options.json {
            return output::json(&made);
        }
        output::line(&format!(
            "{} {} is locked ({})",
            cell(&made, "/subject/kind"),
            cell(&made, "/name"),
            cell(&made, "/id")
        ))
    }
}

async fn subject(client: &Client, subject: Subject) -> Result<Value> {
    Ok(match subject {
        Subject::Principal { name } => {
            let id = resolve::by_name(client, "principals", "principal", &name).await?;
            json!({ "kind": "principal", "id": id })
        }
        Subject::Human { email } => json!({ "kind": "human", "name": email }),
        Subject::Session { id } => json!({ "kind": "session", "id": id }),
        Subject::Target { name } => {
            let id = resolve::by_name(client, "targets", "target", &name).await?;
            json!({ "kind": "target", "id": id })
        }
        Subject::Edge { name } => {
            let id = resolve::by_name(client, "edges", "edge", &name).await?;
            json!({ "kind": "edge", "id": id })
        }
    })
}

/// Lift a lock
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign unlock L-9F41C2
  countersign unlock 019a3c1e-7b5d-7f00-8000-0123456789ab")]
pub struct UnlockCommand {
    #[command(flatten)]
    options: ClientOptions,
    /// The lock's id, or the end of it
    lock: String,
}

impl UnlockCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let id = if resolve::is_id(&self.lock) {
            self.lock
        } else {
            let all = client.list("locks", &[], usize::MAX).await?;
            resolve::by_short(&all, "lock", &self.lock)?
        };
        client.delete(&format!("locks/{id}")).await?;
        output::removed("lock", &id, self.options.json)
    }
}

/// List the locks in force
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign locks
  countersign locks --lifted --json")]
pub struct LocksCommand {
    #[command(flatten)]
    options: ClientOptions,
    /// Those that were lifted or have expired, too
    #[arg(long)]
    lifted: bool,
}

impl LocksCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let query = [("lifted", self.lifted.to_string())];
        let locks = client.list("locks", &query, usize::MAX).await?;
        if self.options.json {
            return output::json(&locks);
        }
        let rows: Vec<[String; 7]> = locks.iter().map(row).collect();
        output::table(
            ["LOCK", "KIND", "NAME", "SINCE", "BY", "UNTIL", "REASON"],
            &rows,
        )
    }
}

fn row(lock: &Value) -> [String; 7] {
    let id = cell(lock, "/id").parse::<LockId>();
    let until = match cell(lock, "/lifted_at").as_str() {
        "-" => cell(lock, "/expires_at"),
        lifted => format!("lifted {lifted}"),
    };
    [
        id.map_or_else(|_| "-".to_owned(), |id| id.short()),
        cell(lock, "/subject/kind"),
        cell(lock, "/name"),
        cell(lock, "/created_at"),
        cell(lock, "/created_by"),
        until,
        output::short(&cell(lock, "/reason"), 60),
    ]
}
