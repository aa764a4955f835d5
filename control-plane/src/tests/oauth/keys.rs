//! The keys that sign credentials, and what clients find out by themselves.

use axum::{
    body::Body,
    http::{Method, Request},
};
use countersign_ledger::{credential::CredentialTrust, jwk::JwkSet};
use countersign_model::{TokenKey, TokenTrust};
use serde_json::{Value, json};

use super::{principal, target};
use crate::{
    oauth::mint::{DEFAULT_LIFETIME, NewToken},
    tests::support::Plane,
};

async fn get(plane: &Plane, path: &str) -> Value {
    let request = Request::builder().method(Method::GET).uri(path);
    let answer = plane.send(request.body(Body::empty()).unwrap()).await;
    answer.expect(200)
}

/// Whether somebody who has the published keys and nothing else accepts the credential.
async fn accepted(plane: &Plane, credential: &str) -> bool {
    let published: JwkSet = serde_json::from_value(get(plane, "/oauth/jwks.json").await).unwrap();
    let keys = published.keys.iter().map(|jwk| TokenKey {
        kid: jwk.kid.clone(),
        key: jwk.key().unwrap().to_string(),
    });
    let trust = TokenTrust {
        issuer: plane.state.base_url.clone(),
        keys: keys.collect(),
        revoked: Vec::new(),
    };
    let verified = CredentialTrust::from(&trust).verify(credential, plane.state.now());
    verified.is_ok()
}

#[tokio::test]
async fn the_metadata_names_what_is_served() {
    let plane = Plane::start().await;
    let metadata = get(&plane, "/.well-known/oauth-authorization-server").await;
    let base = plane.state.base_url.as_str();
    assert_eq!(metadata["issuer"], base);
    for member in ["token_endpoint", "revocation_endpoint", "jwks_uri"] {
        let path = metadata[member]
            .as_str()
            .unwrap()
            .strip_prefix(base)
            .unwrap();
        let method = if member == "jwks_uri" {
            Method::GET
        } else {
            Method::POST
        };
        let request = Request::builder().method(method).uri(path);
        let answer = plane.send(request.body(Body::empty()).unwrap()).await;
        assert_ne!(answer.status.as_u16(), 404, "{member}");
        assert_ne!(answer.status.as_u16(), 405, "{member}");
    }
}

#[tokio::test]
async fn a_key_signs_for_a_month_and_verifies_until_the_last_credential_ended() {
    let plane = Plane::start().await;
    let shop = target(&plane, "shop").await;
    let id = principal(&plane, "agent", json!({})).await;
    let mint = async || {
        let new = NewToken {
            principal: id,
            human: None,
            grant: None,
            targets: vec![shop],
            api: false,
            lifetime: 12 * DEFAULT_LIFETIME,
            not_after: None,
            once: false,
            api_token: None,
            via: "test",
        };
        plane.state.mint_credential(new).await.unwrap().credential
    };
    let rotate = async || {
        let (store, now) = (&plane.state.store, plane.state.now());
        plane.state.token_keys.rotate(store, now).await.unwrap();
    };
    let published = async || {
        get(&plane, "/oauth/jwks.json").await["keys"]
            .as_array()
            .unwrap()
            .len()
    };
    let first = plane.state.token_keys.current().kid.clone();
    assert!(accepted(&plane, &mint().await).await);
    rotate().await;
    assert_eq!(published().await, 1, "nothing is due");

    plane.pass(30 * 24 * 3600);
    let revision = plane.state.store.revision().await.unwrap();
    rotate().await;
    assert_eq!(
        published().await,
        2,
        "the next one is there before it signs"
    );
    assert!(
        plane.state.store.revision().await.unwrap() > revision,
        "and edges know it"
    );
    assert_eq!(plane.state.token_keys.current().kid, first);
    plane.pass(10 * 60);
    let last = mint().await;
    rotate().await;
    assert_ne!(plane.state.token_keys.current().kid, first);
    let next = mint().await;
    assert!(accepted(&plane, &last).await && accepted(&plane, &next).await);
    plane.pass(12 * 3600 - 1);
    assert!(accepted(&plane, &last).await, "to its last second");
    plane.pass(3601);
    rotate().await;
    assert_eq!(published().await, 1);
    assert!(accepted(&plane, &mint().await).await);
}
