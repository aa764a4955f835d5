//! Whatever goes wrong at the provider: a code, a page, an event, and never a session.

use serde_json::{Value, json};

use crate::support::{Browser, House};

async fn stays_out(house: &House, browser: &mut Browser, landed: &str, code: &str, what: &Value) {
    assert_eq!(landed, format!("/sign-in?error={code}"), "{what}");
    assert!(browser.session().await.is_none(), "{what}");
    assert!(browser.cookie("countersign_session").is_none(), "{what}");
    let event = house.event("sign_in.refused").await;
    assert_eq!(event["detail"]["code"], code, "{what}: {event}");
    assert!(!event.to_string().contains("eyJ"), "a token in {event}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_answer_lets_nobody_in() {
    let house = House::start().await;
    house.provider.signs_in("alice").unwrap();
    // Before anything is known of it.
    for (faults, code) in [
        (json!({"down": true}), "provider_unreachable"),
        (json!({"slow": 10}), "provider_slow"),
        (json!({"discovery_issuer": true}), "wrong_issuer"),
    ] {
        house.provider.faults(&faults).unwrap();
        let mut browser = house.browser();
        let landed = browser.sign_in("/").await;
        stays_out(&house, &mut browser, &landed, code, &faults).await;
    }
    house.provider.faults(&json!({})).unwrap();
    house.signed_in("alice").await;
    // On the way back.
    for (faults, code) in [
        (json!({"down": true}), "provider_unreachable"),
        (json!({"slow": 10, "slow_path": "/token"}), "provider_slow"),
        (json!({"slow": 10, "slow_path": "/me"}), "provider_slow"),
    ] {
        let mut browser = house.browser();
        house.provider.faults(&json!({})).unwrap();
        let callback = browser.reach_callback("/").await.unwrap();
        house.provider.faults(&faults).unwrap();
        let landed = browser.land(&callback).await;
        stays_out(&house, &mut browser, &landed, code, &faults).await;
    }
    house.provider.faults(&json!({})).unwrap();
    house.signed_in("alice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_does_not_hold_lets_nobody_in() {
    let house = House::start().await;
    house.provider.signs_in("alice").unwrap();
    for (faults, code) in [
        (json!({"huge_token": true}), "token_too_large"),
        (json!({"missing_nonce": true}), "missing_nonce"),
        (json!({"another_nonce": true}), "replayed"),
        (json!({"token_issuer": true}), "wrong_issuer"),
        (json!({"token_audience": true}), "wrong_issuer"),
        (json!({"bad_signature": true}), "bad_signature"),
        (json!({"unsigned": true}), "bad_signature"),
        (json!({"shared_secret": true}), "bad_signature"),
        (json!({"skew": 135}), "clock_skew"),
        (json!({"skew": -135}), "clock_skew"),
        (json!({"skew": 86_400}), "clock_skew"),
    ] {
        house.provider.faults(&faults).unwrap();
        let mut browser = house.browser();
        let landed = browser.sign_in("/").await;
        stays_out(&house, &mut browser, &landed, code, &faults).await;
    }
    for skew in [-115, 115, 0] {
        house.provider.faults(&json!({"skew": skew})).unwrap();
        let mut browser = house.browser();
        assert_eq!(browser.sign_in("/").await, "/", "{skew} s");
        assert!(browser.session().await.is_some(), "{skew} s");
    }
}
