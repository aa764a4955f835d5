//! Refusals, all of one form; and what every answer carries.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::json;

use super::support::Plane;

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let plane = Plane::start().await;
    let request = |method: &str, path: &str, kind: &str, body: Body| {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", plane.admin))
            .header(header::CONTENT_TYPE, kind)
            .body(body)
            .unwrap()
    };
    let json_type = "application/json";
    let targets = "/api/v1/targets";
    let large = || Body::from(vec![b' '; 1024 * 1024 + 1]);
    let target = |value: serde_json::Value| Body::from(value.to_string());
    let cases = [
        (
            "an unknown route",
            request("GET", "/api/v1/nothing", json_type, Body::empty()),
            404,
            "not_found",
        ),
        (
            "beside the API",
            request("GET", "/api/v2", json_type, Body::empty()),
            404,
            "not_found",
        ),
        (
            "an id that names nothing",
            request("GET", "/api/v1/targets/x", json_type, Body::empty()),
            404,
            "not_found",
        ),
        (
            "another method",
            request("PUT", targets, json_type, Body::empty()),
            405,
            "method_not_allowed",
        ),
        (
            "no JSON",
            request("POST", targets, json_type, Body::from("{")),
            400,
            "invalid_json",
        ),
        (
            "another type",
            request("POST", targets, "text/plain", Body::from("{}")),
            415,
            "unsupported_media_type",
        ),
        (
            "a field missing",
            request("POST", targets, json_type, target(json!({"name": "a"}))),
            422,
            "invalid_body",
        ),
        (
            "a field too many",
            request(
                "POST",
                targets,
                json_type,
                target(json!({"name": "a", "kind": "postgres", "x": 1})),
            ),
            422,
            "invalid_body",
        ),
        (
            "a bad name",
            request(
                "POST",
                targets,
                json_type,
                target(json!({"name": "a b", "kind": "postgres"})),
            ),
            422,
            "invalid_body",
        ),
        (
            "a large body",
            request("POST", targets, json_type, large()),
            413,
            "body_too_large",
        ),
        (
            "a bad query",
            request("GET", "/api/v1/targets?limit=x", json_type, Body::empty()),
            400,
            "invalid_query",
        ),
        (
            "a bad cursor",
            request("GET", "/api/v1/edges?cursor=x", json_type, Body::empty()),
            400,
            "invalid_cursor",
        ),
        (
            "not Wasm",
            request(
                "POST",
                "/api/v1/policy_versions",
                json_type,
                Body::from("{}"),
            ),
            415,
            "unsupported_media_type",
        ),
        (
            "no component",
            request(
                "POST",
                "/api/v1/policy_versions",
                "application/wasm",
                Body::from("x"),
            ),
            422,
            "invalid_policy",
        ),
        (
            "no edge named",
            request("GET", "/api/v1/events", json_type, Body::empty()),
            400,
            "edge_id_required",
        ),
    ];
    for (name, request, status, code) in cases {
        let answer = plane.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
        assert_eq!(answer.code(status), code, "{name}");
    }
    let answer = plane
        .post("/targets", json!({"name": "", "kind": "postgres"}))
        .await;
    insta::assert_json_snapshot!(answer.expect(422));
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_it() {
    let plane = Plane::start().await;
    let paths = [
        "/",
        "/sessions",
        "/api/v1/targets",
        "/api/docs/",
        "/healthz",
        "/api/v1/nothing",
    ];
    for path in paths {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = plane.send(request).await;
        let csp = answer.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(csp.contains("frame-ancestors 'none'"), "{path}: {csp}");
        assert!(
            !csp.contains("script-src") && csp.contains("default-src 'self'"),
            "{path}: {csp}"
        );
        assert_eq!(
            answer.headers[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff",
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_of_the_dashboard_are_its_own_to_route() {
    let plane = Plane::start().await;
    let page = |path: &str| {
        let request = Request::builder().uri(path.to_owned());
        plane.send(request.body(Body::empty()).unwrap())
    };
    let index = page("/").await;
    assert_eq!(index.status, 200);
    let etag = index.headers[header::ETAG].clone();
    assert_eq!(index.headers[header::CACHE_CONTROL], "no-cache");
    let route = page("/reviews/019a3c1e").await;
    assert_eq!((route.status.as_u16(), &route.body), (200, &index.body));
    assert_eq!(page("/assets/none.js").await.status, 404);
    assert_eq!(page("/index.html.gz").await.status, 404);
    let again = Request::builder()
        .uri("/")
        .header(header::IF_NONE_MATCH, &etag);
    let again = plane.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, 304);
    let packed = Request::builder()
        .uri("/")
        .header(header::ACCEPT_ENCODING, "br, gzip;q=0.8");
    let packed = plane.send(packed.body(Body::empty()).unwrap()).await;
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "gzip");
}

#[tokio::test]
async fn the_api_browser_works_offline() {
    let plane = Plane::start().await;
    for file in [
        "",
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-initializer.js",
    ] {
        let request = Request::builder().uri(format!("/api/docs/{file}"));
        let answer = plane.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200, "{file}");
        if file.is_empty() || file.ends_with("initializer.js") {
            let text = answer.body.to_string();
            assert!(
                !text.contains("https://"),
                "{file} loads from elsewhere: {text}"
            );
        }
    }
    let document = plane.call(Method::GET, "/openapi.json", "", None).await;
    assert_eq!(document.expect(200)["openapi"], "3.1.0");
}
