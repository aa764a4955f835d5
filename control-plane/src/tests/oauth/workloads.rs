//! Tokens of clusters, CI systems and trust domains, for credentials.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};

use super::{
    EXCHANGE, JWT, ask, claims, error,
    issuer::{Issuer, Key},
    principal, refusals, target,
};
use crate::tests::support::{Answer, Plane};

const AUDIENCE: &str = "countersign";

async fn trust(plane: &Plane, issuer: &Issuer, rules: Value) {
    let body = json!({
        "name": "cluster",
        "issuer": issuer.url,
        "audience": AUDIENCE,
        "rules": rules,
    });
    plane.post("/trusted-issuers", body).await.expect(201);
}

fn seconds(plane: &Plane) -> i64 {
    plane.state.now().as_millis() / 1000
}

/// Claims that hold for ten minutes from now.
fn fresh(plane: &Plane, issuer: &Issuer, more: Value) -> Value {
    let now = seconds(plane);
    let mut claims = json!({
        "iss": issuer.url, "aud": [AUDIENCE], "iat": now, "nbf": now, "exp": now + 600,
    });
    for (key, value) in more.as_object().unwrap() {
        claims[key] = value.clone();
    }
    claims
}

async fn exchange(plane: &Plane, token: &str, audience: &str) -> Answer {
    let pairs = [
        ("grant_type", EXCHANGE),
        ("subject_token_type", JWT),
        ("subject_token", token),
        ("audience", audience),
    ];
    ask(plane, &pairs).await
}

#[tokio::test]
async fn tokens_of_three_kinds_of_platforms_become_credentials() {
    let plane = Plane::start().await;
    let shop = target(&plane, "shop").await;
    let (rsa, ec, ed) = (Key::rsa(0), Key::p256(), Key::ed25519());
    let keys = vec![rsa.jwk_named("k1"), ec.jwk_named("k2"), ed.jwk_named("k3")];
    let issuer = Issuer::start(keys).await;
    let rules = json!([
        {"claims": {"sub": "system:serviceaccount:shop:*", "/kubernetes.io/namespace": "shop"}, "principal": "shop-agent"},
        {"claims": {"sub": "spiffe://acme.example/ns/*/sa/migrator"}, "principal": "migrator"},
        {"claims": {"repository": "acme/shop", "ref": "refs/heads/main", "environment": "production"}, "principal": "release-bot"},
    ]);
    trust(&plane, &issuer, rules).await;
    let cases = [
        (
            "a Kubernetes service account",
            &rsa,
            "k1",
            "shop-agent",
            json!({
                "sub": "system:serviceaccount:shop:agent",
                "kubernetes.io": {
                    "namespace": "shop",
                    "pod": {"name": "agent-0", "uid": "7f0e"},
                    "serviceaccount": {"name": "agent", "uid": "81c2"},
                },
            }),
        ),
        (
            "a SPIFFE JWT-SVID",
            &ec,
            "k2",
            "migrator",
            json!({"sub": "spiffe://acme.example/ns/db/sa/migrator", "aud": AUDIENCE}),
        ),
        (
            "a CI job",
            &ed,
            "k3",
            "release-bot",
            json!({
                "sub": "repo:acme/shop:environment:production",
                "repository": "acme/shop", "ref": "refs/heads/main",
                "environment": "production", "run_id": 4711,
            }),
        ),
    ];
    for (name, key, kid, agent, more) in cases {
        let id = principal(&plane, agent, json!({})).await;
        let token = key.token(kid, &fresh(&plane, &issuer, more));
        let answer = exchange(&plane, &token, "shop").await.expect(200);
        assert_eq!(answer["token_type"], "Bearer", "{name}");
        assert_eq!(answer["issued_token_type"], super::ACCESS_TOKEN, "{name}");
        assert_eq!(answer["expires_in"], 3600, "{name}");
        let credential = answer["access_token"].as_str().unwrap();
        let claims = claims(&plane, credential, &shop.to_string()).await;
        assert_eq!((claims.sub, claims.client_id), (id, id), "{name}");
        assert_eq!(claims.aud, [shop.to_string()], "not for the API: {name}");
        assert_eq!(claims.act, None, "{name}");
    }
    assert_eq!(issuer.asked(), 1, "keys are kept");
    assert!(refusals(&plane).await.is_empty());
    let listed = plane
        .get("/audit-events?kind=token.issued")
        .await
        .expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    assert!(!listed.to_string().contains("eyJ"), "no token is recorded");
}

