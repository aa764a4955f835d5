//! The endpoint of a target: what a request must be before its message is looked at.

use std::sync::Arc;

use countersign_inspect::{
    json::Json,
    mcp::{Kind, Message, Mirrored, RpcError, Version, code},
};
use countersign_model::TargetKind;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use super::{
    Servers,
    conversation::{Conversation, Owner},
    handshake, relay, request,
    wire::{LAST_EVENT, METHOD, NAME, SESSION, VERSION, Way},
};
use crate::http::{Request, Shared, fault::Fault, leases::Lease, open, response::Response};

/// One request of a client, by somebody who is known.
pub(super) struct Call {
    pub(super) shared: Arc<Shared>,
    pub(super) servers: Arc<Servers>,
    pub(super) session: Lease,
    pub(super) headers: HeaderMap,
    pub(super) version: Version,
    /// Absent where the version has no sessions.
    pub(super) conversation: Option<Arc<Conversation>>,
}

impl Call {
    pub(super) const fn is_stateless(&self) -> bool {
        self.version.is_stateless()
    }

    /// The same, in another session of its client.
    pub(super) fn within(&self, session: Lease) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            servers: Arc::clone(&self.servers),
            session,
            headers: HeaderMap::new(),
            version: self.version,
            conversation: self.conversation.clone(),
        }
    }

    /// How a message gets to one of the servers; `None` where the session has none with it.
    pub(super) fn way(&self, server: usize) -> Option<Way> {
        match &self.conversation {
            Some(conversation) => conversation.way(server),
            None => Some(Way {
                version: Some(self.version),
                ..Way::default()
            }),
        }
    }
}

/// A message as the answer.
pub(super) fn answer(status: StatusCode, message: &Message) -> Response {
    Response::new(status, "application/json", message.to_bytes())
}

/// An error as the answer.
pub(super) fn failed(status: StatusCode, id: Option<Json>, error: &RpcError) -> Response {
    answer(status, &Message::error(id, error, None))
}

fn refused(status: StatusCode, words: &str) -> Response {
    failed(status, None, &RpcError::new(code::INVALID_REQUEST, words))
}

/// Serves a request for a target's endpoint.
pub(crate) async fn serve(
    shared: &Arc<Shared>,
    session: Lease,
    request: Request,
    target: &str,
) -> Response {
    let path = request.target.split('?').next().unwrap_or_default();
    let behind = path.get(1 + target.len()..).unwrap_or_default();
    let Some(servers) = shared
        .mcp
        .servers(target)
        .filter(|_| matches!(behind, "" | "/" | "/mcp"))
    else {
        let message = "an MCP server is served under its target's name alone";
        return Fault::new(StatusCode::NOT_FOUND, "not_found", message).render(TargetKind::Mcp);
    };
    let (shared, servers) = (Arc::clone(shared), Arc::clone(servers));
    if !servers.within_rate(session.principal().id) {
        let message = "too many requests a second to this target";
        let fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
        let response = fault.render(TargetKind::Mcp);
        return response.with(header::RETRY_AFTER, "1");
    }
    if let Err(response) = check_origin(&shared, &request.headers) {
        return *response;
    }
    let one = [SESSION, VERSION, METHOD, NAME, LAST_EVENT];
    if one
        .iter()
        .any(|name| request.headers.get_all(name).iter().count() > 1)
    {
        return refused(StatusCode::BAD_REQUEST, "a header is there twice");
    }
    match request.method {
        Method::POST => post(shared, servers, session, request).await,
        Method::GET => get(shared, servers, session, &request).await,
        Method::DELETE => delete(&shared, &servers, &session, &request).await,
        _ => not_allowed(),
    }
}

fn not_allowed() -> Response {
    refused(
        StatusCode::METHOD_NOT_ALLOWED,
        "this takes POST, GET and DELETE alone",
    )
    .with(header::ALLOW, "POST, GET, DELETE")
}

/// A browser says whose page asks. Pages of this machine and of the edge's own address may; a page that
/// made its name point here may not.
fn check_origin(shared: &Shared, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let own = shared
        .mcp
        .public_url
        .as_deref()
        .and_then(|url| reqwest::Url::parse(url).ok());
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| reqwest::Url::parse(origin).ok());
    let known = origin.is_some_and(|origin| {
        let near = matches!(origin.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        near || own.is_some_and(|own| own.origin() == origin.origin())
    });
    if known && headers.get_all(header::ORIGIN).iter().count() == 1 {
        return Ok(());
    }
    Err(Box::new(refused(
        StatusCode::FORBIDDEN,
        "this origin may not ask here",
    )))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn takes(headers: &HeaderMap, kind: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter();
    let mut kinds = values
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','));
    let (family, _) = kind.split_once('/').unwrap_or((kind, ""));
    kinds.any(|one| {
        let one = one.split(';').next().unwrap_or_default().trim();
        one.eq_ignore_ascii_case(kind) || one == "*/*" || one == format!("{family}/*")
    })
}

