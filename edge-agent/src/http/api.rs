//! Any HTTP API: method, route, query, headers and body are judged; the answer is masked.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use countersign_inspect::{http as inspect, json};
use countersign_model::{HttpOperation, Operation, OutcomeStatus, StatementClass};
use http::{HeaderMap, Method, header};

use super::{
    Exchange,
    admit::admit,
    answer::{self, Answer},
    fault::Fault,
    headers,
    masks::{Content, Masks, content},
    response::Response,
};
use crate::pipeline::{Inspected, Outcome, Phase, code};

/// An HTTP request, ready to be sent.
struct Ready {
    headers: HeaderMap,
    /// Path and query, written from what was parsed.
    path: String,
    inspected: Arc<Inspected>,
}

/// Serves a request for an HTTP target.
pub(super) async fn serve(mut exchange: Exchange) -> Response {
    let kind = exchange.kind;
    match begin(&mut exchange).await {
        Ok(answer) => answer::serve(exchange, answer).await,
        Err(fault) => fault.render(kind),
    }
}

/// Goes as far as the head of the upstream's answer.
async fn begin(exchange: &mut Exchange) -> Result<Answer, Fault> {
    let mut ready = read(exchange)?;
    let wait = exchange.upstream.config.hold();
    let shared = Arc::clone(&exchange.shared);
    let session = &mut exchange.session;
    let judged = admit(
        &shared.pendings,
        session,
        Phase::Http,
        &ready.inspected,
        wait,
    )
    .await?;
    let key = shared.pipeline.pseudonym_key();
    let masks = match Masks::new(&judged.decision().obligations.masks, &key) {
        Ok(masks) => masks,
        Err(problem) => {
            let problem = problem.to_string();
            let refusal = session.refuse(&judged, code::NOT_ENFORCEABLE, problem);
            return Err(Fault::from(&refusal));
        }
    };
    let filters = session.begin_filters(&judged)?;
    if masks.is_some() || !filters.is_empty() {
        // What is to be hidden could be fetched in parts that show nothing of what it is.
        ready.headers.remove(header::RANGE);
        ready.headers.remove(header::IF_RANGE);
    }
    let running = session.record_intent(&judged).await?;
    let method = &exchange.request.method;
    let body = exchange.request.body.clone();
    let sent = exchange
        .upstream
        .send(method, &ready.path, &ready.headers, body);
    match sent.await {
        Ok(response) => Ok(Answer {
            response,
            action: judged.action_id(),
            masks,
            filters,
            running,
        }),
        Err(error) => {
            session.record_outcome(running, Outcome::new(OutcomeStatus::Failed));
            Err(error.fault(judged.action_id()))
        }
    }
}

/// Parses a request, and writes what the upstream gets from what was parsed.
fn read(exchange: &mut Exchange) -> Result<Ready, Fault> {
    let began = Instant::now();
    let passed = headers::to_upstream(&exchange.request.headers);
    let method = exchange.request.method.clone();
    let parsed = parse(exchange, &passed).map_err(|problem| {
        let line = format!("{method} {}", exchange.path);
        let refusal = exchange.session.unreadable(Phase::Http, &line, problem);
        Fault::from(&refusal)
    })?;
    let (operation, path) = parsed;
    let line = format!("{} {}", operation.method, operation.path);
    let parts = vec![
        Bytes::from(method.as_str().to_owned()),
        Bytes::from(path.clone()),
        headers::content(&passed),
        exchange.request.body.clone(),
    ];
    let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let class = class(&method);
    let inspected = Inspected::request(&line, Operation::Http(operation), class, parts, took);
    Ok(Ready {
        headers: passed,
        path,
        inspected,
    })
}

/// By HTTP's own rules (RFC 9110, section 9.2.1) these change nothing; of others it is not known.
fn class(method: &Method) -> StatementClass {
    match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => StatementClass::Read,
        _ => StatementClass::Write,
    }
}

fn parse(exchange: &Exchange, passed: &HeaderMap) -> Result<(HttpOperation, String), String> {
    let request = &exchange.request;
    if request
        .headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding != "identity")
    {
        return Err("the body is compressed, and policies could not see it".to_owned());
    }
    if headers::override_method(&request.headers) {
        return Err("a header asks for another method than the request's".to_owned());
    }
    let body = body_text(request)?;
    let facts = headers::facts(passed);
    let parsed = inspect::request(request.method.as_str(), &exchange.path, facts, body);
    let mut operation = parsed.map_err(|error| error.to_string())?;
    operation.host = exchange.upstream.host.to_string();
    let route = exchange
        .upstream
        .routes
        .find(&operation.method, &operation.path);
    operation.route = route.map(str::to_owned);
    let query = exchange.path.split_once('?').map(|(_, query)| query);
    let path = written(&operation.path, query)?;
    Ok((operation, path))
}

/// The body as policies see it. What says that it is JSON must be, and be read by everybody alike; so
/// must what is JSON and does not say so, since policies and servers may read it as that.
fn body_text(request: &super::Request) -> Result<Option<Arc<str>>, String> {
    if request.body.is_empty() {
        return Ok(None);
    }
    if content(&request.headers) == Content::Json || json::is_document(&request.body) {
        json::parse(&request.body)
            .map_err(|error| format!("the body is no JSON that everybody reads alike: {error}"))?;
    }
    Ok(std::str::from_utf8(&request.body).ok().map(Arc::from))
}

/// The path as the upstream gets it: what policies saw, encoded again. The query stands as it came,
/// if it is one that everybody reads alike.
fn written(path: &str, query: Option<&str>) -> Result<String, String> {
    let mut out = String::with_capacity(path.len() + 16);
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'!'
            | b'$'
            | b'&'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'+'
            | b','
            | b';'
            | b'='
            | b':'
            | b'@' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    if let Some(query) = query {
        let plain = |byte: u8| {
            byte.is_ascii_graphic() && !matches!(byte, b'#' | b'"' | b'<' | b'>' | b'\\')
        };
        if !query.bytes().all(plain) {
            return Err("the query holds characters that have to be encoded".to_owned());
        }
        out.push('?');
        out.push_str(query);
    }
    Ok(out)
}