#[tokio::test]
async fn any_other_token_is_refused_and_recorded() {
    let plane = Plane::start().await;
    target(&plane, "shop").await;
    principal(&plane, "agent", json!({})).await;
    plane
        .post(
            "/principals",
            json!({"name": "ada@example.com", "kind": "human"}),
        )
        .await
        .expect(201);
    let (key, other) = (Key::ed25519(), Key::ed25519());
    let issuer = Issuer::start(vec![key.jwk_named("k1")]).await;
    let elsewhere = Issuer::start(vec![key.jwk_named("k1")]).await;
    let rules = json!([
        {"claims": {"sub": "agent"}, "principal": "agent"},
        {"claims": {"sub": "ghost"}, "principal": "nobody"},
        {"claims": {"sub": "ada"}, "principal": "ada@example.com"},
    ]);
    trust(&plane, &issuer, rules).await;
    let with = |more: Value| fresh(&plane, &issuer, more);
    let good = with(json!({"sub": "agent"}));
    let now = seconds(&plane);
    let signed = |more: Value| key.token("k1", &with(more));
    let part = |value: &Value| BASE64URL.encode(value.to_string());
    let none = json!({"alg": "none", "kid": "k1"});
    let header = |alg: &str| json!({"alg": alg, "kid": "k1"});
    let mut changed = key.token("k1", &good);
    changed.replace_range(changed.len() - 10..changed.len() - 9, "_");
    let cases = [
        ("no token", "text".to_owned(), "malformed"),
        (
            "alg none",
            format!("{}.{}.", part(&none), part(&good)),
            "wrong_algorithm",
        ),
        (
            "HS256",
            key.token_with(&header("HS256"), &good),
            "wrong_algorithm",
        ),
        (
            "another alg of ours",
            key.token_with(&header("RS256"), &good),
            "unknown_key",
        ),
        (
            "crit",
            key.token_with(
                &json!({"alg": "EdDSA", "kid": "k1", "crit": ["b64"]}),
                &good,
            ),
            "malformed",
        ),
        (
            "another's signature",
            other.token("k1", &good),
            "bad_signature",
        ),
        ("a changed signature", changed, "bad_signature"),
        ("an unknown key", key.token("k9", &good), "unknown_key"),
        (
            "an issuer that is not trusted",
            key.token("k1", &fresh(&plane, &elsewhere, json!({"sub": "agent"}))),
            "wrong_issuer",
        ),
        (
            "no issuer",
            signed(json!({"sub": "agent", "iss": null})),
            "wrong_issuer",
        ),
        (
            "another audience",
            signed(json!({"sub": "agent", "aud": ["vault"]})),
            "wrong_audience",
        ),
        (
            "no audience",
            signed(json!({"sub": "agent", "aud": null})),
            "wrong_audience",
        ),
        (
            "expired",
            signed(json!({"sub": "agent", "exp": now - 61})),
            "expired",
        ),
        (
            "without an end",
            signed(json!({"sub": "agent", "exp": null})),
            "expired",
        ),
        (
            "not yet",
            signed(json!({"sub": "agent", "nbf": now + 62})),
            "not_yet",
        ),
        (
            "from the future",
            signed(json!({"sub": "agent", "iat": now + 62})),
            "not_yet",
        ),
        ("no rule", signed(json!({"sub": "somebody"})), "no_rule"),
        (
            "a rule without a principal",
            signed(json!({"sub": "ghost"})),
            "no_principal",
        ),
        (
            "a rule that names a person",
            signed(json!({"sub": "ada"})),
            "no_principal",
        ),
    ];
    for (name, token, reason) in &cases {
        let answer = exchange(&plane, token, "shop").await;
        assert_eq!(error(&answer), "invalid_grant", "{name}");
        assert_eq!(refusals(&plane).await[0], *reason, "{name}");
    }
    let whole = key.token("k1", &good);
    exchange(&plane, &whole, "shop").await.expect(200);
    let answer = exchange(&plane, &whole, "nothing").await;
    assert_eq!(error(&answer), "invalid_target");
}

