//! `POST /oauth/token`.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{
    assertion, authorize, device,
    error::TokenError,
    exchange,
    form::Form,
    issue::{self, Holder, Wanted},
};
use crate::{auth::ClientAddress, state::AppState};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Gives a token, by the grant type that the request names.
pub async fn token(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    form: Form,
) -> Result<Response, TokenError> {
    state.token_requests.check(&address, state.now())?;
    let answer = match form.need("grant_type")? {
        EXCHANGE => exchange::exchange(&state, &form).await?,
        "client_credentials" => client_credentials(&state, &form).await?,
        authorize::GRANT_TYPE => authorize::authorization_code(&state, &form).await?,
        device::GRANT_TYPE => device::device_code(&state, &form).await?,
        _ => {
            return Err(TokenError::new(
                "unsupported_grant_type",
                "The metadata at /.well-known/oauth-authorization-server names the grant types.",
            ));
        }
    };
    let mut response = axum::Json(answer).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// A credential for a principal that signs for itself.
async fn client_credentials(
    state: &AppState,
    form: &Form,
) -> Result<serde_json::Value, TokenError> {
    let wanted = Wanted::read(state, form).await?;
    let principal = assertion::identify(state, form).await?;
    let holder = Holder {
        proof: "its key".to_owned(),
        principal,
        human: None,
        until: None,
        api_token: None,
        via: "private_key",
    };
    issue::issue(state, holder, wanted).await
}