async fn post(
    shared: Arc<Shared>,
    servers: Arc<Servers>,
    mut session: Lease,
    request: Request,
) -> Response {
    let headers = request.headers;
    if !(takes(&headers, "application/json") && takes(&headers, "text/event-stream")) {
        let words = "the client must accept application/json and text/event-stream";
        return refused(StatusCode::NOT_ACCEPTABLE, words);
    }
    let kind = text(&headers, &header::CONTENT_TYPE).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a message is application/json",
        );
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a message is not compressed",
        );
    }
    let message = match Message::parse(&request.body) {
        Ok(message) => message,
        Err(error) => {
            session.violation(&error.message);
            return failed(StatusCode::BAD_REQUEST, None, &error);
        }
    };
    drop(request.body);
    let version = match version(&headers, &message) {
        Ok(version) => version,
        Err(response) => return *response,
    };
    let begins = message.kind() == Kind::Request && message.method() == Some("initialize");
    let conversation = match version {
        Some(version) if version.is_stateless() => None,
        _ if begins => None,
        _ => match conversation(&shared, &session, &headers) {
            Ok(conversation) => Some(conversation),
            Err(response) => return *response,
        },
    };
    let spoken = conversation
        .as_ref()
        .map(|conversation| conversation.version);
    if spoken.is_some() && version.is_some() && spoken != version {
        return refused(
            StatusCode::BAD_REQUEST,
            "this session speaks another version",
        );
    }
    let version = spoken.or(version).unwrap_or(Version::V2025_11_25);
    if let Err(error) = check_words(&headers, &message, version) {
        session.violation(&error.message);
        return failed(StatusCode::BAD_REQUEST, message.id().cloned(), &error);
    }
    let call = Call {
        shared,
        servers,
        session,
        headers,
        version,
        conversation,
    };
    if begins && !version.is_stateless() {
        return handshake::begin(call, message).await;
    }
    match message.kind() {
        Kind::Request => request::request(call, message).await,
        Kind::Notification => request::notification(call, message).await,
        Kind::Response => request::response(call, message).await,
    }
}

/// Whether a request says of itself what its version asks for, and its headers the same.
fn check_words(headers: &HeaderMap, message: &Message, version: Version) -> Result<(), RpcError> {
    version.check_meta(message)?;
    let mirrored = Mirrored {
        version: text(headers, &VERSION),
        method: text(headers, &METHOD),
        name: text(headers, &NAME),
    };
    Ok(mirrored.check(message, version)?)
}

/// The version that a request names, in its header or, where versions have no sessions, in its body.
fn version(headers: &HeaderMap, message: &Message) -> Result<Option<Version>, Box<Response>> {
    let header = text(headers, &VERSION);
    let body = message
        .meta("io.modelcontextprotocol/protocolVersion")
        .and_then(Json::as_str);
    let Some(named) = header.or(body) else {
        return Ok(None);
    };
    match (Version::named(named), body.and_then(Version::named)) {
        // The body is what a server acts on: the header must then say so too, and is checked.
        (_, Some(body)) if body.is_stateless() => Ok(Some(body)),
        (Some(version), _) => Ok(Some(version)),
        (None, _) => {
            // Who names a version in the body knows no sessions, and is told what it could go on with.
            let fitting = |one: &Version| body.is_none() || one.is_stateless();
            let versions = Version::ALL.into_iter().filter(fitting);
            let versions = versions.map(|one| Json::text(one.as_str()));
            let data = Json::object([
                ("supported", Json::Array(versions.collect())),
                (
                    "requested",
                    Json::text(named.get(..named.floor_char_boundary(32)).unwrap_or("")),
                ),
            ]);
            let words = "Unsupported protocol version";
            let error = RpcError::new(code::UNSUPPORTED_VERSION, words);
            let message = Message::error(message.id().cloned(), &error, Some(data));
            Err(Box::new(answer(StatusCode::BAD_REQUEST, &message)))
        }
    }
}

/// The session that a request names, where it is the caller's.
fn conversation(
    shared: &Shared,
    session: &Lease,
    headers: &HeaderMap,
) -> Result<Arc<Conversation>, Box<Response>> {
    let Some(id) = text(headers, &SESSION) else {
        let words = "the header Mcp-Session-Id is missing; a session begins with `initialize`";
        return Err(Box::new(refused(StatusCode::BAD_REQUEST, words)));
    };
    let found = shared.mcp.conversations.get(id, &Owner::of(session));
    // Somebody else's session is none.
    found.ok_or_else(|| Box::new(refused(StatusCode::NOT_FOUND, "there is no such session")))
}

async fn get(
    shared: Arc<Shared>,
    servers: Arc<Servers>,
    session: Lease,
    request: &Request,
) -> Response {
    let headers = &request.headers;
    let named = text(headers, &VERSION).and_then(Version::named);
    if named.is_some_and(Version::is_stateless) {
        return not_allowed();
    }
    if !takes(headers, "text/event-stream") {
        return refused(
            StatusCode::NOT_ACCEPTABLE,
            "the client must accept text/event-stream",
        );
    }
    let conversation = match conversation(&shared, &session, headers) {
        Ok(conversation) => conversation,
        Err(response) => return *response,
    };
    let call = Call {
        shared,
        servers,
        session,
        version: conversation.version,
        conversation: Some(conversation),
        headers: headers.clone(),
    };
    let last_event = text(headers, &LAST_EVENT).map(str::to_owned);
    let heard = if call.servers.namer.is_joined() {
        let target = call.session.target().name.clone();
        let more = (1..call.servers.list.len())
            .filter_map(|_| open(&call.shared, request, &target, TargetKind::Mcp).ok());
        let more = more.collect();
        relay::listen_to_all(call, more).await
    } else {
        relay::listen(call, last_event).await
    };
    heard.unwrap_or_else(not_allowed)
}

async fn delete(
    shared: &Arc<Shared>,
    servers: &Arc<Servers>,
    session: &Lease,
    request: &Request,
) -> Response {
    let headers = &request.headers;
    let conversation = match conversation(shared, session, headers) {
        Ok(conversation) => conversation,
        Err(response) => return *response,
    };
    shared
        .mcp
        .conversations
        .remove(text(headers, &SESSION).unwrap_or_default());
    handshake::end(shared, servers, &conversation).await;
    Response::new(StatusCode::OK, "application/json", "")
}
