//! What the edge sends to a server, written from what was parsed, and what comes back.

use std::sync::Arc;

use bytes::Bytes;
use countersign_inspect::{
    json::Json,
    mcp::{EventReader, Kind, Message, RpcError, Version, code, encode_header},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::Server;
use crate::http::{
    Shared,
    answer::collect,
    masks::{Content, content},
    upstream::NoAnswer,
};

pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const METHOD: HeaderName = HeaderName::from_static("mcp-method");
pub(super) const NAME: HeaderName = HeaderName::from_static("mcp-name");
pub(super) const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// How a message travels to a server.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    /// Absent before it is known.
    pub(super) version: Option<Version>,
    /// The server's own session id.
    pub(super) session: Option<String>,
    /// `Mcp-Param-…`, written from the arguments.
    pub(super) mirrored: Vec<(String, String)>,
    pub(super) last_event: Option<String>,
}

impl Way {
    fn headers(&self, message: Option<&Message>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut put = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        let accepted = match message {
            Some(_) => "application/json, text/event-stream",
            None => "text/event-stream",
        };
        put(header::ACCEPT, accepted);
        if let Some(version) = self.version {
            put(VERSION, version.as_str());
        }
        if let Some(session) = &self.session {
            put(SESSION, session);
        }
        if let Some(last_event) = &self.last_event {
            put(LAST_EVENT, last_event);
        }
        if let Some(message) = message {
            put(header::CONTENT_TYPE, "application/json");
            if self.version.is_some_and(Version::is_stateless) {
                put(METHOD, message.method().unwrap_or_default());
                if let Some(name) = named(message) {
                    put(NAME, &encode_header(name));
                }
                for (name, value) in &self.mirrored {
                    if let Ok(name) = name.parse() {
                        put(name, value);
                    }
                }
            }
        }
        headers
    }
}

fn named(message: &Message) -> Option<&str> {
    match message.method()? {
        "tools/call" | "prompts/get" => message.param("name")?.as_str(),
        "resources/read" => message.param("uri")?.as_str(),
        "tasks/get" | "tasks/update" | "tasks/cancel" => message.param("taskId")?.as_str(),
        _ => None,
    }
}

/// What a server answers.
pub(super) enum Reply {
    /// One message.
    Message(Box<Message>),
    /// Events.
    Stream(Incoming),
    /// Nothing, or nothing that is a message.
    Nothing,
}

/// An answer with its head.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) session: Option<String>,
    pub(super) reply: Reply,
}

/// A server's answer to one request, whole.
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) session: Option<String>,
    pub(super) message: Message,
}

/// A server's status as the client gets it: what the server thinks of the edge's credential says nothing
/// of the client's.
pub(super) const fn passed_on(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StatusCode::BAD_GATEWAY,
        other => other,
    }
}

/// Why there is no answer.
pub(super) fn unreachable(error: NoAnswer) -> RpcError {
    RpcError::new(
        code::UPSTREAM,
        format!("the MCP server has no answer: {error}"),
    )
}

/// Sends a message, or asks for a stream where there is none.
pub(super) async fn send(
    shared: &Arc<Shared>,
    server: &Server,
    method: &Method,
    way: &Way,
    message: Option<&Message>,
) -> Result<Answered, RpcError> {
    let body = message.map_or_else(Bytes::new, |message| message.to_bytes().into());
    let headers = way.headers(message);
    let unreached = || unreachable(NoAnswer::Unreachable);
    let upstream = server.upstream.as_ref().ok_or_else(unreached)?;
    let sent = upstream.send(method, "", &headers, body).await;
    let (parts, body) = sent.map_err(unreachable)?.into_parts();
    let session = parts
        .headers
        .get(SESSION)
        .and_then(|value| value.to_str().ok());
    let reply = match content(&parts.headers) {
        Content::Stream if parts.status.is_success() => Reply::Stream(body),
        Content::Json => {
            let mut share = shared.budget.share();
            let most = server.longest();
            let body = collect(body, most, &mut share).await;
            let body = body.map_err(|error| RpcError::new(code::UPSTREAM, error.to_string()))?;
            message_of(&body, parts.status)?
        }
        _ => Reply::Nothing,
    };
    Ok(Answered {
        status: parts.status,
        session: session.map(str::to_owned),
        reply,
    })
}

/// A body that should be a message. What a failure says otherwise is nobody's business.
fn message_of(body: &[u8], status: StatusCode) -> Result<Reply, RpcError> {
    if body.is_empty() {
        return Ok(Reply::Nothing);
    }
    match Message::parse(body) {
        Ok(message) => Ok(Reply::Message(Box::new(message))),
        Err(_) if !status.is_success() => Ok(Reply::Nothing),
        Err(error) => {
            let words = format!("the MCP server's answer cannot be read: {error}");
            Err(RpcError::new(code::UPSTREAM, words))
        }
    }
}

/// Sends a request and waits for its answer alone: what else comes with it is left out.
pub(super) async fn ask(
    shared: &Arc<Shared>,
    server: &Server,
    way: &Way,
    request: &Message,
) -> Result<Told, RpcError> {
    let broken = |words: &str| RpcError::new(code::UPSTREAM, words);
    let id = request.id().cloned().unwrap_or(Json::Null);
    let answered = send(shared, server, &Method::POST, way, Some(request)).await?;
    let (status, session) = (answered.status, answered.session);
    let told = |message| Told {
        status,
        session,
        message,
    };
    let mut body = match answered.reply {
        Reply::Message(message) if message.kind() == Kind::Response => return Ok(told(*message)),
        Reply::Stream(body) => body,
        _ => {
            let words = format!("the MCP server answers with status {status}");
            return Err(broken(&words));
        }
    };
    let mut reader = EventReader::new(server.longest());
    let mut events = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| broken("the MCP server's answer broke off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let read = reader.push(&data, &mut events);
        read.map_err(|error| broken(&error.to_string()))?;
        for event in events.drain(..).filter(|event| !event.data.is_empty()) {
            let message = Message::parse(event.data.as_bytes())?;
            if message.kind() == Kind::Response && message.id() == Some(&id) {
                return Ok(told(message));
            }
        }
    }
    Err(broken("the MCP server's answer ended early"))
}
