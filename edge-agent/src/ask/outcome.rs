//! How an action ended that was asked about.

use std::sync::Arc;

use countersign_model::{ActionId, OutcomeStatus};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{bad_request, body, open::Owner, question::Resource};
use crate::{
    http::{Closed, Request, Shared, ask_session, fault::Fault, response::Response},
    pipeline::Outcome,
};

/// A report.
#[derive(Debug, Deserialize)]
struct Report {
    /// The action's id, as the answer had it.
    #[serde(default)]
    id: Option<ActionId>,
    /// Or its `context.key`; then with `resource`.
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    resource: Option<Resource>,
    status: Status,
    /// What the action's own protocol says of it, such as an exit code or an HTTP status.
    #[serde(default)]
    status_code: Option<u16>,
    /// What came back, as text; kept masked and cut.
    #[serde(default)]
    output: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Completed,
    Failed,
    Interrupted,
}

impl From<Status> for OutcomeStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Completed => Self::Completed,
            Status::Failed => Self::Failed,
            Status::Interrupted => Self::Interrupted,
        }
    }
}

/// Records how an action ended.
pub(super) async fn report(shared: &Arc<Shared>, request: &Request) -> Result<Response, Fault> {
    let report: Report = body(&request.body)?;
    let named = report.resource.as_ref().map(|resource| resource.id.clone());
    let target = match (report.id, named) {
        (Some(id), named) => shared.asked.target(id).or(named).ok_or_else(unknown)?,
        (None, Some(named)) if report.key.is_some() => named,
        _ => {
            let message = "a report names the action's `id`, or its `key` and `resource`";
            return Err(bad_request(message));
        }
    };
    let mut session = match ask_session(shared, request, &target) {
        Ok(session) => session,
        Err(Closed::Fault(fault)) => return Err(fault),
        Err(Closed::Refused(refused)) => {
            tokio::time::sleep(refused.delay).await;
            return Err(Fault::from(&refused));
        }
    };
    let owner = Owner::of(&session);
    let taken = shared.asked.take(&owner, report.id, report.key.as_deref());
    let running = taken.ok_or_else(unknown)?;
    let action = running.action_id();
    let mut outcome = Outcome::new(report.status.into());
    if report.output.is_some() || report.status_code.is_some() {
        let mut kept = shared.keeper.keep(StatusCode::OK, report.output.as_deref());
        kept.status = report.status_code;
        outcome.response = Some(Arc::new(kept));
    }
    session.record_outcome(running, outcome);
    Ok(Response::json(StatusCode::OK, &json!({"id": action})))
}

fn unknown() -> Fault {
    let message = "no such action of this principal waits for its outcome";
    Fault::new(StatusCode::NOT_FOUND, "unknown_action", message)
}
