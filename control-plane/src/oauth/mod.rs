//! Credentials for principals by the standards that their libraries speak: the token endpoint
//! (RFC 6749) with token exchange (RFC 8693) and clients' assertions (RFC 7523), revocation
//! (RFC 7009), keys (RFC 7517), metadata (RFC 8414) and, for MCP clients, registration (RFC 7591). Outside `/api/v1`, since the standards say
//! what requests and refusals look like.

mod assertion;
pub mod authorize;
mod behalf;
pub mod device;
mod error;
mod exchange;
mod form;
mod grants;
mod issue;
pub mod jwk;
mod jws;
mod key_sets;
mod mcp;
mod metadata;
pub mod mint;
pub mod own;
mod revoke;
mod rules;
mod token;
mod workload;

use axum::{
    Router,
    routing::{get, post},
};
use countersign_model::PrincipalId;
use countersign_store::NewAuditEvent;
use serde_json::Value;

pub use key_sets::KeySets;

use crate::{api::service::dto::LiveMessage, api_error::ApiError, state::AppState};

/// Where tokens are asked for.
pub const ENDPOINT: &str = "/oauth/token";

/// The routes.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(ENDPOINT, post(token::token))
        .route("/oauth/register", post(mcp::register))
        .route("/oauth/revoke", post(revoke::revoke))
        .route(
            "/oauth/device_authorization",
            post(device::device_authorization),
        )
        .route("/oauth/jwks.json", get(metadata::jwks))
        .route(
            "/.well-known/oauth-authorization-server",
            get(metadata::authorization_server),
        )
}

/// Tells dashboards that something of a principal changed.
fn announce(state: &AppState, principal: PrincipalId) {
    state.live.announce(LiveMessage::Principal {
        id: principal.as_uuid(),
    });
}

/// Records an event of the control plane's own.
pub async fn audit(
    state: &AppState,
    kind: &str,
    actor: Option<String>,
    subject: Option<String>,
    detail: Value,
) -> Result<(), ApiError> {
    let event = NewAuditEvent {
        kind: kind.to_owned(),
        actor,
        subject,
        detail,
    };
    state.store.record_audit(event, state.now()).await?;
    Ok(())
}
