//! Principals with keys of their own: `private_key_jwt`.

use serde_json::{Value, json};

use super::{ask, claims, error, issuer::Key, principal, refusals, target};
use crate::tests::support::{Answer, Plane};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn sign_in(plane: &Plane, assertion: &str) -> Answer {
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
        ("audience", "shop"),
    ];
    ask(plane, &pairs).await
}

/// An assertion's claims, each with a name of its own.
fn assertion(plane: &Plane, more: Value) -> Value {
    let now = plane.state.now().as_millis() / 1000;
    let mut claims = json!({
        "iss": "batch", "sub": "batch", "aud": format!("{}/oauth/token", plane.state.base_url),
        "jti": format!("{:x}", rand::random::<u128>()), "iat": now, "exp": now + 120,
    });
    for (key, value) in more.as_object().unwrap() {
        claims[key] = value.clone();
    }
    claims
}

async fn with_key(plane: &Plane, key: &Key) -> String {
    let id = principal(plane, "batch", json!({"kind": "service"})).await;
    let path = format!("/principals/{id}/keys");
    let made = plane
        .post(&path, json!({"jwk": key.jwk()}))
        .await
        .expect(201);
    made["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_signs_its_principal_in_once_an_assertion() {
    let plane = Plane::start().await;
    let shop = target(&plane, "shop").await;
    for key in [Key::rsa(0), Key::p256(), Key::ed25519()] {
        let kid = with_key(&plane, &key).await;
        let shown = key.token(&kid, &assertion(&plane, json!({})));
        let answer = sign_in(&plane, &shown).await.expect(200);
        assert!(answer.get("issued_token_type").is_none());
        let credential = answer["access_token"].as_str().unwrap();
        let said = claims(&plane, credential, &shop.to_string()).await;
        assert_eq!(said.act, None);
        let again = sign_in(&plane, &shown).await;
        assert_eq!(again.status.as_u16(), 401);
        assert_eq!(error(&again), "invalid_client");
        assert_eq!(refusals(&plane).await[0], "replayed");

        let id = said.client_id;
        let listed = plane
            .get(&format!("/principals/{id}/keys"))
            .await
            .expect(200);
        assert!(listed["items"][0]["last_used_at"].is_string(), "{listed}");
        assert_eq!(listed["items"][0]["created_by"], "admin@localhost");
        // By the issuer's name as audience, and without naming the key.
        let base = plane.state.base_url.clone();
        let header = json!({"alg": key.algorithm()});
        let unnamed = key.token_with(&header, &assertion(&plane, json!({"aud": [base]})));
        sign_in(&plane, &unnamed).await.expect(200);
        plane
            .delete(&format!("/principals/{id}/keys/{kid}"))
            .await
            .expect(204);
        let gone = key.token(&kid, &assertion(&plane, json!({})));
        assert_eq!(error(&sign_in(&plane, &gone).await), "invalid_client");
        plane.delete(&format!("/principals/{id}")).await.expect(204);
    }
}

#[tokio::test]
async fn any_other_assertion_is_refused() {
    let plane = Plane::start().await;
    target(&plane, "shop").await;
    let (key, other) = (Key::ed25519(), Key::ed25519());
    let kid = with_key(&plane, &key).await;
    principal(&plane, "neighbour", json!({})).await;
    let now = plane.state.now().as_millis() / 1000;
    let signed = |more: Value| key.token(&kid, &assertion(&plane, more));
    let good = assertion(&plane, json!({}));
    let cases = [
        ("no token", "x".to_owned(), "malformed"),
        (
            "another's signature",
            other.token(&kid, &good),
            "bad_signature",
        ),
        ("an unknown key", other.token("other", &good), "unknown_key"),
        (
            "alg none",
            key.token_with(&json!({"alg": "none"}), &good),
            "bad_signature",
        ),
        (
            "for another server",
            signed(json!({"aud": "https://elsewhere"})),
            "wrong_audience",
        ),
        (
            "nobody",
            signed(json!({"iss": "nobody", "sub": "nobody"})),
            "unknown_principal",
        ),
        (
            "a neighbour",
            signed(json!({"iss": "neighbour", "sub": "neighbour"})),
            "unknown_key",
        ),
        (
            "issuer and subject differ",
            signed(json!({"iss": "neighbour"})),
            "malformed",
        ),
        ("no subject", signed(json!({"sub": null})), "malformed"),
        ("expired", signed(json!({"exp": now - 61})), "expired"),
        (
            "lives too long",
            signed(json!({"exp": now + 301})),
            "lives_too_long",
        ),
        ("never ends", signed(json!({"exp": null})), "expired"),
        ("no id", signed(json!({"jti": null})), "no_id"),
    ];
    for (name, shown, reason) in &cases {
        let answer = sign_in(&plane, shown).await;
        assert_eq!(answer.status.as_u16(), 401, "{name}");
        assert_eq!(error(&answer), "invalid_client", "{name}");
        assert_eq!(refusals(&plane).await[0], *reason, "{name}");
    }
    sign_in(&plane, &key.token(&kid, &good)).await.expect(200);
}

#[tokio::test]
async fn only_public_keys_are_kept() {
    let plane = Plane::start().await;
    let id = principal(&plane, "batch", json!({})).await;
    let path = format!("/principals/{id}/keys");
    let mut private = Key::ed25519().jwk();
    private["d"] = "AAAA".into();
    for jwk in [
        private,
        json!({"kty": "oct", "k": "c2VjcmV0"}),
        json!({}),
        json!("x"),
    ] {
        let answer = plane.post(&path, json!({"jwk": jwk})).await;
        assert_eq!(answer.code(422), "invalid_body");
    }
    let key = Key::p256().jwk_named("mine");
    let made = plane.post(&path, json!({"jwk": key})).await.expect(201);
    assert_eq!(made["kid"], "mine");
    assert!(made["jwk"].get("use").is_none(), "the key and nothing else");
    let again = plane.post(&path, json!({"jwk": key})).await;
    assert_eq!(again.code(409), "name_taken");
}
