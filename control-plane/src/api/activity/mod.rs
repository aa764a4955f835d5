//! What policies do on the edges.

pub mod dto;

use axum::extract::State;
use countersign_model::{BoundPolicyStatus, PolicyId, Timestamp};
use countersign_store::EdgeRecord;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{ActivityMinute, EdgeReadiness, PolicyActivity};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Reader},
    extract::Path,
    state::AppState,
};

const TAG: &str = "policies";

/// Edges whose reports are read.
const EDGES: u64 = 1000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_policy_activity))
}

/// What a policy did lately: decisions a minute by verdict, time, failures, and how far each edge
/// is with its versions.
#[utoipa::path(
    get,
    path = "/policies/{id}/activity",
    tag = TAG,
    params(("id" = PolicyId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "What it did", body = PolicyActivity)),
)]
pub async fn get_policy_activity(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<PolicyId>,
) -> Result<axum::Json<PolicyActivity>, ApiError> {
    let policy = state.store.policy(id).await?.name;
    let mut edges = state.store.edges(None, EDGES).await?;
    edges.retain(|edge| edge.revoked_at.is_none());
    let minutes = state.activity.minutes(&policy, state.now());
    let per_minute = minutes
        .into_iter()
        .map(|(at, counts)| ActivityMinute { at, counts })
        .collect();
    let reports: Vec<(&EdgeRecord, &BoundPolicyStatus, Timestamp)> = edges
        .iter()
        .filter_map(|edge| edge.status.as_ref().map(|(status, at)| (edge, status, *at)))
        .flat_map(|(edge, status, at)| status.policies.iter().map(move |p| (edge, p, at)))
        .filter(|(_, report, _)| report.policy == policy)
        .collect();
    let mut medians: Vec<u32> = reports
        .iter()
        .map(|(_, report, _)| report.p50_us)
        .filter(|micros| *micros > 0)
        .collect();
    medians.sort_unstable();
    let newest_failure = reports
        .iter()
        .filter(|(_, report, _)| report.last_failure.is_some())
        .max_by_key(|(_, _, at)| *at);
    Ok(axum::Json(PolicyActivity {
        per_minute,
        p50_us: medians.get(medians.len() / 2).copied().unwrap_or(0),
        p99_us: reports.iter().map(|(_, r, _)| r.p99_us).max().unwrap_or(0),
        failures: reports.iter().map(|(_, report, _)| report.failures).sum(),
        last_failure: newest_failure.and_then(|(_, report, _)| report.last_failure.clone()),
        edges: reports.into_iter().map(readiness).collect(),
    }))
}

fn readiness((edge, report, at): (&EdgeRecord, &BoundPolicyStatus, Timestamp)) -> EdgeReadiness {
    EdgeReadiness {
        edge_id: edge.id,
        edge: edge.name.clone(),
        binding_id: report.binding_id,
        stage: report.stage,
        readiness: report.readiness,
        version: report.version,
        wanted_version: report.wanted_version,
        decisions: report.decisions,
        error: report.error.clone(),
        reported_at: at,
    }
}
