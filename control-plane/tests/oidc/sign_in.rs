//! Who signs in becomes who the provider says they are, each time anew.

use reqwest::{Method, header::SET_COOKIE};
use serde_json::{Value, json};

use crate::support::{House, local_user};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_become_roles_and_a_scope() {
    let house = House::start().await;
    let options = house
        .http
        .get(format!("{}/api/v1/sign-in/options", house.url))
        .send()
        .await
        .unwrap();
    let options: Value = serde_json::from_str(&options.text().await.unwrap()).unwrap();
    let oidc = json!({"name": "Example SSO", "start_url": "/auth/oidc/start"});
    assert_eq!(options, json!({"oidc": oidc, "links": false}));

    let staging = json!({"env": "staging"});
    let cases = [
        ("alice", json!(["admin"]), Value::Null),
        ("bob", json!(["reviewer"]), Value::Null),
        ("sam", json!(["reviewer"]), staging),
        ("mia", json!(["member"]), Value::Null),
    ];
    let mut ids = Vec::new();
    for (account, roles, scope) in cases {
        house.provider.signs_in(account).unwrap();
        let mut browser = house.browser();
        assert_eq!(
            browser.sign_in("/reviews?tab=open").await,
            "/reviews?tab=open"
        );
        let session = browser.session().await.unwrap();
        assert_eq!(session["user"]["email"], format!("{account}@example.com"));
        assert_eq!(session["user"]["roles"], roles, "{account}");
        assert_eq!(session["user"]["review_scope"], scope, "{account}");
        let event = house.event("sign_in.succeeded").await;
        assert_eq!(event["actor"], format!("{account}@example.com"));
        ids.push(session["user"]["id"].clone());
    }
    let user = house
        .get(&format!("/users/{}", ids[0].as_str().unwrap()))
        .await;
    assert_eq!(user["source"], "oidc");

    // The provider changes its mind; the person stays who they are.
    house
        .provider
        .set_groups("alice", &["dba", "staff"])
        .unwrap();
    let mut browser = house.signed_in("alice").await;
    let session = browser.session().await.unwrap();
    assert_eq!(session["user"]["id"], ids[0]);
    assert_eq!(session["user"]["roles"], json!(["reviewer", "member"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_the_claims_do_not_let_in_stays_out() {
    let house = House::start().await;
    for (account, code) in [
        ("nora", "no_role"),
        ("una", "no_email"),
        ("noemail", "no_email"),
        ("denied", "denied"),
    ] {
        house.provider.signs_in(account).unwrap();
        let mut browser = house.browser();
        let landed = browser.sign_in("/").await;
        assert_eq!(landed, format!("/sign-in?error={code}"), "{account}");
        // Whoever wanted a page still comes to it by trying again.
        let landed = browser.sign_in("/sessions?effect=deny").await;
        let next = "%2Fsessions%3Feffect%3Ddeny";
        assert_eq!(landed, format!("/sign-in?error={code}&next={next}"));
        assert!(browser.session().await.is_none(), "{account}");
        let event = house.event("sign_in.refused").await;
        assert_eq!(event["detail"]["code"], code, "{account}: {event}");
    }
    // Whom the provider turned away was never a user here.
    let users = house.get("/users").await;
    assert_eq!(users["items"].as_array().unwrap().len(), 1, "{users}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_person_and_a_taken_address_stay_out() {
    let house = House::start().await;
    // A person who was added by hand is the one whom the provider vouches for.
    let (status, added) = house
        .call(
            Method::POST,
            "/users",
            &house.admin,
            local_user("mia@example.com", "auditor"),
        )
        .await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["source"], "local");
    let mut mia = house.signed_in("mia").await;
    let session = mia.session().await.unwrap();
    assert_eq!(session["user"]["id"], added["id"]);
    assert_eq!(
        session["user"]["roles"],
        json!(["member"]),
        "the provider's word"
    );

    let path = format!("/users/{}", added["id"].as_str().unwrap());
    let disable = json!({"disabled": true});
    let (status, _) = house
        .call(Method::PATCH, &path, &house.admin, disable)
        .await;
    assert_eq!(status, 200);
    assert!(mia.session().await.is_none(), "at once");
    assert_eq!(
        house.browser().sign_in("/").await,
        "/sign-in?error=disabled"
    );
    let event = house.event("sign_in.refused").await;
    assert_eq!(event["actor"], "mia@example.com");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotated_keys_are_looked_up_but_not_at_everybodys_word() {
    let house = House::start().await;
    house.signed_in("alice").await;
    house.provider.rotate_keys().unwrap();
    house.signed_in("alice").await;
    // Again within seconds: whoever makes up key ids must not make us ask the provider each time.
    house.provider.rotate_keys().unwrap();
    let landed = house.browser().sign_in("/").await;
    assert_eq!(landed, "/sign-in?error=bad_signature");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_are_for_this_site_and_no_script() {
    let house = House::start().await;
    house.provider.signs_in("alice").unwrap();
    let mut browser = house.browser();
    let start = browser.get(&format!("{}/auth/oidc/start", house.url)).await;
    let set = start.headers[SET_COOKIE].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/auth/oidc", "Max-Age=600"] {
        assert!(set.contains(attribute), "{set}");
    }
    assert_eq!(start.headers["cache-control"], "no-store");
    let callback = browser.reach_callback("/").await.unwrap();
    let page = browser.get(&callback).await;
    let sets: Vec<&str> = page
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|set| set.to_str().unwrap())
        .collect();
    let session = sets
        .iter()
        .find(|set| set.starts_with("countersign_session="));
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"] {
        assert!(session.unwrap().contains(attribute), "{sets:?}");
    }
    let attempt = sets.iter().find(|set| set.starts_with("countersign_oidc_"));
    assert!(attempt.unwrap().contains("Max-Age=0"), "{sets:?}");
    assert_eq!(page.headers["cache-control"], "no-store");

    // Nothing on disk finishes an attempt or opens a session.
    let secrets = [
        browser.cookie("countersign_session").unwrap().to_owned(),
        set.split(['=', ';']).nth(1).unwrap().to_owned(),
        crate::support::parameter(&callback, "state"),
        crate::support::parameter(&callback, "code"),
    ];
    let mut kept = Vec::new();
    for file in std::fs::read_dir(house.folder.path().join("data")).unwrap() {
        let file = file.unwrap();
        if file
            .file_name()
            .to_string_lossy()
            .starts_with("countersign.db")
        {
            kept.extend(std::fs::read(file.path()).unwrap());
        }
    }
    for secret in secrets {
        assert!(secret.len() > 20, "{secret}");
        let found = kept.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!found, "{} is on disk", &secret[..4]);
    }
}
