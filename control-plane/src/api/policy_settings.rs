//! How policies may be changed.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use countersign_store::{CounterSplit, Edit, PolicySettings, Proposed};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::policy_changes::{self, dto::PendingChange};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Admin, Reader},
    },
    extract::Json,
    state::AppState,
};

const TAG: &str = "policy changes";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_policy_settings, update_policy_settings))
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePolicySettings {
    /// Whether a change by an admin waits for another admin.
    pub require_approval: Option<bool>,
    /// How sliding windows count where several edges share a limit.
    pub counter_split: Option<CounterSplit>,
    /// Why, up to 2,000 characters.
    #[serde(default)]
    pub comment: String,
}

/// How policies may be changed.
#[utoipa::path(
    get,
    path = "/policy_settings",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The settings", body = PolicySettings)),
)]
pub async fn get_policy_settings(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
) -> Result<axum::Json<PolicySettings>, ApiError> {
    Ok(axum::Json(state.store.policy_settings().await?))
}

/// Changes how policies may be changed. Where approvals are required, so is one for this.
#[utoipa::path(
    patch,
    path = "/policy_settings",
    tag = TAG,
    request_body = UpdatePolicySettings,
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 200, description = "The settings", body = PolicySettings),
        (status = 202, description = "The change waits for another admin", body = PendingChange),
    ),
)]
pub async fn update_policy_settings(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Json(body): Json<UpdatePolicySettings>,
) -> Result<Response, ApiError> {
    let before = state.store.policy_settings().await?;
    let settings = PolicySettings {
        require_approval: body.require_approval.unwrap_or(before.require_approval),
        counter_split: body.counter_split.unwrap_or(before.counter_split),
    };
    let edit = Edit::Settings(settings);
    match policy_changes::propose(&state, caller.user.id, edit, body.comment).await? {
        Proposed::Pending(record) => Ok(policy_changes::pending(record)),
        Proposed::Applied(_) | Proposed::Unchanged => {
            let settings = state.store.policy_settings().await?;
            Ok(axum::Json(settings).into_response())
        }
    }
}
