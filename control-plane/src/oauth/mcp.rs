//! Standard MCP clients, which sign their person in by themselves: the edge names this control plane as
//! the authorization server (RFC 9728), the client registers here (RFC 7591), the person allows it in the
//! browser, and the client gets a credential for the one target that the person saw.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_store::LoginToken;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    authorize::{self, loopback},
    behalf,
    error::TokenError,
    form::Form,
    issue::{self, Holder, Wanted},
};
use crate::{auth::ClientAddress, state::AppState};

/// Every MCP client. Whoever runs on the person's machine may say that it is one: what it gets goes to
/// that machine alone, after the person has allowed it.
pub const CLIENT: &str = "countersign-mcp";

/// Addresses that one client may register.
const MAX_REDIRECTS: usize = 10;

/// What a client says of itself. The rest of it is neither needed nor kept.
#[derive(Debug, Deserialize)]
pub struct Registration {
    redirect_uris: Vec<String>,
}

/// `POST /oauth/register`: keeps nothing, since all clients are the same one.
pub async fn register(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    axum::Json(client): axum::Json<Registration>,
) -> Result<Response, TokenError> {
    state.token_requests.check(&address, state.now())?;
    let uris = &client.redirect_uris;
    let good =
        (1..=MAX_REDIRECTS).contains(&uris.len()) && uris.iter().all(|uri| loopback(uri).is_some());
    if !good {
        return Err(TokenError::new(
            "invalid_redirect_uri",
            "redirect_uris must be http://127.0.0.1:PORT/callback or http://[::1]:PORT/callback.",
        ));
    }
    let body = json!({
        "client_id": CLIENT,
        "client_name": "An MCP client",
        "redirect_uris": uris,
        "grant_types": [authorize::GRANT_TYPE],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, no_store, axum::Json(body)).into_response())
}

/// The target that a resource's address is of: `https://edge:6480/tickets`, or its name alone.
pub fn target_of(resource: &str) -> Option<String> {
    let plain = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (!name.is_empty() && name.len() <= 100 && name.bytes().all(plain)).then(|| name.to_owned())
    };
    let Ok(url) = Url::parse(resource) else {
        return plain(resource);
    };
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() {
        return None;
    }
    let path = url.path().trim_matches('/');
    plain(path.strip_suffix("/mcp").unwrap_or(path))
}

/// How a code remembers what the person has allowed: the program, and what for.
pub fn bound(client_id: &str, resource: Option<&str>) -> Option<String> {
    match (client_id, resource) {
        (authorize::CLI, _) => Some(authorize::CLI.to_owned()),
        (CLIENT, Some(resource)) => Some(format!("{CLIENT} {}", target_of(resource)?)),
        _ => None,
    }
}

/// The client's credential, in the place of the token that a code gives: for the target alone, and over
/// when the person's sign-in is.
pub async fn credential(
    state: &AppState,
    secret: &str,
    (token, user): LoginToken,
    form: &Form,
) -> Result<Value, TokenError> {
    let target = form.one("resource")?.and_then(target_of);
    let target = target.ok_or_else(|| TokenError::invalid_target("resource is missing."))?;
    let wanted = Wanted::of_target(state, &target).await?;
    let human = behalf::human(state, secret).await?;
    let holder = Holder {
        proof: user.email,
        principal: human.principal,
        human: None,
        until: human.until,
        api_token: Some(token.id),
        via: "mcp_client",
    };
    issue::issue(state, holder, wanted).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_a_target() {
        let cases = [
            ("https://edge:6480/tickets", Some("tickets")),
            ("http://127.0.0.1:6480/tickets/mcp", Some("tickets")),
            ("http://127.0.0.1:6480/tickets/", Some("tickets")),
            ("tickets", Some("tickets")),
            ("https://edge:6480/", None),
            ("https://edge:6480/a/b", None),
            ("https://edge:6480/tickets?x=1", None),
            ("urn:tickets", None),
            ("a b", None),
            ("", None),
        ];
        for (resource, target) in cases {
            assert_eq!(target_of(resource).as_deref(), target, "{resource:?}");
        }
    }

    #[test]
    fn a_code_is_for_what_the_person_saw() {
        let cases = [
            (authorize::CLI, None, Some("countersign-cli")),
            (
                authorize::CLI,
                Some("https://edge/a"),
                Some("countersign-cli"),
            ),
            (CLIENT, Some("https://edge/a"), Some("countersign-mcp a")),
            (CLIENT, None, None),
            (CLIENT, Some("https://edge/"), None),
            ("countersign-mcp a", Some("https://edge/a"), None),
            ("other", Some("https://edge/a"), None),
        ];
        for (client, resource, expected) in cases {
            assert_eq!(
                bound(client, resource).as_deref(),
                expected,
                "{client} {resource:?}"
            );
        }
    }
}
