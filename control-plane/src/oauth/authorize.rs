//! Signing in a program of the person's own machine by the browser: authorization code with PKCE to
//! a loopback address (RFC 8252). The dashboard asks the person; this gives the code and takes it.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_model::UserId;
use countersign_store::{
    CodeProof, CodeRedeemed, LoginToken, NewAuditEvent, NewAuthorizationCode, NewLoginToken,
};
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{error::TokenError, form::Form, mcp};
use crate::{
    api_error::ApiError,
    secret::{API_TOKEN, AUTHORIZATION_CODE, Secret, sha256},
    state::AppState,
};

/// The grant type that takes a code.
pub const GRANT_TYPE: &str = "authorization_code";

/// The program that signs people in: `countersign login`. It has no secret, since everybody has it.
pub const CLI: &str = "countersign-cli";

/// How long a program signs its person in for.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// How long a code lives: the browser hands it over at once.
const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// What a program asks for.
pub struct Request<'a> {
    /// Which program.
    pub client_id: &'a str,
    /// Where it listens.
    pub redirect_uri: &'a str,
    /// What its verifier hashes to.
    pub code_challenge: &'a str,
    /// What it wants to see again.
    pub state: &'a str,
    /// What an MCP client wants to use: the address of a target at an edge.
    pub resource: Option<&'a str>,
}

/// A program that may sign people in without a browser beside it; there is one.
pub fn is_known(client_id: &str) -> bool {
    client_id == CLI
}

/// Gives the code: the address to send the browser to.
pub async fn authorize(
    state: &AppState,
    request: &Request<'_>,
    user: UserId,
    session: Uuid,
) -> Result<String, ApiError> {
    let (mut url, client_id) = check(request)?;
    let now = state.now();
    let code = Secret::generate(AUTHORIZATION_CODE)?;
    let new = NewAuthorizationCode {
        code_sha256: code.sha256,
        user_id: user,
        web_session_id: session,
        client_id,
        redirect_uri: request.redirect_uri.to_owned(),
        challenge: request.code_challenge.to_owned(),
        expires_at: now.after(CODE_LIFETIME),
    };
    state.store.create_authorization_code(new, now).await?;
    url.query_pairs_mut()
        .append_pair("code", &code.text)
        .append_pair("state", request.state)
        .append_pair("iss", &state.base_url);
    Ok(url.into())
}

/// Checks what the program asks for. The code goes to this machine alone: a redirect to anywhere else
/// would hand it to whoever wrote the link.
fn check(request: &Request<'_>) -> Result<(Url, String), ApiError> {
    if !matches!(request.client_id, CLI | mcp::CLIENT) {
        return Err(ApiError::invalid_field("/client_id", "is no known program"));
    }
    let bound = mcp::bound(request.client_id, request.resource);
    let client_id = bound.ok_or_else(|| {
        ApiError::invalid_field("/resource", "must be the address of a target at an edge")
    })?;
    let url = loopback(request.redirect_uri).ok_or_else(|| {
        ApiError::invalid_field(
            "/redirect_uri",
            "must be http://127.0.0.1:PORT/callback or http://[::1]:PORT/callback",
        )
    })?;
    let challenge = URL_SAFE_NO_PAD.decode(request.code_challenge);
    if challenge.is_ok_and(|bytes| bytes.len() != 32) || request.code_challenge.len() != 43 {
        return Err(ApiError::invalid_field(
            "/code_challenge",
            "must be the SHA-256 of a verifier (S256)",
        ));
    }
    if request.state.is_empty() || request.state.len() > 200 {
        return Err(ApiError::invalid_field(
            "/state",
            "must have 1 to 200 characters",
        ));
    }
    Ok((url, client_id))
}

/// The address, where it is one of this machine: a number, not a name that may lead elsewhere.
pub fn loopback(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    let plain = url.scheme() == "http"
        && url.path() == "/callback"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    (here && plain && url.port().is_some()).then_some(url)
}

/// Takes a code: the token endpoint's part.
pub async fn authorization_code(state: &AppState, form: &Form) -> Result<Value, TokenError> {
    let now = state.now();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form.need("code_verifier")?));
    let code = sha256(form.need("code")?);
    let client_id = form.need("client_id")?;
    let bound = mcp::bound(client_id, form.one("resource")?);
    let bound = bound.ok_or_else(|| {
        TokenError::invalid_grant("The code is unknown, expired, or for another program.")
    })?;
    let proof = CodeProof {
        code_sha256: &code,
        client_id: &bound,
        redirect_uri: form.need("redirect_uri")?,
        challenge: &challenge,
    };
    let (secret, token) = new_token(state)?;
    let redeemed = state
        .store
        .redeem_authorization_code(proof, token, now)
        .await?;
    match redeemed {
        CodeRedeemed::Token(token) if client_id == mcp::CLIENT => {
            mcp::credential(state, &secret, *token, form).await
        }
        CodeRedeemed::Token(token) => answer(state, secret, *token, "browser").await,
        CodeRedeemed::Reused => {
            let event = NewAuditEvent {
                kind: "token.refused".to_owned(),
                actor: None,
                subject: None,
                detail: json!({"by": "code", "detail": "the code was used twice"}),
            };
            state.store.record_audit(event, now).await?;
            Err(TokenError::invalid_grant(
                "The code was used before; the token that it gave is revoked.",
            ))
        }
        CodeRedeemed::Refused => Err(TokenError::invalid_grant(
            "The code is unknown, expired, or for another program.",
        )),
    }
}

/// A token to keep, and its secret.
pub fn new_token(state: &AppState) -> Result<(String, NewLoginToken), TokenError> {
    let secret = Secret::generate(API_TOKEN).map_err(ApiError::from)?;
    let token = NewLoginToken {
        name: "countersign login".to_owned(),
        token_sha256: secret.sha256,
        expires_at: state.now().after(TOKEN_LIFETIME),
    };
    Ok((secret.text, token))
}

/// What a program gets (RFC 6749, 5.1).
pub async fn answer(
    state: &AppState,
    secret: String,
    (token, user): LoginToken,
    by: &str,
) -> Result<Value, TokenError> {
    tracing::info!(user.id = %user.id, token.id = %token.id, "a program was signed in");
    let event = NewAuditEvent {
        kind: "token.issued".to_owned(),
        actor: Some(user.email.clone()),
        subject: Some(token.id.to_string()),
        detail: json!({"by": by, "name": token.name, "expires_at": token.expires_at}),
    };
    state.store.record_audit(event, state.now()).await?;
    Ok(json!({
        "access_token": secret,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME.as_secs(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_to_this_machine_alone() {
        let cases = [
            ("http://127.0.0.1:4711/callback", true),
            ("http://[::1]:4711/callback", true),
            ("http://localhost:4711/callback", false),
            ("http://127.0.0.1/callback", false),
            ("http://127.0.0.1:4711/", false),
            ("http://127.0.0.1:4711/callback?x=1", false),
            ("http://127.0.0.1:4711/callback#x", false),
            ("http://user@127.0.0.1:4711/callback", false),
            ("http://127.0.0.1.evil.example:4711/callback", false),
            ("https://evil.example/callback", false),
            ("javascript:alert(1)", false),
            ("", false),
        ];
        for (text, accepted) in cases {
            assert_eq!(loopback(text).is_some(), accepted, "{text:?}");
        }
    }
}
