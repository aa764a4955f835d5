//! An admin tries the provider before anybody has to.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_shows_what_came_back_and_signs_nobody_in() {
    let house = House::start().await;
    let view = house.get("/sign-in/provider").await;
    assert_eq!(view["reachable"], true, "{view}");
    assert_eq!(view["ends_sessions"], true);
    assert_eq!(view["tells_of_logouts"], true);
    assert_eq!(view["roles"][2]["target_labels"], json!({"env": "staging"}));
    let callback = format!("{}/auth/oidc/callback", house.url);
    assert_eq!(view["redirect_uris"]["callback"], callback);
    assert!(!view.to_string().contains("a-secret"), "{view}");

    let mut alice = house.signed_in("alice").await;
    // What nora would see, tried by alice.
    for (account, groups, roles, problem) in [
        (
            "sam",
            json!(["staging-reviewers"]),
            json!(["reviewer"]),
            None,
        ),
        ("nora", json!(["sales"]), json!([]), Some("no_role")),
    ] {
        house.provider.signs_in(account).unwrap();
        let (status, begun) = alice
            .call(Method::POST, "/sign-in/provider/test", Value::Null)
            .await;
        assert_eq!(status, 201, "{begun}");
        let id = begun["id"].as_str().unwrap();
        let result = format!("/sign-in/provider/tests/{id}");
        let (_, test) = alice.call(Method::GET, &result, Value::Null).await;
        assert_eq!(test["result"], Value::Null, "not yet");
        alice.forget(&house.provider.issuer());
        let callback = alice.follow(begun["url"].as_str().unwrap()).await.unwrap();
        assert_eq!(
            alice.land(&callback).await,
            format!("/settings/sign-in?test={id}")
        );
        let (_, test) = alice.call(Method::GET, &result, Value::Null).await;
        let result = &test["result"];
        assert_eq!(result["claims"]["sub"], account, "{test}");
        assert_eq!(result["groups"], groups, "{test}");
        assert_eq!(result["roles"], roles, "{test}");
        match problem {
            Some(code) => assert_eq!(result["problems"][0]["code"], code),
            None => assert_eq!(result["problems"], json!([])),
        }
        let session = alice.session().await.unwrap();
        assert_eq!(session["user"]["email"], "alice@example.com", "still");
    }
    // What goes wrong lands on the same page.
    house
        .provider
        .faults(&json!({"bad_signature": true}))
        .unwrap();
    let (_, begun) = alice
        .call(Method::POST, "/sign-in/provider/test", Value::Null)
        .await;
    let callback = alice.follow(begun["url"].as_str().unwrap()).await.unwrap();
    let id = begun["id"].as_str().unwrap();
    assert_eq!(
        alice.land(&callback).await,
        format!("/settings/sign-in?test={id}")
    );
    let test = house.get(&format!("/sign-in/provider/tests/{id}")).await;
    assert_eq!(
        test["result"]["problems"][0]["code"], "bad_signature",
        "{test}"
    );

    house.provider.faults(&json!({"down": true})).unwrap();
    let view = house.get("/sign-in/provider").await;
    assert_eq!(view["reachable"], false);
    assert_eq!(view["problem"]["code"], "provider_unreachable", "{view}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_provider_links_are_the_way_in() {
    let house = House::start_with(|config| config.oidc = None).await;
    let view = house.get("/sign-in/provider").await;
    assert_eq!(view["configured"], false);
    assert_eq!(view["links"], true);
    let callback = format!("{}/auth/oidc/callback", house.url);
    assert_eq!(view["redirect_uris"]["callback"], callback, "to register");
    let start = format!("{}/auth/oidc/start", house.url);
    let page = house.browser().get(&start).await;
    assert_eq!(page.status, 404);
}
