//! The edge that calls.

use std::time::Duration;

use axum::{extract::FromRequestParts, http::request::Parts};
use countersign_ledger::{keys::VerifyingKey, token};
use countersign_model::EdgeId;
use countersign_store::EdgeKeys;

use super::caller::bearer;
use crate::{api::locks, api_error::ApiError, state::AppState};

/// How long the key before the last rotation is accepted: for requests that were under way, and for
/// an edge that has not heard yet that it has a new one.
const OVERLAP: Duration = Duration::from_secs(120);

/// An enrolled edge that was not revoked, shown by a token that its own key signed.
#[derive(Debug, Clone)]
pub struct EdgeCaller {
    /// Which.
    pub id: EdgeId,
    /// The public half of the key that signed, base64.
    pub key: String,
}

impl FromRequestParts<AppState> for EdgeCaller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        // One answer for every failure: who guesses learns nothing.
        let refused = || ApiError::unauthenticated("The edge's token is not accepted.");
        let text = bearer(&parts.headers)?.ok_or_else(refused)?;
        let id = token::peek_edge_id(text).map_err(|_| refused())?;
        let EdgeKeys { current, previous } =
            state.store.edge_keys(id).await?.ok_or_else(refused)?;
        let now = state.now();
        let signed_by = |key: &str| -> Result<bool, ApiError> {
            let key: VerifyingKey = key.parse().map_err(ApiError::internal)?;
            let verified = token::verify_edge_token(&key, text, now);
            if let Err(error) = &verified {
                tracing::info!(edge.id = %id, %error, "edge token refused");
            }
            Ok(verified.is_ok())
        };
        if signed_by(&current)? {
            return Ok(Self { id, key: current });
        }
        let Some((previous, rotated_at)) = previous else {
            return Err(refused());
        };
        if !signed_by(&previous)? {
            return Err(refused());
        }
        if now < rotated_at.after(OVERLAP) {
            return Ok(Self { id, key: previous });
        }
        // The edge itself had the new key before this one was replaced: this is a copy of it.
        if let Some(lock) = state.store.lock_old_key(id, now).await? {
            tracing::warn!(edge.id = %id, "a former key of an edge was used; the edge is locked");
            locks::announce(state, &lock);
        }
        Err(refused())
    }
}
