//! Credentials that are bound to a grant.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use countersign_model::{GrantId, GrantState, PrincipalId, PrincipalKind, Timestamp};
use countersign_store::GrantRecord;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG,
    dto::{CreateGrantCredential, GrantCredential},
    find,
    party::Party,
};
use crate::{
    api::locks,
    api_error::ApiError,
    auth::Actor,
    extract::{Json, Path},
    oauth::mint::{DEFAULT_LIFETIME, NewToken},
    state::AppState,
};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create_grant_credential))
}

/// Makes a credential for what the grant allows, for an hour or what is left of the grant. For its
/// holder, and for the human on whose behalf it is held: no admin can have it.
#[utoipa::path(
    post,
    path = "/grants/{id}/credentials",
    tag = TAG,
    params(("id" = GrantId, Path, description = "Which")),
    request_body = CreateGrantCredential,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member", "principal"]))),
    responses((status = 201, description = "The credential", body = GrantCredential)),
)]
pub async fn create_grant_credential(
    State(state): State<AppState>,
    actor: Actor,
    Path(id): Path<GrantId>,
    Json(body): Json<CreateGrantCredential>,
) -> Result<(StatusCode, axum::Json<GrantCredential>), ApiError> {
    let party = Party::from(actor);
    let now = state.now();
    let grant = find(&state, &party, id).await?;
    if !party.may_use(&grant) {
        return Err(ApiError::forbidden(
            "not_yours",
            "You neither hold this grant, nor is it held on your behalf.",
        ));
    }
    if body.principal.is_some_and(|name| name != grant.holder.name) {
        return Err(ApiError::invalid_field("/principal", "must be the holder"));
    }
    locks::check(&state, &grant.holder, None).await?;
    let human = human(&state, &grant, now).await?;
    let end = end(&grant, now)?;
    let minted = state
        .mint_credential(NewToken {
            principal: grant.holder.id,
            human,
            grant: Some(grant.id),
            targets: grant.targets.iter().map(|target| target.id).collect(),
            api: false,
            lifetime: DEFAULT_LIFETIME.min(Duration::from_secs(grant.duration_seconds)),
            not_after: Some(end),
            once: body.once,
            api_token: None,
            via: "grant",
        })
        .await?;
    tracing::info!(grant.id = %id, credential.id = %minted.id, "credential made for a grant");
    let credential = GrantCredential {
        credential: minted.credential,
        expires_at: minted.expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(credential)))
}

/// When the grant ends; one that is not in force gives no credentials.
fn end(grant: &GrantRecord, now: Timestamp) -> Result<Timestamp, ApiError> {
    let end = grant.expires_at.filter(|end| *end > now);
    end.filter(|_| grant.state == GrantState::Active)
        .ok_or_else(|| ApiError::conflict("not_active", "The grant is not in force."))
}

/// The principal of the human on whose behalf the grant is held.
async fn human(
    state: &AppState,
    grant: &GrantRecord,
    now: Timestamp,
) -> Result<Option<PrincipalId>, ApiError> {
    let Some(name) = &grant.on_behalf_of else {
        return Ok(None);
    };
    // The operator says that the holder always acts for them: no credential has to.
    if grant.holder.on_behalf_of.as_ref() == Some(name) {
        return Ok(None);
    }
    if let Some(user) = state.store.user_by_email(name).await?
        && user.disabled_at.is_none()
    {
        let record = state.store.ensure_human_principal(&user, now).await?;
        return Ok(Some(record.principal.id));
    }
    let found = state.store.principal_named(name, now).await?;
    let human = found.filter(|record| record.principal.kind == PrincipalKind::Human);
    match human {
        Some(human) => Ok(Some(human.principal.id)),
        None => Err(ApiError::conflict(
            "unknown_human",
            "The human on whose behalf it is held is not known here any more.",
        )),
    }
}
