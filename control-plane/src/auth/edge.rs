//! The edge that calls.

use axum::{extract::FromRequestParts, http::request::Parts};
use countersign_ledger::{keys::VerifyingKey, token};
use countersign_model::EdgeId;

use super::caller::bearer;
use crate::{api_error::ApiError, state::AppState};

/// An enrolled edge that was not revoked, shown by a token that its own key signed.
#[derive(Debug, Clone, Copy)]
pub struct EdgeCaller {
    /// Which.
    pub id: EdgeId,
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
        let key = state.store.edge_key(id).await?.ok_or_else(refused)?;
        let key: VerifyingKey = key.parse().map_err(ApiError::internal)?;
        token::verify_edge_token(&key, text, state.now()).map_err(|error| {
            tracing::info!(edge.id = %id, %error, "edge token refused");
            refused()
        })?;
        Ok(Self { id })
    }
}
