//! What an attacker would try with somebody's browser.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{House, parameter, with_parameter};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_ends_once_and_in_its_own_browser() {
    let house = House::start().await;
    house.provider.signs_in("alice").unwrap();
    let mut attacker = house.browser();
    let mut victim = house.browser();

    // The attacker's own way back, opened in the victim's browser: signing in as somebody else.
    let callback = attacker.reach_callback("/").await.unwrap();
    assert_eq!(
        victim.land(&callback).await,
        "/sign-in?error=state_mismatch"
    );
    assert!(victim.session().await.is_none());

    // Twice.
    assert_eq!(attacker.land(&callback).await, "/");
    assert_eq!(attacker.land(&callback).await, "/sign-in?error=replayed");
    assert_eq!(victim.land(&callback).await, "/sign-in?error=replayed");
    assert_eq!(
        house.event("sign_in.refused").await["detail"]["code"],
        "replayed"
    );

    // A code that was used, with a state that was not.
    let fresh = victim.reach_callback("/").await.unwrap();
    let stale = with_parameter(&fresh, "code", &parameter(&callback, "code"));
    assert_eq!(victim.land(&stale).await, "/sign-in?error=replayed");
    assert!(victim.session().await.is_none());

    // A state that nobody gave, or none.
    let fresh = victim.reach_callback("/").await.unwrap();
    for forged in [
        with_parameter(&fresh, "state", "forged"),
        with_parameter(&fresh, "state", ""),
        format!("{}/auth/oidc/callback", house.url),
        format!("{}/auth/oidc/callback?code=x", house.url),
    ] {
        assert_eq!(
            victim.land(&forged).await,
            "/sign-in?error=state_mismatch",
            "{forged}"
        );
    }
    // Another provider's code (RFC 9207).
    let mixed = with_parameter(&fresh, "iss", "https://evil.example");
    assert_eq!(victim.land(&mixed).await, "/sign-in?error=wrong_issuer");
    assert!(victim.session().await.is_none());

    // Two tabs at once are no attack.
    let (one, two) = (
        victim.reach_callback("/a").await.unwrap(),
        victim.reach_callback("/b").await.unwrap(),
    );
    assert_eq!(victim.land(&one).await, "/a");
    assert_eq!(victim.land(&two).await, "/b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_session_is_not_the_victims() {
    let house = House::start().await;
    let mut attacker = house.signed_in("mia").await;
    let planted = attacker.cookie("countersign_session").unwrap().to_owned();
    let mut victim = house.browser();
    victim.plant("countersign_session", &planted);
    house.provider.signs_in("alice").unwrap();
    assert_eq!(victim.sign_in("/").await, "/");
    assert_ne!(victim.cookie("countersign_session"), Some(planted.as_str()));
    let session = victim.session().await.unwrap();
    assert_eq!(session["user"]["email"], "alice@example.com");
    // What the attacker knows opens nothing any more.
    assert!(attacker.session().await.is_none());

    // A made-up one neither.
    let mut victim = house.browser();
    victim.plant("countersign_session", "css_made-up");
    assert_eq!(victim.sign_in("/").await, "/");
    assert_ne!(victim.cookie("countersign_session"), Some("css_made-up"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_to_another_site() {
    let house = House::start().await;
    house.provider.signs_in("alice").unwrap();
    for (return_to, landed) in [
        ("/policies/P-1?tab=x", "/policies/P-1?tab=x"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        assert_eq!(
            house.browser().sign_in(return_to).await,
            landed,
            "{return_to:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_are_slowed_down_by_address() {
    let house = House::start().await;
    house.provider.signs_in("alice").unwrap();
    let mut browser = house.browser();
    let start = format!("{}/auth/oidc/start", house.url);
    let mut limited = 0;
    for _ in 0..40 {
        let page = browser.get(&start).await;
        let next = page.next.unwrap();
        limited += u32::from(next.as_str().ends_with("/sign-in?error=rate_limited"));
    }
    assert!((1..=10).contains(&limited), "{limited} of 40");
    assert_eq!(house.browser().sign_in("/").await, "/", "from elsewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sites_page_cannot_act_in_a_session() {
    let house = House::start().await;
    let mut alice = house.signed_in("alice").await;
    let csrf = alice.session().await.unwrap()["csrf_token"].clone();
    let csrf = csrf.as_str().unwrap();
    let cases: [(&str, &[(&str, &str)]); 4] = [
        ("no token", &[]),
        ("a wrong token", &[("x-csrf-token", "x")]),
        (
            "another origin",
            &[("x-csrf-token", csrf), ("origin", "https://evil.example")],
        ),
        (
            "another site",
            &[("x-csrf-token", csrf), ("sec-fetch-site", "cross-site")],
        ),
    ];
    let paths = [
        "/sign-out",
        "/oauth/authorizations",
        "/oauth/devices/ABCD-EFGH/approve",
        "/sign-in/provider/test",
    ];
    for (name, headers) in cases {
        for path in paths {
            let (status, body) = alice
                .call_with(Method::POST, path, json!({}), headers)
                .await;
            assert_eq!(status, 403, "{name} {path}: {body}");
        }
    }
    assert!(alice.session().await.is_some(), "still signed in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_time_links_are_off_unless_the_operator_wants_them() {
    let house = House::start().await;
    let (status, body) = house
        .browser()
        .call_with(Method::POST, "/session", json!({"token": "csl_x"}), &[])
        .await;
    assert_eq!((status, &body["code"]), (403, &json!("links_disabled")));
    let event = house.event("sign_in.refused").await;
    assert_eq!(event["detail"]["code"], "links_disabled");
    let me = house.get("/session").await;
    let links = format!(
        "/users/{}/sign_in_links",
        me["user"]["id"].as_str().unwrap()
    );
    let (status, body) = house
        .call(Method::POST, &links, &house.admin, json!({}))
        .await;
    assert_eq!((status, &body["code"]), (409, &json!("links_disabled")));

    let house = House::start_with(|config| config.allow_sign_in_links = Some(true)).await;
    let (status, link) = house
        .call(
            Method::POST,
            &links_of(&house).await,
            &house.admin,
            json!({}),
        )
        .await;
    assert_eq!(status, 201, "{link}");
    let token = link["url"]
        .as_str()
        .unwrap()
        .split_once("#token=")
        .unwrap()
        .1;
    let mut browser = house.browser();
    let (status, _) = browser
        .call_with(Method::POST, "/session", json!({"token": token}), &[])
        .await;
    assert_eq!(status, 201);
    let event = house.event("sign_in.link_used").await;
    assert_eq!(event["actor"], "admin@localhost");
    let (status, out) = browser.call(Method::POST, "/sign-out", Value::Null).await;
    assert_eq!((status, &out["end_session_url"]), (200, &Value::Null));
}

async fn links_of(house: &House) -> String {
    let me = house.get("/session").await;
    format!(
        "/users/{}/sign_in_links",
        me["user"]["id"].as_str().unwrap()
    )
}
