//! Authors' signatures on versions: edges may require one.

use axum::{extract::State, http::StatusCode};
use countersign_ledger::author::verify_version;
use countersign_model::{AuthorSignature, PolicyVersionId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{TAG, dto::PolicyVersion};
use crate::{
    api::service::dto::LiveMessage,
    api_error::ApiError,
    auth::{Caller, access::Author},
    extract::{Json, Path},
    state::AppState,
};

/// Signatures that a version may have.
const MAX_SIGNATURES: usize = 16;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(sign_policy_version))
}

/// Adds an author's signature to a version: Ed25519 over `countersign-policy-v1`, a line break and
/// the version's digest in hex. One that does not fit the version is refused.
#[utoipa::path(
    post,
    path = "/policy_versions/{id}/signatures",
    tag = TAG,
    params(("id" = PolicyVersionId, Path, description = "Which")),
    request_body = AuthorSignature,
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses((status = 201, description = "The version", body = PolicyVersion)),
)]
pub async fn sign_policy_version(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Path(id): Path<PolicyVersionId>,
    Json(body): Json<AuthorSignature>,
) -> Result<(StatusCode, axum::Json<PolicyVersion>), ApiError> {
    let version = state.store.policy_version(id).await?;
    let key = verify_version(&body, &version.digest).ok_or_else(|| {
        ApiError::invalid(
            "invalid_signature",
            "The signature is not by this key over this version.",
        )
    })?;
    if version.signatures.len() >= MAX_SIGNATURES {
        return Err(ApiError::conflict(
            "too_many_signatures",
            format!("A version may have {MAX_SIGNATURES} signatures."),
        ));
    }
    // The key in its one canonical form, so that nobody signs twice by writing it otherwise.
    let signature = AuthorSignature {
        key: key.to_string(),
        signature: body.signature,
    };
    state
        .store
        .sign_version(id, signature, caller.user.id, state.now())
        .await?;
    state.live.announce(LiveMessage::Policy {
        id: version.policy_id.as_uuid(),
    });
    let version = state.store.policy_version(id).await?;
    Ok((StatusCode::CREATED, axum::Json(version.into())))
}