#[tokio::test]
async fn an_issuers_keys_are_followed_and_outlive_its_absence() {
    let plane = Plane::start().await;
    target(&plane, "shop").await;
    principal(&plane, "agent", json!({})).await;
    let (old, new) = (Key::rsa(0), Key::rsa(1));
    let issuer = Issuer::start(vec![old.jwk_named("old")]).await;
    trust(
        &plane,
        &issuer,
        json!([{"claims": {"sub": "agent"}, "principal": "agent"}]),
    )
    .await;
    let by =
        |key: &Key, kid: &str| key.token(kid, &fresh(&plane, &issuer, json!({"sub": "agent"})));
    exchange(&plane, &by(&old, "old"), "shop").await.expect(200);

    issuer.publish(vec![old.jwk_named("old"), new.jwk_named("new")]);
    let early = exchange(&plane, &by(&new, "new"), "shop").await;
    assert_eq!(error(&early), "invalid_grant", "asked a moment ago");
    plane.pass(11);
    exchange(&plane, &by(&new, "new"), "shop").await.expect(200);
    assert_eq!(issuer.asked(), 2);
    for _ in 0..5 {
        let answer = exchange(&plane, &by(&new, "made up"), "shop").await;
        assert_eq!(error(&answer), "invalid_grant");
    }
    assert_eq!(issuer.asked(), 2, "made-up names ask nobody");

    issuer.publish(vec![new.jwk_named("new")]);
    plane.pass(601);
    let answer = exchange(&plane, &by(&old, "old"), "shop").await;
    assert_eq!(error(&answer), "invalid_grant", "withdrawn");

    issuer.go_down(true);
    plane.pass(3600);
    exchange(&plane, &by(&new, "new"), "shop").await.expect(200);
    plane.pass(24 * 3600);
    let answer = exchange(&plane, &by(&new, "new"), "shop").await;
    assert_eq!(error(&answer), "invalid_grant", "for too long");
    issuer.go_down(false);
    plane.pass(11);
    exchange(&plane, &by(&new, "new"), "shop").await.expect(200);
}

#[tokio::test]
async fn what_is_trusted_is_changed_and_taken_back() {
    let plane = Plane::start().await;
    target(&plane, "shop").await;
    principal(&plane, "agent", json!({})).await;
    let key = Key::p256();
    let issuer = Issuer::start(vec![key.jwk_named("k1")]).await;
    let rules = json!([{"claims": {"sub": "other"}, "principal": "agent"}]);
    trust(&plane, &issuer, rules).await;
    let listed = plane.get("/trusted-issuers").await.expect(200);
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/trusted-issuers/{id}");
    let token = key.token("k1", &fresh(&plane, &issuer, json!({"sub": "agent"})));
    assert_eq!(
        error(&exchange(&plane, &token, "shop").await),
        "invalid_grant"
    );
    let rules = json!({"rules": [{"claims": {"sub": "agent"}, "principal": "agent"}]});
    plane.patch(&path, rules).await.expect(200);
    exchange(&plane, &token, "shop").await.expect(200);
    plane.delete(&path).await.expect(204);
    assert_eq!(
        error(&exchange(&plane, &token, "shop").await),
        "invalid_grant"
    );
    plane.delete(&path).await.expect(404);

    let bad = [
        (
            "no claims",
            json!({"rules": [{"claims": {}, "principal": "a"}]}),
        ),
        (
            "anything",
            json!({"rules": [{"claims": {"sub": "*"}, "principal": "a"}]}),
        ),
        ("no name", json!({"name": "two words"})),
        ("no keys", json!({"issuer": "spiffe-domain"})),
        (
            "keys that are no address",
            json!({"jwks_uri": "file:///etc/passwd"}),
        ),
        ("a blank", json!({"issuer": "https://a b"})),
    ];
    for (name, change) in bad {
        let mut body = json!({"name": "x", "issuer": "https://x", "audience": "y"});
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = plane.post("/trusted-issuers", body).await;
        assert_eq!(answer.code(422), "invalid_body", "{name}");
    }
}

#[tokio::test]
async fn an_issuer_is_trusted_once_for_an_audience() {
    let plane = Plane::start().await;
    let body = |name: &str, audience: &str| {
        json!({
            "name": name, "issuer": "https://issuer.example", "audience": audience,
            "rules": [{"claims": {"sub": "a"}, "principal": "a"}],
        })
    };
    let add = async |name, audience| plane.post("/trusted-issuers", body(name, audience)).await;
    add("ci", "one").await.expect(201);
    let twice = add("other", "one").await;
    assert!(twice.body["detail"].as_str().unwrap().contains("audience"));
    assert_eq!(twice.code(409), "already_trusted");
    assert_eq!(add("ci", "two").await.code(409), "name_taken");
    let other = add("other", "two").await.expect(201);
    let path = format!("/trusted-issuers/{}", other["id"].as_str().unwrap());
    let moved = plane.patch(&path, json!({"audience": "one"})).await;
    assert_eq!(moved.code(409), "already_trusted");
}
