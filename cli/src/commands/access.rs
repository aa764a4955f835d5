//! `countersign access`: ask for access, decide on it, end it.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{access_token, principal::seconds, resolve};
use crate::{
    client::{Client, NotGranted},
    config::ClientOptions,
    output::{self, cell},
};

/// How often `--wait` asks.
const WAIT_INTERVAL: Duration = Duration::from_secs(1);

/// Access: grants, and requests for them
#[derive(Debug, Args)]
pub struct AccessCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Ask for access to targets, for a task and a time
    #[command(after_help = "Examples:
  countersign access request --target shop-production --operations read,write \\
    --task \"refund order 1042\" --for 30m
  countersign access request --target shop-production --task \"look at order 1042\" --for 1h \\
    --agent copilot --wait
  countersign access request --extend X-4F2A9C --target shop-production --task \"still refunding\" --for 30m

The policies decide: it is granted at once, refused, or waits for people. With --wait the command
ends when that is known: exit code 0 where access is granted, 3 where it is not.")]
    Request(Request),
    /// List grants and requests, newest first
    #[command(after_help = "Examples:
  countersign access list
  countersign access list --mine --state active
  countersign access list --target shop-production --json")]
    List(List),
    /// Show one grant or request: who, what for, what the policies and people say
    #[command(after_help = "Example:\n  countersign access show X-4F2A9C")]
    Show {
        /// Its id, or the end of it
        grant: String,
    },
    /// Approve a request
    #[command(
        after_help = "Example:\n  countersign access approve X-4F2A9C --comment \"agreed with Ops\""
    )]
    Approve(Decision),
    /// Deny a request
    #[command(
        after_help = "Example:\n  countersign access deny X-4F2A9C --comment \"ask for staging\""
    )]
    Deny(Decision),
    /// Take a request back before it is decided
    #[command(after_help = "Example:\n  countersign access withdraw X-4F2A9C")]
    Withdraw {
        /// Its id, or the end of it
        grant: String,
    },
    /// End a grant now; what runs under it ends within a second
    #[command(
        after_help = "Example:\n  countersign access revoke X-4F2A9C --reason \"wrong target\""
    )]
    Revoke {
        /// Its id, or the end of it
        grant: String,
        /// Why, for the holder and the record
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Say that the task is done, which ends the grant
    #[command(after_help = "Example:\n  countersign access complete X-4F2A9C")]
    Complete {
        /// Its id, or the end of it
        grant: String,
    },
    /// Get a short-lived credential
    Token(access_token::Token),
    /// Take access without anybody's approval, as an admin: it is marked everywhere
    #[command(after_help = "Example:
  countersign access break-glass --target shop-production --operations read,admin \\
    --task \"stop the leak\" --reason \"nobody on call answers\" --for 15m")]
    BreakGlass(BreakGlass),
}

#[derive(Debug, Args)]
struct Wanted {
    /// On what; may be given several times
    #[arg(long = "target", value_name = "NAME", required = true)]
    targets: Vec<String>,

    /// What for
    #[arg(long, value_enum, value_delimiter = ',', default_value = "read")]
    operations: Vec<Operation>,

    /// The task: reviewers read it, and every event names it
    #[arg(long)]
    task: String,

    /// How long, such as 30m or 2h
    #[arg(long = "for", value_name = "TIME", value_parser = seconds)]
    duration: u64,
}

#[derive(Debug, Args)]
struct Request {
    #[command(flatten)]
    wanted: Wanted,

    /// An agent or a service of yours that is to hold it, on your behalf
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,

    /// The grant in force that it is to follow on
    #[arg(long, value_name = "GRANT")]
    extend: Option<String>,

    /// Wait until it is decided
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Args)]
struct BreakGlass {
    #[command(flatten)]
    wanted: Wanted,

    /// Why nobody can be asked
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
struct List {
    /// Which
    #[arg(long, value_enum, default_value = "all")]
    state: State,
    /// Only what you asked for, hold or are behind
    #[arg(long)]
    mine: bool,
    /// Only those of this principal
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    /// Only those on this target
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// At most this many
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

#[derive(Debug, Args)]
struct Decision {
    /// Its id, or the end of it
    grant: String,

