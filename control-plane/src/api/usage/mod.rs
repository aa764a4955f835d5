//! What models were asked for, in tokens, as their providers counted them.

pub mod dto;
pub mod prices;

use axum::extract::State;
use countersign_model::Timestamp;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    dto::{UsageQuery, UsageReport},
    prices::Prices,
};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Reader},
    extract::Query,
    state::AppState,
};

const TAG: &str = "usage";

/// Groups that a report tells.
const MOST_GROUPS: u64 = 200;

/// How far a report reaches back where nobody says.
const SPAN_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_usage))
}

/// Tokens since a time, by principal, target, model or grant, and what they cost where prices are known.
#[utoipa::path(
    get,
    path = "/usage",
    tag = TAG,
    params(UsageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Tokens", body = UsageReport)),
)]
pub async fn get_usage(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(query): Query<UsageQuery>,
) -> Result<axum::Json<UsageReport>, ApiError> {
    let earliest = || Timestamp::from_millis(state.now().as_millis() - SPAN_MILLIS);
    let since = query.since.unwrap_or_else(earliest);
    let by = query.group_by.into();
    let total = state.store.usage_total(since).await?;
    let groups = state.store.usage(by, since, MOST_GROUPS).await?;
    let mut report = UsageReport {
        since,
        group_by: query.group_by,
        total: total.into(),
        groups: groups.into_iter().map(Into::into).collect(),
    };
    let prices = Prices::bound(&state).await?;
    if !prices.is_empty() {
        let usage = state.store.usage_by_model(by, since).await?;
        let costs = prices.by_key(&usage);
        for group in &mut report.groups {
            group.totals.cost_micro_dollars = costs.get(&group.key).copied().flatten();
        }
        let sum = |sum: u64, cost: Option<u64>| Some(sum.saturating_add(cost?));
        report.total.cost_micro_dollars = costs.into_values().try_fold(0, sum);
    }
    Ok(axum::Json(report))
}
