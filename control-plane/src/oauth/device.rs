//! Signing in a program where there is no browser: it shows a short code, the person types it into
//! the dashboard elsewhere, and the program asks until they have (RFC 8628).

use std::time::Duration;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_store::{DevicePoll, NewDeviceLogin};
use rand::TryRng as _;
use serde_json::{Value, json};

use super::{
    authorize::{self, answer, new_token},
    error::TokenError,
    form::Form,
};
use crate::{
    api_error::ApiError,
    auth::ClientAddress,
    secret::{DEVICE_CODE, NoRandomness, Secret, sha256},
    state::AppState,
};

/// The grant type that a waiting program asks with.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How long a person may take.
const LIFETIME: Duration = Duration::from_secs(600);

/// Seconds between a program's questions.
const INTERVAL: u16 = 5;

/// Letters that nobody mistakes for others, and that make no words.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Letters of a code: 20^8 codes, of which one in minutes is right, behind a limit on tries.
const CODE_LETTERS: usize = 8;

/// `POST /oauth/device_authorization`: a program begins to wait.
pub async fn device_authorization(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    form: Form,
) -> Result<Response, TokenError> {
    let now = state.now();
    state.sign_ins.check(&address, now)?;
    let client_id = form.need("client_id")?;
    if !authorize::is_known(client_id) {
        return Err(TokenError::new(
            "invalid_client",
            "The program is not known.",
        ));
    }
    let device = Secret::generate(DEVICE_CODE).map_err(ApiError::from)?;
    let user_code = user_code().map_err(ApiError::from)?;
    let new = NewDeviceLogin {
        device_sha256: device.sha256,
        user_code_sha256: code_sha256(&user_code),
        client_id: client_id.to_owned(),
        interval_seconds: INTERVAL,
        expires_at: now.after(LIFETIME),
    };
    state.store.create_device_login(new, now).await?;
    let page = format!("{}/device", state.base_url);
    let body = json!({
        "device_code": device.text,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": LIFETIME.as_secs(),
        "interval": INTERVAL,
    });
    Ok((
        StatusCode::OK,
        [(header::CACHE_CONTROL, "no-store")],
        axum::Json(body),
    )
        .into_response())
}

/// A waiting program asks: the token endpoint's part.
pub async fn device_code(state: &AppState, form: &Form) -> Result<Value, TokenError> {
    let device = sha256(form.need("device_code")?);
    let client_id = form.need("client_id")?;
    let (secret, token) = new_token(state)?;
    let polled = state
        .store
        .poll_device_login(&device, client_id, token, state.now())
        .await?;
    match polled {
        DevicePoll::Token(token) => answer(state, secret, *token, "device").await,
        DevicePoll::Pending => Err(TokenError::new(
            "authorization_pending",
            "The person has not decided yet.",
        )),
        DevicePoll::SlowDown => Err(TokenError::new("slow_down", "Ask five seconds less often.")),
        DevicePoll::Denied => Err(TokenError::new("access_denied", "The person said no.")),
        DevicePoll::Expired => Err(TokenError::new(
            "expired_token",
            "The person did not decide in time.",
        )),
        DevicePoll::Unknown => Err(TokenError::invalid_grant(
            "The code is unknown or used, or the person's session is over.",
        )),
    }
}

/// What is stored of a code, however it was typed.
pub fn code_sha256(typed: &str) -> String {
    let letters: String = typed
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    sha256(&format!("device-user-code\n{letters}"))
}

/// A new code, such as `WDJB-MJHT`.
fn user_code() -> Result<String, NoRandomness> {
    let mut code = String::with_capacity(CODE_LETTERS + 1);
    while code.len() < CODE_LETTERS + 1 {
        let mut bytes = [0_u8; 1];
        rand::rngs::SysRng
            .try_fill_bytes(&mut bytes)
            .map_err(|_| NoRandomness)?;
        // Bytes beyond the last whole round would make the first letters likelier.
        let [byte] = bytes;
        if byte >= 240 {
            continue;
        }
        if code.len() == CODE_LETTERS / 2 {
            code.push('-');
        }
        let letter = LETTERS.get(usize::from(byte) % LETTERS.len());
        code.extend(letter.map(|letter| char::from(*letter)));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = user_code().unwrap();
        assert_eq!(code.len(), 9, "{code}");
        assert_eq!(code.find('-'), Some(4), "{code}");
        let typed = code.replace('-', " ").to_lowercase();
        assert_eq!(code_sha256(&typed), code_sha256(&code));
        assert_ne!(code_sha256("BCDF-GHJK"), code_sha256("BCDF-GHJL"));
    }
}
