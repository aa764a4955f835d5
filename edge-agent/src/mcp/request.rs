//! A client's message on its way: answered here, sent on as it is, or judged.

use countersign_inspect::{
    json::Json,
    mcp::{Kind, ListKind, Message, RpcError, code},
};
use countersign_model::OutcomeStatus;
use http::{Method, StatusCode};

use super::{
    conversation::Owner,
    endpoint::{Call, answer, failed},
    judged, lists, tasks, wire,
};
use crate::{http::response::Response, pipeline::Outcome};

/// Notifications of clients. Others have no meaning that a server could rely on, and are not sent on.
const KNOWN: [&str; 4] = [
    "notifications/initialized",
    "notifications/cancelled",
    "notifications/progress",
    "notifications/roots/list_changed",
];

/// Answers a request.
pub(super) async fn request(call: Call, message: Message) -> Response {
    let method = message.method().unwrap_or_default();
    if let Some(kind) = ListKind::of_method(method) {
        return lists::list(call, message, kind).await;
    }
    match method {
        "ping" if !call.is_stateless() => answer(StatusCode::OK, &empty(&message)),
        "server/discover" if call.is_stateless() => lists::discover(call, message).await,
        "logging/setLevel" if !call.is_stateless() => set_level(call, message).await,
        _ if method.starts_with("tasks/") => tasks::request(call, message).await,
        _ => judged::request(call, message).await,
    }
}

fn empty(message: &Message) -> Message {
    let id = message.id().cloned().unwrap_or(Json::Null);
    Message::result(id, Json::Object(Vec::new()))
}

/// How much a server says is the client's own business: it goes to every server.
async fn set_level(call: Call, message: Message) -> Response {
    let mut last = Err(RpcError::new(code::UPSTREAM, "no MCP server answers"));
    for (index, server) in call.servers.list.iter().enumerate() {
        if let Some(way) = call.way(index) {
            last = wire::ask(&call.shared, server, &way, &message).await;
        }
    }
    match last {
        Ok(told) => answer(wire::passed_on(told.status), &told.message),
        Err(error) => failed(StatusCode::OK, message.id().cloned(), &error),
    }
}

/// Sends a notification on, where it is one that servers know.
pub(super) async fn notification(call: Call, message: Message) -> Response {
    let method = message.method().unwrap_or_default();
    if !KNOWN.contains(&method) {
        let error = RpcError::new(code::INVALID_REQUEST, "this notification is not known here");
        return failed(StatusCode::BAD_REQUEST, None, &error);
    }
    let only = match (method, &call.conversation) {
        ("notifications/cancelled", Some(conversation)) => {
            let id = message.param("requestId");
            match id.and_then(|id| conversation.server_of(id)) {
                Some(server) => Some(server),
                // Nothing of that id is under way.
                None => return accepted(),
            }
        }
        _ => None,
    };
    for (index, server) in call.servers.list.iter().enumerate() {
        let way = call
            .way(index)
            .filter(|_| only.is_none_or(|only| only == index));
        if let Some(way) = way {
            let sent = wire::send(&call.shared, server, &Method::POST, &way, Some(&message)).await;
            if let Err(error) = sent {
                tracing::debug!(%error, "a notification did not reach an MCP server");
            }
        }
    }
    accepted()
}

fn accepted() -> Response {
    Response::new(StatusCode::ACCEPTED, "application/json", "")
}

/// Sends on what the client answers to a server's own request, where the server has asked.
pub(super) async fn response(mut call: Call, message: Message) -> Response {
    debug_assert_eq!(message.kind(), Kind::Response);
    let unknown = || {
        let error = RpcError::new(code::INVALID_REQUEST, "no server has asked that");
        failed(StatusCode::BAD_REQUEST, None, &error)
    };
    let asked = match (&call.conversation, message.id()) {
        (Some(conversation), Some(id)) => conversation.answered(id),
        _ => None,
    };
    let Some(mut asked) = asked else {
        return unknown();
    };
    let Some((server, way)) = call
        .servers
        .server(asked.server)
        .zip(call.way(asked.server))
    else {
        return unknown();
    };
    let status = match message.fault() {
        None => OutcomeStatus::Completed,
        Some(_) => OutcomeStatus::Failed,
    };
    let mut message = message.with_id(asked.id.clone());
    tasks::TaskIds::of(&message).put(&mut message, |id| {
        let owner = Owner::of(&call.session);
        let task = call.shared.mcp.tasks.of_server(&owner, id)?;
        Some(task.id)
    });
    let sent = wire::send(&call.shared, server, &Method::POST, &way, Some(&message)).await;
    if let Some(running) = asked.running.take() {
        let status = if sent.is_ok() {
            status
        } else {
            OutcomeStatus::Interrupted
        };
        call.session.record_outcome(running, Outcome::new(status));
    }
    match sent {
        Ok(_) => accepted(),
        Err(error) => failed(StatusCode::BAD_GATEWAY, None, &error),
    }
}
