//! Ask first: who is not in front of the edge asks it before acting, and says how it ended. The questions
//! are those of the OpenID Authorization API 1.0 (AuthZEN).
//!
//! ```text
//! POST /-/access/v1/evaluation ─► session ─► admit (judge, hold) ─► intent ─► {"decision": true}
//! POST /-/access/v1/outcomes   ─► outcome
//! ```
//!
//! A `true` is more than an opinion: its intent is in the journal, and the asker is expected to act once
//! and to say how it ended. Nothing here can hold the asker to it, so that it is believed as far as the
//! program that asks.

mod evaluate;
mod open;
mod outcome;
mod question;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::http::{Request, Shared, fault::Fault, response::Response};

pub(crate) use open::Asked;

/// Comes back as it came (Authorization API 1.0, section 10.1.3).
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers one of the paths of this module; nothing where it is none of them.
pub(crate) async fn serve(shared: &Arc<Shared>, path: &str, request: &Request) -> Option<Response> {
    let answer = match (path, &request.method) {
        ("/-/access/v1/evaluation", &Method::POST) => evaluate::one(shared, request).await,
        ("/-/access/v1/evaluations", &Method::POST) => evaluate::many(shared, request).await,
        ("/-/access/v1/outcomes", &Method::POST) => outcome::report(shared, request).await,
        ("/.well-known/authzen-configuration", &Method::GET) => Ok(configuration(request)),
        (
            "/-/access/v1/evaluation"
            | "/-/access/v1/evaluations"
            | "/-/access/v1/outcomes"
            | "/.well-known/authzen-configuration",
            _,
        ) => Err(Fault::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "questions are asked by POST, the configuration is read by GET",
        )),
        _ => return None,
    };
    let answer = answer.unwrap_or_else(|fault| fault.problem());
    Some(
        match request
            .headers
            .get(REQUEST_ID)
            .and_then(|id| id.to_str().ok())
        {
            Some(id) => answer.with(REQUEST_ID, id),
            None => answer,
        },
    )
}

/// Where the endpoints are (Authorization API 1.0, section 9).
fn configuration(request: &Request) -> Response {
    let scheme = if request.tls { "https" } else { "http" };
    let host = request.headers.get(http::header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
    let base = format!("{scheme}://{host}");
    Response::json(
        StatusCode::OK,
        &json!({
            "policy_decision_point": base,
            "access_evaluation_endpoint": format!("{base}/-/access/v1/evaluation"),
            "access_evaluations_endpoint": format!("{base}/-/access/v1/evaluations"),
        }),
    )
}

/// A body as JSON that everybody reads alike.
fn body<T: DeserializeOwned>(body: &Bytes) -> Result<T, Fault> {
    let document = countersign_inspect::json::parse(body)
        .map_err(|error| bad_request(format!("the body cannot be read: {error}")))?;
    serde_json::from_value(document.to_value())
        .map_err(|error| bad_request(format!("the body is not what is asked for: {error}")))
}

fn bad_request(message: impl Into<String>) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "bad_request", message)
}
