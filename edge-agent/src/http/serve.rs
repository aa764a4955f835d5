//! From a request to who answers it: a target, by its name, or the edge itself.

use std::sync::Arc;

use countersign_model::TargetKind;
use http::StatusCode;
use serde_json::json;
use tokio::time::sleep;

use super::{Exchange, Request, Shared, api, fault::Fault, headers, leases, response::Response};
use crate::{
    ask, mcp,
    pipeline::{ASK, SignInRefused},
};

/// Answers a request.
pub(super) async fn handle(shared: &Arc<Shared>, request: Request) -> Response {
    let path = request.target.split('?').next().unwrap_or_default();
    let Some((name, _)) = path
        .get(1..)
        .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
    else {
        return nothing_here();
    };
    match name {
        "" => Response::json(
            StatusCode::OK,
            &json!({"service": "countersign-edge", "targets": "under /{target}/…"}),
        ),
        "-" | ".well-known" => own(shared, path, &request).await,
        name => {
            let name = name.to_owned();
            proxied(shared, request, &name).await
        }
    }
}

/// The edge's own endpoints, which no target's name hides.
async fn own(shared: &Arc<Shared>, path: &str, request: &Request) -> Response {
    if let Some(answer) = Box::pin(ask::serve(shared, path, request)).await {
        return answer;
    }
    if let Some(answer) = Box::pin(mcp::stdio::serve(shared, path, request)).await {
        return answer;
    }
    if let Some(answer) = mcp::protected_resource(shared, request, path) {
        return answer;
    }
    match path {
        "/-/health" => Response::json(StatusCode::OK, &json!({"status": "ok"})),
        _ => nothing_here(),
    }
}

fn nothing_here() -> Response {
    let message = "there is nothing here: a target is served under /{its name}/";
    Fault::new(StatusCode::NOT_FOUND, "not_found", message).problem()
}

async fn proxied(shared: &Arc<Shared>, request: Request, name: &str) -> Response {
    // An error is told in the form of the protocol that the client speaks, known or not.
    let kind = shared
        .pipeline
        .target_kind(name)
        .unwrap_or(TargetKind::Http);
    let session = match open(shared, &request, name, kind) {
        Ok(session) => session,
        Err(closed) => {
            let fault = match closed {
                Closed::Fault(fault) => fault,
                Closed::Refused(refused) => {
                    sleep(refused.delay).await;
                    Fault::from(&refused)
                }
            };
            let response = fault.render(kind);
            return match kind {
                TargetKind::Mcp => mcp::challenged(shared, &request, name, response),
                _ => response,
            };
        }
    };
    if kind == TargetKind::Mcp {
        return Box::pin(mcp::serve(shared, session, request, name)).await;
    }
    let Some(upstream) = shared.upstreams.get(name) else {
        let message = format!("\"{name}\" is no target that is reached by HTTP");
        return Fault::new(StatusCode::NOT_FOUND, "unknown_target", message).render(kind);
    };
    if !upstream.within_rate(session.principal().id) {
        let message = "too many requests a second to this target";
        let fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
        return fault.render(kind).with(http::header::RETRY_AFTER, "1");
    }
    let path = request.target.get(1 + name.len()..).unwrap_or_default();
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    let exchange = Exchange {
        shared: Arc::clone(shared),
        upstream: Arc::clone(upstream),
        session,
        kind,
        request,
        path,
    };
    // Each by itself: what the largest protocol needs is not every request's to hold.
    match kind {
        TargetKind::Http => Box::pin(api::serve(exchange)).await,
        TargetKind::Openai | TargetKind::Anthropic => Box::pin(crate::llm::serve(exchange)).await,
        TargetKind::Postgres | TargetKind::Shell | TargetKind::Mcp => {
            let message = format!(
                "\"{}\" is not served over HTTP",
                exchange.session.target().name
            );
            Fault::new(StatusCode::NOT_FOUND, "unknown_target", message).render(kind)
        }
    }
}

/// Why nobody is let in.
pub(crate) enum Closed {
    Fault(Fault),
    Refused(SignInRefused),
}

/// The session of who sends the request.
pub(crate) fn open(
    shared: &Arc<Shared>,
    request: &Request,
    target: &str,
    kind: TargetKind,
) -> Result<leases::Lease, Closed> {
    session(shared, request, target, kind.as_str())
}

/// The session of who asks before acting, on a target that needs no upstream for that.
pub(crate) fn ask_session(
    shared: &Arc<Shared>,
    request: &Request,
    target: &str,
) -> Result<leases::Lease, Closed> {
    session(shared, request, target, ASK)
}

fn session(
    shared: &Arc<Shared>,
    request: &Request,
    target: &str,
    protocol: &'static str,
) -> Result<leases::Lease, Closed> {
    let secret = headers::credential(&request.headers).map_err(Closed::Fault)?;
    let near = request.client.ip().to_canonical().is_loopback();
    if !(request.tls || near || shared.allow_cleartext) {
        let message = "a credential may only be sent over an encrypted connection";
        return Err(Closed::Fault(Fault::new(
            StatusCode::FORBIDDEN,
            "cleartext",
            message,
        )));
    }
    let agent = request.headers.get(http::header::USER_AGENT);
    let sign_in = leases::sign_in(
        secret,
        target,
        protocol,
        request.client,
        request.tls,
        agent.and_then(|agent| agent.to_str().ok()),
    );
    shared
        .leases
        .take(&shared.pipeline, sign_in)
        .map_err(Closed::Refused)
}
