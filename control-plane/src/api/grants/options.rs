//! What the caller may ask for, so that a form can offer it to people who read nothing else.

use axum::extract::State;
use countersign_model::PrincipalKind;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG,
    dto::{GrantOptions, GrantPrincipalOption, GrantTargetOption},
    party,
    request::MAX_SECONDS,
};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::SignedIn},
    state::AppState,
};

/// Targets and principals that are offered.
const MOST: u64 = 1000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_grant_options))
}

/// What the caller may ask for, and for whom.
#[utoipa::path(
    get,
    path = "/grants/options",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((status = 200, description = "Targets and principals", body = GrantOptions)),
)]
pub async fn get_grant_options(
    State(state): State<AppState>,
    caller: Caller<SignedIn>,
) -> Result<axum::Json<GrantOptions>, ApiError> {
    let user = caller.user;
    let targets = state.store.targets(None, MOST).await?;
    let principals = state.store.principals(None, MOST, state.now()).await?;
    let principals = principals.into_iter().map(|record| record.principal);
    let mut own = GrantPrincipalOption {
        id: None,
        name: user.email.clone(),
        kind: PrincipalKind::Human,
    };
    let mut owned = Vec::new();
    for principal in principals {
        if principal.kind == PrincipalKind::Human && principal.name == user.email {
            own.id = Some(principal.id);
        } else if party::owns(&user, &principal) {
            owned.push(GrantPrincipalOption {
                id: Some(principal.id),
                name: principal.name,
                kind: principal.kind,
            });
        }
    }
    owned.insert(0, own);
    let targets = targets.into_iter().map(|record| GrantTargetOption {
        id: record.target.id,
        name: record.target.name,
        kind: record.target.kind,
        labels: record.target.labels,
        access: record.target.access,
    });
    Ok(axum::Json(GrantOptions {
        targets: targets.collect(),
        principals: owned,
        max_duration_seconds: MAX_SECONDS,
    }))
}
