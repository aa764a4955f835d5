//! What clients find out by themselves: keys and endpoints.

use axum::extract::State;
use countersign_ledger::{
    jwk::{Jwk, JwkSet},
    keys::VerifyingKey,
};
use serde_json::{Value, json};

use super::ENDPOINT;
use crate::{api_error::ApiError, state::AppState};

/// `GET /oauth/jwks.json`: the keys with which credentials are signed, those that only still verify
/// included.
pub async fn jwks(State(state): State<AppState>) -> Result<axum::Json<JwkSet>, ApiError> {
    let records = state.store.token_keys(state.now()).await?;
    let keys = records.iter().map(|record| {
        let key: VerifyingKey = record.key.key.parse()?;
        Ok(Jwk::from(&key))
    });
    let keys = keys
        .collect::<Result<_, countersign_ledger::keys::KeyError>>()
        .map_err(ApiError::internal)?;
    Ok(axum::Json(JwkSet { keys }))
}

/// `GET /.well-known/oauth-authorization-server` (RFC 8414).
pub async fn authorization_server(State(state): State<AppState>) -> axum::Json<Value> {
    let base = &state.base_url;
    axum::Json(json!({
        "issuer": base,
        "token_endpoint": format!("{base}{ENDPOINT}"),
        "authorization_endpoint": format!("{base}/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth/device_authorization"),
        "registration_endpoint": format!("{base}/oauth/register"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "jwks_uri": format!("{base}/oauth/jwks.json"),
        "response_types_supported": ["code"],
        "grant_types_supported": [
            "authorization_code",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "service_documentation": format!("{base}/docs"),
    }))
}
