//! Sessions end when the person, or the provider, says so.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    logins::cli_token,
    support::{House, whoami},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_here_signs_out_at_the_provider_and_everywhere() {
    let house = House::start().await;
    let mut browser = house.signed_in("alice").await;
    let token = cli_token(&house, &mut browser).await;
    assert_eq!(whoami(&house, &token).await.0, 200);
    let (status, out) = browser.call(Method::POST, "/sign-out", Value::Null).await;
    assert_eq!(status, 200, "{out}");
    assert!(browser.session().await.is_none());
    let event = house.event("sign_out").await;
    assert_eq!(event["actor"], "alice@example.com");
    assert_eq!(event["detail"], json!({"by": "person", "tokens": 1}));
    assert_eq!(whoami(&house, &token).await.0, 401, "the program's too");

    // The provider asks, and tells us by the back channel.
    let ask = browser.get(out["end_session_url"].as_str().unwrap()).await;
    let xsrf = ask.body.split("name=\"xsrf\" value=\"").nth(1).unwrap();
    let form = format!("xsrf={}&logout=yes", xsrf.split('"').next().unwrap());
    let confirm = format!("{}/session/end/confirm", house.provider.issuer());
    let page = browser.submit(&confirm, &form).await;
    let next = page.next.unwrap();
    assert!(
        next.as_str().starts_with(&format!("{}/sign-in", house.url)),
        "{next}"
    );
    let event = house.event("sign_out").await;
    assert_eq!(
        event["detail"],
        json!({"by": "provider", "sessions": 0, "tokens": 0})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provider_ends_sessions_by_the_back_channel() {
    let house = House::start().await;
    let path = "/auth/oidc/backchannel-logout";
    let mut alice = house.signed_in("alice").await;
    let mut bob = house.signed_in("bob").await;
    let token = cli_token(&house, &mut alice).await;

    let event = "http://schemas.openid.net/event/backchannel-logout";
    for (name, change) in [
        ("nobody", json!({})),
        ("no event", json!({"sub": "alice", "events": null})),
        ("an id_token", json!({"sub": "alice", "nonce": "n"})),
        ("another client's", json!({"sub": "alice", "aud": "other"})),
        (
            "another issuer's",
            json!({"sub": "alice", "iss": "https://evil.example"}),
        ),
        ("no jti", json!({"sub": "alice", "jti": null})),
        ("old", json!({"sub": "alice", "iat": 1_700_000_000})),
        (
            "another event",
            json!({"sub": "alice", "events": {"x": {}}}),
        ),
        (
            "an empty event",
            json!({"sub": "alice", "events": {event: null}}),
        ),
    ] {
        let forged = house.provider.logout_token(&change).unwrap();
        let (status, body) = house.form(path, &[("logout_token", &forged)]).await;
        assert_eq!(
            (status, &body["error"]),
            (400, &json!("invalid_request")),
            "{name}: {body}"
        );
    }
    for what in [
        json!({"change": {"sub": "alice"}, "key": "foreign"}),
        json!({"change": {"sub": "alice"}, "typ": "at+jwt"}),
    ] {
        let forged = house.provider.any_logout_token(&what).unwrap();
        let (status, body) = house.form(path, &[("logout_token", &forged)]).await;
        assert_eq!(status, 400, "{what}: {body}");
    }
    let (status, _) = house.form(path, &[("logout_token", "x")]).await;
    assert_eq!(status, 400);
    assert!(
        alice.session().await.is_some(),
        "none of these ended anything"
    );
    assert_eq!(whoami(&house, &token).await.0, 200);
    assert_eq!(house.event("sign_out.refused").await["actor"], Value::Null);

    let real = house
        .provider
        .logout_token(&json!({"sub": "alice"}))
        .unwrap();
    let (status, body) = house.form(path, &[("logout_token", &real)]).await;
    assert_eq!(status, 200, "{body}");
    assert!(alice.session().await.is_none());
    assert_eq!(whoami(&house, &token).await.0, 401);
    assert!(bob.session().await.is_some(), "somebody else's stays");

    // The same token ends nothing twice.
    let mut alice = house.signed_in("alice").await;
    let (status, body) = house.form(path, &[("logout_token", &real)]).await;
    assert_eq!(status, 400, "{body}");
    assert!(alice.session().await.is_some());

    // Another session of the provider's.
    let other = json!({"sub": "alice", "sid": "another"});
    let other = house.provider.logout_token(&other).unwrap();
    assert_eq!(house.form(path, &[("logout_token", &other)]).await.0, 200);
    assert!(alice.session().await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_says_how_long_sessions_last() {
    let house = House::start_with(|config| {
        config.sessions.idle_seconds = 300;
        config.sessions.absolute_seconds = 600;
    })
    .await;
    house.provider.signs_in("mia").unwrap();
    let mut browser = house.browser();
    let callback = browser.reach_callback("/").await.unwrap();
    let page = browser.get(&callback).await;
    let set = page.headers["set-cookie"].to_str().unwrap();
    assert!(set.contains("Max-Age=600"), "{set}");
}
