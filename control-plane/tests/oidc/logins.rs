//! `countersign login` as its requests: a code by the browser of this machine, and one that is typed
//! into another machine's.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Browser, House, parameter, whoami};

const REDIRECT: &str = "http://127.0.0.1:4711/callback";
const VERIFIER: &str = "a-verifier-that-is-at-least-43-characters-long-as-rfc-7636-wants";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn authorization() -> Value {
    json!({
        "client_id": "countersign-cli",
        "redirect_uri": REDIRECT,
        "code_challenge": URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER)),
        "state": "the-state",
    })
}

/// A code, as the browser hands it to the program.
async fn code(browser: &mut Browser) -> String {
    let (status, body) = browser
        .call(Method::POST, "/oauth/authorizations", authorization())
        .await;
    assert_eq!(status, 201, "{body}");
    let to = body["redirect_to"].as_str().unwrap();
    assert!(to.starts_with(REDIRECT), "{to}");
    assert_eq!(parameter(to, "state"), "the-state");
    parameter(to, "code")
}

async fn redeem(house: &House, code: &str, verifier: &str, redirect: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "countersign-cli"),
        ("code", code),
        ("code_verifier", verifier),
        ("redirect_uri", redirect),
    ];
    house.form("/oauth/token", &form).await
}

