//! `countersign session`: who did what, statement by statement.

use std::collections::HashMap;

use anyhow::Result;
use clap::{Args, Subcommand};
use countersign_model::{
    ActionId, ActionIntent, ActionOutcome, ActionRefused, ChainedEvent, DecisionRecord, Effect,
    EventBody, OutcomeStatus, RecordedResponse, ReviewStep, SessionId,
};
use serde_json::Value;

use super::resolve;
use crate::{
    client::{Client, parse},
    config::ClientOptions,
    output::{self, cell},
};

/// Sessions: what was tried, decided and done
#[derive(Debug, Args)]
pub struct SessionCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List sessions, the newest first
    #[command(after_help = "Examples:
  countersign session list --open
  countersign session list --principal release-bot --effect deny --limit 20")]
    List(Filter),
    /// Show a session's events in order
    #[command(after_help = "Examples:
  countersign session show S-9F41C2
  countersign session show 019a3c1e-7b5d-7f00-8000-0123456789ab --json")]
    Show {
        /// Its id, or the end of it
        session: String,
    },
}

#[derive(Debug, Args)]
struct Filter {
    /// Only this principal's, by name
    #[arg(long)]
    principal: Option<String>,
    /// Only on this target, by name
    #[arg(long)]
    target: Option<String>,
    /// Only sessions in which an action was allowed, masked, held or denied
    #[arg(long, value_parser = ["allow", "mask", "review", "deny"])]
    effect: Option<String>,
    /// Only sessions that are open
    #[arg(long)]
    open: bool,
    /// Only sessions opened after this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// At most this many
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

impl Filter {
    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query: Vec<(&'static str, String)> = [
            ("principal", &self.principal),
            ("target", &self.target),
            ("effect", &self.effect),
            ("since", &self.since),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect();
        if self.open {
            query.push(("open", "true".to_owned()));
        }
        query
    }
}

impl SessionCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let as_json = self.options.json;
        match self.action {
            Action::List(filter) => {
                let sessions = client
                    .list("sessions", &filter.query(), filter.limit)
                    .await?;
                if as_json {
                    return output::json(&sessions);
                }
                let rows: Vec<[String; 9]> = sessions.iter().map(row).collect();
                output::table(
                    [
                        "SESSION", "WHO", "TARGET", "OPENED", "CLOSED", "ACTIONS", "MASKED",
                        "HELD", "DENIED",
                    ],
                    &rows,
                )
            }
            Action::Show { session } => show(&client, &session, as_json).await,
        }
    }
}

async fn show(client: &Client, session: &str, as_json: bool) -> Result<()> {
    let id = if resolve::is_id(session) {
        session.to_owned()
    } else {
        let all = client.list("sessions", &[], 1_000).await?;
        resolve::by_short(&all, "session", session)?
    };
    let head = client.get(&format!("sessions/{id}")).await?;
    let events = client
        .list(&format!("sessions/{id}/events"), &[], usize::MAX)
        .await?;
    if as_json {
        return output::json(&serde_json::json!({ "session": head, "events": events }));
    }
    output::fields(&[
        ("session", id),
        ("who", cell(&head, "/principal/name")),
        ("target", cell(&head, "/target")),
        ("client", cell(&head, "/client")),
        ("opened", cell(&head, "/opened_at")),
        ("closed", cell(&head, "/closed_at")),
    ])?;
    output::line("")?;
    let mut effects = Effects::new();
    let mut rows = Vec::new();
    for event in events {
        rows.push(event_row(&parse(event)?, &mut effects));
    }
    output::table(["TIME", "SEQ", "WHAT", "DETAIL"], &rows)
}

fn row(session: &Value) -> [String; 9] {
    let short = cell(session, "/id")
        .parse::<SessionId>()
        .map_or_else(|_| "-".to_owned(), |id| id.short());
    [
        short,
        cell(session, "/principal/name"),
        cell(session, "/target"),
        cell(session, "/opened_at"),
        cell(session, "/closed_at"),
        cell(session, "/counts/actions"),
        cell(session, "/counts/masked"),
        cell(session, "/counts/held"),
        cell(session, "/counts/denied"),
    ]
}

