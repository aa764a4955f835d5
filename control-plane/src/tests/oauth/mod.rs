//! The token endpoint, as agents and services use it.

mod assertions;
mod behalf;
mod issuer;
mod keys;
mod workloads;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use countersign_ledger::credential::{CredentialClaims, CredentialTrust};
use countersign_model::{PrincipalId, TargetId, TokenTrust};
use serde_json::{Value, json};

use super::support::{Answer, Plane};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A form as clients send it.
async fn form(plane: &Plane, path: &str, pairs: &[(&str, &str)]) -> Answer {
    let body = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", escape(value)))
        .collect::<Vec<_>>()
        .join("&");
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body));
    plane.send(request.unwrap()).await
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

async fn ask(plane: &Plane, pairs: &[(&str, &str)]) -> Answer {
    form(plane, "/oauth/token", pairs).await
}

/// RFC 6749's code of a refusal.
#[track_caller]
fn error(answer: &Answer) -> &str {
    assert!(answer.status.is_client_error(), "{}", answer.body);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert!(answer.body["error_description"].is_string());
    answer.body["error"].as_str().unwrap()
}

/// What a credential says, when it is good for this audience now, by what edges are told.
async fn claims(plane: &Plane, credential: &str, audience: &str) -> CredentialClaims {
    let now = plane.state.now();
    let bundle = plane.state.store.bundle(now).await.unwrap();
    let trust = TokenTrust {
        issuer: plane.state.base_url.clone(),
        keys: bundle.token_keys,
        revoked: bundle.revoked_tokens,
    };
    let verified = CredentialTrust::from(&trust)
        .verify(credential, now)
        .unwrap();
    verified.addressed_to(audience).unwrap()
}

async fn target(plane: &Plane, name: &str) -> TargetId {
    let body = json!({"name": name, "kind": "postgres"});
    let made = plane.post("/targets", body).await.expect(201);
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn principal(plane: &Plane, name: &str, more: Value) -> PrincipalId {
    let mut body = json!({"name": name, "kind": "agent"});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let made = plane.post("/principals", body).await.expect(201);
    made["id"].as_str().unwrap().parse().unwrap()
}

/// The reasons of refusals that the audit log has, latest first.
async fn refusals(plane: &Plane) -> Vec<String> {
    let events = plane
        .get("/audit-events?kind=token.refused")
        .await
        .expect(200);
    let items = events["items"].as_array().unwrap().iter();
    items
        .map(|event| event["detail"]["reason"].as_str().unwrap().to_owned())
        .collect()
}
