//! People by cookie.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::{Value, json};

use super::support::{Answer, Plane};

fn link_token(link: &str) -> String {
    link.split_once("/sign-in#token=").unwrap().1.to_owned()
}

async fn sign_in(plane: &Plane, token: &str) -> Answer {
    plane
        .call(Method::POST, "/session", "", Some(json!({"token": token})))
        .await
}

/// The cookie a sign-in set, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    assert!(!set.contains("Secure"), "plain HTTP on loopback: {set}");
    set.split(';').next().unwrap().to_owned()
}

async fn with_cookie(
    plane: &Plane,
    method: Method,
    path: &str,
    cookie: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::COOKIE, cookie)
        .header(header::HOST, "127.0.0.1:7400")
        .header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = json!({"name": "edge-9"}).to_string();
    plane.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn the_first_link_signs_the_admin_in_once() {
    let plane = Plane::start().await;
    let token = link_token(&plane.link);
    let answer = sign_in(&plane, &token).await;
    let cookie = cookie(&answer);
    let signed_in = answer.expect(201);
    assert_eq!(signed_in["user"]["roles"], json!(["admin"]));
    assert_eq!(sign_in(&plane, &token).await.code(401), "link_refused");
    let session = with_cookie(&plane, Method::GET, "/session", &cookie, &[]).await;
    assert_eq!(session.expect(200), signed_in);
    plane.pass(8 * 3600);
    let over = with_cookie(&plane, Method::GET, "/session", &cookie, &[]).await;
    assert_eq!(over.code(401), "unauthenticated");
}

#[tokio::test]
async fn unsafe_requests_by_cookie_must_come_from_our_own_pages() {
    let plane = Plane::start().await;
    let answer = sign_in(&plane, &link_token(&plane.link)).await;
    let cookie = cookie(&answer);
    let csrf = answer.expect(201)["csrf_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let csrf = ("x-csrf-token", csrf.as_str());
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16);
    let cases: [Case; 8] = [
        ("no token", &[], 403),
        ("another token", &[("x-csrf-token", "x")], 403),
        ("a token", &[csrf], 201),
        (
            "our origin",
            &[csrf, ("origin", "http://127.0.0.1:7400")],
            201,
        ),
        (
            "another origin",
            &[csrf, ("origin", "http://evil.example")],
            403,
        ),
        ("an opaque origin", &[csrf, ("origin", "null")], 403),
        ("our page", &[csrf, ("sec-fetch-site", "same-origin")], 201),
        (
            "a neighbour's page",
            &[csrf, ("sec-fetch-site", "same-site")],
            403,
        ),
    ];
    for (name, headers, status) in cases {
        let answer = with_cookie(&plane, Method::POST, "/join_tokens", &cookie, headers).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
    }
    let out = with_cookie(&plane, Method::DELETE, "/session", &cookie, &[csrf]).await;
    out.expect(204);
    let gone = with_cookie(&plane, Method::GET, "/session", &cookie, &[]).await;
    assert_eq!(gone.code(401), "unauthenticated");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let plane = Plane::start().await;
    for attempt in 0..10 {
        let answer = sign_in(&plane, "csl_guess").await;
        assert_eq!(answer.code(401), "link_refused", "try {attempt}");
    }
    let answer = sign_in(&plane, &link_token(&plane.link)).await;
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(answer.code(429), "rate_limited");
    plane.pass(6);
    sign_in(&plane, &link_token(&plane.link)).await.expect(201);
}

#[tokio::test]
async fn tokens_and_links_are_shown_once_and_kept_as_hashes() {
    let plane = Plane::start().await;
    let user = json!({"name": "Dave", "email": "Dave@Example.com", "roles": ["reviewer"]});
    let id = plane.post("/users", user).await.expect(201)["id"].clone();
    let id = id.as_str().unwrap();
    let tokens = format!("/users/{id}/tokens");
    let issued = plane.post(&tokens, json!({"name": "ci"})).await.expect(201);
    let token = issued["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("cst_") && token.len() == 47, "{token}");
    let listed = plane.get(&tokens).await.expect(200);
    assert!(!listed.to_string().contains(&token), "{listed}");
    let me = plane
        .call(Method::GET, "/session", &token, None)
        .await
        .expect(200);
    assert_eq!(me["user"]["email"], "dave@example.com");
    assert_eq!(me["csrf_token"], Value::Null);
    let token_id = issued["id"].as_str().unwrap();
    plane
        .delete(&format!("/tokens/{token_id}"))
        .await
        .expect(204);
    let refused = plane.call(Method::GET, "/session", &token, None).await;
    assert_eq!(refused.code(401), "unauthenticated");

    let links = format!("/users/{id}/sign_in_links");
    let short = plane.post(&links, json!({"ttl_seconds": 599})).await;
    assert_eq!(short.code(422), "invalid_body");
    let link = plane.post(&links, json!({})).await.expect(201);
    let link = link["url"].as_str().unwrap();
    assert!(
        link.starts_with("http://127.0.0.1:7400/sign-in#token=csl_"),
        "{link}"
    );
    sign_in(&plane, &link_token(link)).await.expect(201);
    // What is on disk does not let anybody in.
    let mut kept = Vec::new();
    for file in std::fs::read_dir(plane.folder.path().join("data")).unwrap() {
        let file = file.unwrap();
        if file
            .file_name()
            .to_string_lossy()
            .starts_with("countersign.db")
        {
            kept.extend(std::fs::read(file.path()).unwrap());
        }
    }
    for secret in [token.as_str(), &link_token(link), &plane.admin] {
        let found = kept
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "{} is on disk", &secret[..4]);
    }
}