    /// Why, for the requester and the record
    #[arg(long, default_value = "")]
    comment: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Operation {
    Read,
    Write,
    Admin,
    Destructive,
    Exec,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Requested,
    Active,
    Denied,
    Withdrawn,
    Revoked,
    Completed,
    Expired,
    All,
}

/// The value as the command line and the API write it.
fn name(value: impl ValueEnum) -> String {
    let possible = value.to_possible_value();
    possible.map_or_else(String::new, |value| value.get_name().to_owned())
}

impl Wanted {
    fn body(&self) -> Value {
        let operations: Vec<String> = self.operations.iter().map(|o| name(*o)).collect();
        json!({
            "targets": self.targets,
            "operations": operations,
            "task": self.task,
            "duration_seconds": self.duration,
        })
    }
}

impl List {
    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        if !matches!(self.state, State::All) {
            query.push(("state", name(self.state)));
        }
        if self.mine {
            query.push(("mine", "true".to_owned()));
        }
        for (key, value) in [("principal", &self.principal), ("target", &self.target)] {
            if let Some(value) = value {
                query.push((key, value.clone()));
            }
        }
        query
    }
}

impl AccessCommand {
    pub async fn run(self) -> Result<()> {
        // A workload that gets its credential is nobody who is signed in.
        if let Action::Token(token) = &self.action {
            return token.run(&self.options).await;
        }
        let client = self.options.client()?;
        let as_json = self.options.json;
        let none = json!({});
        match self.action {
            Action::Token(_) => Ok(()),
            Action::Request(request) => ask(&client, request, as_json).await,
            Action::List(list) => {
                let grants = client.list("grants", &list.query(), list.limit).await?;
                print(&grants, as_json)
            }
            Action::Show { grant } => {
                let grant = find(&client, &grant).await?;
                if as_json {
                    return output::json(&grant);
                }
                show(&grant)
            }
            Action::Approve(decision) => {
                let body = json!({ "comment": decision.comment });
                change(&client, &decision.grant, "approve", &body, as_json).await
            }
            Action::Deny(decision) => {
                let body = json!({ "comment": decision.comment });
                change(&client, &decision.grant, "deny", &body, as_json).await
            }
            Action::Withdraw { grant } => change(&client, &grant, "withdraw", &none, as_json).await,
            Action::Revoke { grant, reason } => {
                let body = json!({ "reason": reason });
                change(&client, &grant, "revoke", &body, as_json).await
            }
            Action::Complete { grant } => change(&client, &grant, "complete", &none, as_json).await,
            Action::BreakGlass(glass) => {
                let mut body = glass.wanted.body();
                set(&mut body, "reason", glass.reason);
                let grant = client.post("grants/break-glass", &body).await?;
                outcome(&grant, as_json)
            }
        }
    }
}

fn set(body: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(object) = body.as_object_mut() {
        object.insert(key.to_owned(), value.into());
    }
}

async fn ask(client: &Client, request: Request, as_json: bool) -> Result<()> {
    let mut body = request.wanted.body();
    if let Some(agent) = request.agent {
        set(&mut body, "principal", agent);
    }
    if let Some(before) = request.extend {
        let before = find(client, &before).await?;
        set(&mut body, "extends", resolve::id(&before)?);
    }
    let mut grant = client.post("grants", &body).await?;
    let id = resolve::id(&grant)?;
    while request.wait && cell(&grant, "/state") == "requested" {
        tokio::time::sleep(WAIT_INTERVAL).await;
        grant = client.get(&format!("grants/{id}")).await?;
    }
    outcome(&grant, as_json)?;
    match cell(&grant, "/state").as_str() {
        "active" | "requested" => Ok(()),
        state => bail!(NotGranted(state.to_owned())),
    }
}

async fn find(client: &Client, grant: &str) -> Result<Value> {
    let id = if resolve::is_id(grant) {
        grant.to_owned()
    } else {
        let all = client.list("grants", &[], 1_000).await?;
        resolve::by_short(&all, "grant", grant)?
    };
    client.get(&format!("grants/{id}")).await
}

async fn change(
    client: &Client,
    grant: &str,
    step: &str,
    body: &Value,
    as_json: bool,
) -> Result<()> {
    let grant = find(client, grant).await?;
    let id = resolve::id(&grant)?;
    let changed = client.post(&format!("grants/{id}/{step}"), body).await?;
    outcome(&changed, as_json)
}

/// What became of a grant, on one line.
fn outcome(grant: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return output::json(grant);
    }
    let id = short_id(grant);
    let line = match cell(grant, "/state").as_str() {
        "active" => format!("grant {id} is active until {}", cell(grant, "/expires_at")),
        "requested" => format!(
            "request {id} waits: {} of {} approvals, by {}",
            cell(grant, "/approvals"),
            cell(grant, "/decision/quorum"),
            cell(grant, "/decide_until"),
        ),
        state => format!("grant {id} is {state}: {}", cell(grant, "/end_reason")),
    };
    output::line(&line)
}

fn print(grants: &[Value], as_json: bool) -> Result<()> {
    if as_json {
        return output::json(&grants);
    }
    let rows: Vec<[String; 7]> = grants.iter().map(row).collect();
    output::table(
        [
            "GRANT",
            "STATE",
            "WHO",
            "TARGETS",
            "OPERATIONS",
            "UNTIL",
            "TASK",
        ],
        &rows,
    )
}

fn row(grant: &Value) -> [String; 7] {
    [
        short_id(grant),
        marked(grant),
        who(grant),
        targets(grant),
        cell(grant, "/operations"),
        cell(grant, "/expires_at"),
        output::short(&cell(grant, "/task"), 60),
    ]
}

fn marked(grant: &Value) -> String {
    let state = cell(grant, "/state");
    match grant.get("break_glass").and_then(Value::as_bool) {
        Some(true) => format!("{state} (break-glass)"),
        _ => state,
    }
}

fn who(grant: &Value) -> String {
    let name = cell(grant, "/principal/name");
    match cell(grant, "/on_behalf_of").as_str() {
        "-" => name,
        human => format!("{name} for {human}"),
    }
}

fn targets(grant: &Value) -> String {
    let targets = grant.get("targets").and_then(Value::as_array);
    let names: Vec<String> = targets
        .into_iter()
        .flatten()
        .map(|target| cell(target, "/name"))
        .collect();
    names.join(", ")
}

fn show(grant: &Value) -> Result<()> {
    let votes = grant.get("votes").and_then(Value::as_array);
    let votes: Vec<String> = votes
        .into_iter()
        .flatten()
        .map(|vote| {
            format!(
                "{} by {} at {}: {}",
                cell(vote, "/decision"),
                cell(vote, "/email"),
                cell(vote, "/at"),
                cell(vote, "/comment"),
            )
        })
        .collect();
    output::fields(&[
        (
            "grant",
            format!("{} ({})", short_id(grant), cell(grant, "/id")),
        ),
        ("state", marked(grant)),
        ("who", who(grant)),
        ("asked by", cell(grant, "/requested_by")),
        ("targets", targets(grant)),
        ("operations", cell(grant, "/operations")),
        ("task", cell(grant, "/task")),
        ("for", format!("{} s", cell(grant, "/duration_seconds"))),
        ("asked", cell(grant, "/requested_at")),
        ("until", cell(grant, "/expires_at")),
        ("extends", cell(grant, "/extends")),
        ("policies say", cell(grant, "/decision/verdict")),
        ("why", cell(grant, "/decision/reasons")),
        ("reviewers", cell(grant, "/decision/reviewers")),
        ("votes", votes.join("\n")),
        ("reason", cell(grant, "/reason")),
        ("ended by", cell(grant, "/ended_by")),
        ("end reason", cell(grant, "/end_reason")),
    ])
}

fn short_id(grant: &Value) -> String {
    cell(grant, "/id")
        .parse::<countersign_model::GrantId>()
        .map_or_else(|_| "-".to_owned(), |id| id.short())
}