/// A token as `countersign login` gets it.
pub async fn cli_token(house: &House, browser: &mut Browser) -> String {
    let code = code(browser).await;
    let (status, body) = redeem(house, &code, VERIFIER, REDIRECT).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["expires_in"], 43_200);
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_signs_the_program_in_once() {
    let house = House::start().await;
    let mut bob = house.signed_in("bob").await;
    let token = cli_token(&house, &mut bob).await;
    let (_, me) = whoami(&house, &token).await;
    assert_eq!(me["user"]["email"], "bob@example.com");
    let event = house.event("token.issued").await;
    assert_eq!(event["actor"], "bob@example.com");

    for (name, verifier, redirect) in [
        ("a wrong verifier", "x", REDIRECT),
        ("another address", VERIFIER, "http://127.0.0.1:9/callback"),
    ] {
        let code = code(&mut bob).await;
        let (status, body) = redeem(&house, &code, verifier, redirect).await;
        assert_eq!(
            (status, &body["error"]),
            (400, &json!("invalid_grant")),
            "{name}"
        );
        let (status, _) = redeem(&house, &code, VERIFIER, REDIRECT).await;
        assert_eq!(status, 400, "{name}: the code is used up");
    }
    // Used twice: one of the two is a thief, and nobody knows which.
    let code = code(&mut bob).await;
    let (_, body) = redeem(&house, &code, VERIFIER, REDIRECT).await;
    let stolen = body["access_token"].as_str().unwrap();
    assert_eq!(whoami(&house, stolen).await.0, 200);
    assert_eq!(redeem(&house, &code, VERIFIER, REDIRECT).await.0, 400);
    assert_eq!(whoami(&house, stolen).await.0, 401);
    assert_eq!(whoami(&house, &token).await.0, 200, "the other stays");

    let (status, _) = house
        .call(Method::POST, "/sign-out", &token, Value::Null)
        .await;
    assert_eq!(status, 200);
    assert_eq!(whoami(&house, &token).await.0, 401);
    // A token that no login gave is none to sign out with.
    let (status, _) = house
        .call(Method::POST, "/sign-out", &house.admin, Value::Null)
        .await;
    assert_eq!(status, 409);
    assert_eq!(whoami(&house, &house.admin).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_given_to_people_at_this_machine_alone() {
    let house = House::start().await;
    let mut bob = house.signed_in("bob").await;
    for (name, change) in [
        (
            "another site",
            json!({"redirect_uri": "https://evil.example/callback"}),
        ),
        (
            "a name",
            json!({"redirect_uri": "http://localhost:4711/callback"}),
        ),
        ("another program", json!({"client_id": "evil"})),
        ("no challenge", json!({"code_challenge": ""})),
        ("no state", json!({"state": ""})),
    ] {
        let mut body = authorization();
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let (status, answer) = bob.call(Method::POST, "/oauth/authorizations", body).await;
        assert_eq!(status, 422, "{name}: {answer}");
    }
    // A token must not beget tokens.
    let path = "/oauth/authorizations";
    let (status, _) = house
        .call(Method::POST, path, &house.admin, authorization())
        .await;
    assert_eq!(status, 409);
    // The session ends before the program comes for its token.
    let late = code(&mut bob).await;
    bob.call(Method::POST, "/sign-out", Value::Null).await;
    assert_eq!(redeem(&house, &late, VERIFIER, REDIRECT).await.0, 400);
}

async fn poll(house: &House, device_code: &str) -> (u16, Value) {
    let form = [
        ("grant_type", DEVICE),
        ("client_id", "countersign-cli"),
        ("device_code", device_code),
    ];
    house.form("/oauth/token", &form).await
}

async fn device(house: &House) -> (String, String) {
    let (status, body) = house
        .form(
            "/oauth/device_authorization",
            &[("client_id", "countersign-cli")],
        )
        .await;
    assert_eq!(status, 200, "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let page = format!("{}/device", house.url);
    assert_eq!(text("verification_uri"), page);
    assert_eq!(body["interval"], 5);
    let (device, user) = (text("device_code"), text("user_code"));
    assert_eq!(
        text("verification_uri_complete"),
        format!("{page}?user_code={user}")
    );
    (device, user)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_without_a_browser_waits_for_its_person() {
    let house = House::start().await;
    let mut bob = house.signed_in("bob").await;
    let (device_code, user_code) = device(&house).await;
    let (status, body) = poll(&house, &device_code).await;
    assert_eq!(
        (status, &body["error"]),
        (400, &json!("authorization_pending"))
    );
    let (_, body) = poll(&house, &device_code).await;
    assert_eq!(body["error"], "slow_down");

    // However it is typed.
    let typed = user_code.replace('-', "").to_lowercase();
    let path = format!("/oauth/devices/{typed}");
    let (status, body) = bob.call(Method::GET, &path, Value::Null).await;
    assert_eq!(
        (status, &body["client_id"]),
        (200, &json!("countersign-cli"))
    );
    let (status, _) = bob
        .call(Method::POST, &format!("{path}/approve"), Value::Null)
        .await;
    assert_eq!(status, 204);
    let (status, _) = bob
        .call(Method::POST, &format!("{path}/deny"), Value::Null)
        .await;
    assert_eq!(status, 404, "decided");
    // Ten seconds by now: it asked too soon once.
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let (status, body) = poll(&house, &device_code).await;
    assert_eq!(status, 200, "{body}");
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(
        whoami(&house, token).await.1["user"]["email"],
        "bob@example.com"
    );
    let (_, body) = poll(&house, &device_code).await;
    assert_eq!(body["error"], "invalid_grant", "once");
    assert_eq!(house.event("token.issued").await["detail"]["by"], "device");

    let (denied, user_code) = device(&house).await;
    let deny = format!("/oauth/devices/{user_code}/deny");
    assert_eq!(bob.call(Method::POST, &deny, Value::Null).await.0, 204);
    assert_eq!(poll(&house, &denied).await.1["error"], "access_denied");
    assert_eq!(poll(&house, "csd_guess").await.1["error"], "invalid_grant");
    let (status, body) = house
        .form("/oauth/device_authorization", &[("client_id", "evil")])
        .await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_client")));

    // Guessing what somebody else's screen shows.
    let mut tries = 0;
    while bob
        .call(Method::GET, "/oauth/devices/BBBB-BBBB", Value::Null)
        .await
        .0
        == 404
    {
        tries += 1;
        assert!(tries < 20, "guesses are slowed down");
    }
}
