//! What happened to a grant, kept with the change that made it happen.

use countersign_model::{GrantState, Timestamp};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::GrantRecord;
use crate::{NewAuditEvent, StoreError, audit};

/// A step of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Somebody asked for it.
    Requested,
    /// Somebody approved, and more people must.
    Endorsed,
    /// An admin took it.
    BreakGlass,
    /// It came to where it stands now.
    Came,
}

fn kind(step: Step, state: GrantState) -> &'static str {
    match (step, state) {
        (Step::Endorsed, _) => "grant.endorsed",
        (Step::BreakGlass, _) => "grant.break_glass",
        (Step::Requested, _) | (Step::Came, GrantState::Requested) => "grant.requested",
        (Step::Came, GrantState::Active) => "grant.approved",
        (Step::Came, GrantState::Denied) => "grant.denied",
        (Step::Came, GrantState::Withdrawn) => "grant.withdrawn",
        (Step::Came, GrantState::Revoked) => "grant.revoked",
        (Step::Came, GrantState::Completed) => "grant.completed",
        (Step::Came, GrantState::Expired) => "grant.expired",
    }
}

/// Keeps a step. Who did it is nobody where a policy or the clock did.
pub(super) async fn keep<C: ConnectionTrait>(
    connection: &C,
    grant: &GrantRecord,
    step: Step,
    actor: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let targets: Vec<&str> = grant.targets.iter().map(|t| t.name.as_str()).collect();
    let event = NewAuditEvent {
        kind: kind(step, grant.state).to_owned(),
        actor: actor.map(str::to_owned),
        subject: Some(grant.id.to_string()),
        detail: json!({
            "principal": grant.holder.name,
            "on_behalf_of": grant.on_behalf_of,
            "targets": targets,
            "operations": grant.operations,
            "task": grant.task,
            "duration_seconds": grant.duration_seconds,
            "expires_at": grant.expires_at,
            "extends": grant.extends,
            "break_glass": grant.break_glass,
            "reason": grant.end_reason.as_deref().unwrap_or(&grant.reason),
        }),
    };
    audit::insert(connection, event, now).await.map(drop)
}
