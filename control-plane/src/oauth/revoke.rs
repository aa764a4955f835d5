//! `POST /oauth/revoke` (RFC 7009). Whoever holds a token may end it; nobody learns whether it was
//! one.

use axum::{extract::State, http::StatusCode};
use countersign_ledger::credential;

use super::{error::TokenError, form::Form, own};
use crate::{
    auth::ClientAddress,
    secret::{API_TOKEN, sha256},
    state::AppState,
};

/// Revokes a token.
pub async fn revoke(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    form: Form,
) -> Result<StatusCode, TokenError> {
    state.token_requests.check(&address, state.now())?;
    let token = form.need("token")?;
    if token.starts_with(credential::PREFIX)
        && let Ok(verified) = own::verify(&state, token).await?
    {
        let id = verified.id();
        let revoked = state.store.revoke_issued_token(id, state.now()).await?;
        if let Some(principal) = revoked {
            super::announce(&state, principal);
            let who = Some(principal.to_string());
            let detail = serde_json::json!({"by": "its holder"});
            super::audit(&state, "token.revoked", who, Some(id.to_string()), detail).await?;
        }
    }
    if token.starts_with(API_TOKEN) {
        // Whose it was is in the event of its making.
        let hash = sha256(token);
        if state
            .store
            .revoke_api_token_by_hash(&hash, state.now())
            .await?
        {
            let detail = serde_json::json!({"by": "its holder"});
            super::audit(&state, "token.revoked", None, None, detail).await?;
        }
    }
    Ok(StatusCode::OK)
}
