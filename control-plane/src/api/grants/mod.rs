//! Grants: asking for access, deciding it, ending it.

mod authority;
pub mod counts;
mod credentials;
mod decide;
pub mod dto;
mod end;
mod judge;
mod options;
pub mod party;
mod request;
mod view;

use axum::extract::State;
use countersign_model::GrantId;
use countersign_store::{GrantQuery, GrantRecord};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    dto::{GrantFilter, GrantView},
    party::Party,
};
use super::{Page, PageQuery, service::dto::LiveMessage};
use crate::{
    api_error::ApiError,
    auth::Actor,
    extract::{Path, Query},
    state::AppState,
};

const TAG: &str = "grants";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_grants))
        .routes(routes!(get_grant))
        .merge(options::router())
        .merge(request::router())
        .merge(decide::router())
        .merge(end::router())
        .merge(credentials::router())
}

/// Grants and requests for them, newest first.
#[utoipa::path(
    get,
    path = "/grants",
    tag = TAG,
    params(PageQuery, GrantFilter),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member", "principal"]))),
    responses((status = 200, description = "Grants", body = Page<GrantView>)),
)]
pub async fn list_grants(
    State(state): State<AppState>,
    actor: Actor,
    Query(page): Query<PageQuery>,
    Query(filter): Query<GrantFilter>,
) -> Result<axum::Json<Page<GrantView>>, ApiError> {
    let party = Party::from(actor);
    let mut query = GrantQuery {
        state: filter.state,
        of: (filter.mine || !party.reads_all()).then(|| party.query()),
        before: page.key()?,
        ..GrantQuery::default()
    };
    if let Some(name) = &filter.principal {
        match state.store.principal_named(name, state.now()).await? {
            Some(record) => query.principal_id = Some(record.principal.id),
            None => return Ok(axum::Json(Page::whole(Vec::new()))),
        }
    }
    if let Some(name) = filter.target {
        match state.store.targets_by_name(vec![name]).await?.pop() {
            Some(record) => query.target_id = Some(record.target.id),
            None => return Ok(axum::Json(Page::whole(Vec::new()))),
        }
    }
    let records = state.store.grants(query, page.limit_and_one()).await?;
    let page = page.cut(records, |record| record.id);
    let now = state.now();
    Ok(axum::Json(
        page.map(|record| view::view(record, &party, now)),
    ))
}

/// One grant. Members and principals see no others than their own.
#[utoipa::path(
    get,
    path = "/grants/{id}",
    tag = TAG,
    params(("id" = GrantId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member", "principal"]))),
    responses((status = 200, description = "The grant", body = GrantView)),
)]
pub async fn get_grant(
    State(state): State<AppState>,
    actor: Actor,
    Path(id): Path<GrantId>,
) -> Result<axum::Json<GrantView>, ApiError> {
    let party = Party::from(actor);
    let record = find(&state, &party, id).await?;
    Ok(axum::Json(view::view(record, &party, state.now())))
}

/// A grant that the caller may know of.
async fn find(state: &AppState, party: &Party, id: GrantId) -> Result<GrantRecord, ApiError> {
    let record = state.store.grant(id).await?;
    if party.reads_all() || party.is_behind(&record) {
        Ok(record)
    } else {
        Err(ApiError::not_found("grant"))
    }
}

/// Tells dashboards that a grant changed. The record of it was kept with the change.
pub fn announce(state: &AppState, grant: &GrantRecord) {
    let id = grant.id.as_uuid();
    state.live.announce(LiveMessage::Grant { id });
    tracing::info!(grant.id = %grant.id, state = grant.state.as_str(), "grant changed");
}