fn event_row(chained: &ChainedEvent, effects: &mut Effects) -> [String; 4] {
    let (what, detail) = describe(&chained.event.body, effects);
    [
        chained.event.at.to_string(),
        chained.event.seq.to_string(),
        what,
        output::short(&detail, 100),
    ]
}

/// What an event is called, and what it says.
fn describe(body: &EventBody, effects: &mut Effects) -> (String, String) {
    match body {
        EventBody::EdgeStarted { version } => ("edge started".to_owned(), version.clone()),
        EventBody::BundleActivated { revision } => {
            ("bundle".to_owned(), format!("revision {revision}"))
        }
        EventBody::SessionOpened(opened) => (
            "opened".to_owned(),
            format!("{} on {}", opened.principal.name, opened.target),
        ),
        EventBody::SignInRefused { code, .. } => ("sign-in refused".to_owned(), code.clone()),
        EventBody::SessionChanged(changed) => (
            "changed".to_owned(),
            format!("{} on {}", changed.principal.name, changed.target),
        ),
        EventBody::SessionClosed(closed) => ("closed".to_owned(), closed.reason.clone()),
        EventBody::ActionIntent(intent) => (effect(intent, effects).to_owned(), text_of(intent)),
        EventBody::ActionOutcome(outcome) => describe_outcome(outcome),
        EventBody::ActionRefused(refused) => describe_refused(refused),
        EventBody::Review(step) => describe_review(step),
        EventBody::ProtocolViolation { detail, .. } => {
            ("protocol violation".to_owned(), detail.clone())
        }
        EventBody::ToolDefinitionChanged(change) => (
            if change.before.is_some() {
                "tool changed"
            } else {
                "tool pinned"
            }
            .to_owned(),
            format!("{} of {} on {}", change.tool, change.server, change.target),
        ),
    }
}

/// What was decided in full, by action: later ones refer to it.
type Effects = HashMap<ActionId, &'static str>;

fn effect(intent: &ActionIntent, effects: &mut Effects) -> &'static str {
    let decision = match &intent.decision {
        DecisionRecord::Full(decision) => decision,
        DecisionRecord::SameAs(earlier) => return effects.get(earlier).unwrap_or(&"as before"),
    };
    let effect = match decision.effect {
        Effect::Allow => "allow",
        Effect::Mask => "mask",
        Effect::Review => "approved",
        Effect::Deny => "deny",
    };
    effects.insert(intent.action_id, effect);
    effect
}

fn text_of(intent: &ActionIntent) -> String {
    intent.operation.text.to_string()
}

fn describe_outcome(outcome: &ActionOutcome) -> (String, String) {
    let status = match outcome.status {
        OutcomeStatus::Completed => "completed",
        OutcomeStatus::Failed => "failed",
        OutcomeStatus::Limited => "limited",
        OutcomeStatus::Interrupted => "interrupted",
    };
    let masked: u64 = outcome.masked.iter().map(|one| one.count).sum();
    let mut words = match &outcome.response {
        Some(response) => answered(response),
        None => vec![format!("{} rows", outcome.rows)],
    };
    words.extend(outcome.tags.iter().cloned());
    if masked > 0 {
        words.push(format!("{masked} values masked"));
    }
    if let Some(sqlstate) = &outcome.sqlstate {
        words.push(format!("SQLSTATE {sqlstate}"));
    }
    (status.to_owned(), words.join(", "))
}

/// Of what is not SQL there are no rows; of a model there are tokens.
fn answered(response: &RecordedResponse) -> Vec<String> {
    let status = response.status.map(|status| format!("status {status}"));
    let usage = response.usage.as_ref();
    let tokens =
        usage.map(|usage| format!("{} tokens asked, {} answered", usage.input, usage.output));
    status.into_iter().chain(tokens).collect()
}

fn describe_refused(refused: &ActionRefused) -> (String, String) {
    (
        refused.code.clone(),
        format!("{} — {}", refused.operation.text, refused.reason),
    )
}

fn describe_review(step: &ReviewStep) -> (String, String) {
    let state = serde_json::to_value(step.state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default();
    let mut words = vec![step.review_id.short()];
    if let Some(person) = &step.decided_by {
        words.push(format!("by {person}"));
    }
    if let Some(comment) = &step.comment {
        words.push(comment.clone());
    }
    (format!("review {state}"), words.join(" "))
}
