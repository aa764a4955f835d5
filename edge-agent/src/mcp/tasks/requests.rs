//! What clients ask about tasks.

use std::sync::Arc;

use bytes::Bytes;
use countersign_inspect::{
    json::Json,
    mcp::{Event, Message, RpcError, Version, code},
};
use futures::{StreamExt as _, stream};
use http::StatusCode;

use super::{EXTENSION, Owner, Task, knows_extension, store::Kind, task::Next};
use crate::{
    http::response::{BrokenOff, Response},
    mcp::{
        endpoint::{Call, answer, failed},
        judged, lists,
        relay::events,
    },
};

/// Answers a request about tasks.
pub(in crate::mcp) async fn request(call: Call, message: Message) -> Response {
    let known: &[&str] = match call.version {
        Version::V2025_06_18 => return judged::request(call, message).await,
        Version::V2025_11_25 => &["tasks/get", "tasks/result", "tasks/list", "tasks/cancel"],
        Version::V2026_07_28 => &["tasks/get", "tasks/update", "tasks/cancel"],
    };
    let id = message.id().cloned();
    let method = message.method().unwrap_or_default();
    if !known.contains(&method) {
        let error = RpcError::new(code::METHOD_NOT_FOUND, "there is no such method");
        let status = match call.is_stateless() {
            true => StatusCode::NOT_FOUND,
            false => StatusCode::OK,
        };
        return failed(status, id, &error);
    }
    if call.is_stateless() && !knows_extension(&message) {
        return undeclared(id);
    }
    if method == "tasks/list" {
        return list(call, message).await;
    }
    let owner = Owner::of(&call.session);
    let name = message.param("taskId").and_then(Json::as_str);
    match name.and_then(|name| call.shared.mcp.tasks.get(&owner, name)) {
        Some(Kind::Server(_)) => judged::request(call, message).await,
        Some(Kind::Own(task)) => own(&call, &message, task).await,
        // Somebody else's task is none.
        None => {
            let error = RpcError::new(code::INVALID_PARAMS, "there is no such task");
            failed(StatusCode::OK, id, &error)
        }
    }
}

/// The answer to a client that did not say, with this request, that it knows tasks.
fn undeclared(id: Option<Json>) -> Response {
    let words = "the client has to declare the extension io.modelcontextprotocol/tasks";
    let error = RpcError::new(code::MISSING_CAPABILITY, words);
    let extensions = Json::object([(EXTENSION, Json::Object(Vec::new()))]);
    let required = Json::object([("extensions", extensions)]);
    let data = Json::object([("requiredCapabilities", required)]);
    answer(
        StatusCode::BAD_REQUEST,
        &Message::error(id, &error, Some(data)),
    )
}

async fn own(call: &Call, message: &Message, task: Arc<Task>) -> Response {
    let id = message.id().cloned().unwrap_or(Json::Null);
    let result = match message.method().unwrap_or_default() {
        "tasks/result" => return result(call, id, task).await,
        "tasks/cancel" => {
            if !task.cancel() {
                let error = RpcError::new(code::INVALID_PARAMS, "the task has ended already");
                return failed(StatusCode::OK, Some(id), &error);
            }
            match call.is_stateless() {
                true => acknowledged(),
                false => task.described(),
            }
        }
        // Nothing of this edge's asks for input: there is none to take.
        "tasks/update" => acknowledged(),
        _ => {
            task.ask();
            task.detailed()
        }
    };
    answer(StatusCode::OK, &Message::result(id, result))
}

fn acknowledged() -> Json {
    Json::object([("resultType", Json::text("complete"))])
}

/// The result, at once where it is there; else as events, with what comes before it.
async fn result(call: &Call, id: Json, task: Arc<Task>) -> Response {
    let first = match task.take() {
        Some(Next::Outcome(outcome)) => return answer(StatusCode::OK, &outcome.with_id(id)),
        Some(Next::Message(message)) => Some(piece(&message)),
        None => None,
    };
    let rest = stream::unfold(Some((task, id)), |waiting| async move {
        let (task, id) = waiting?;
        match task.next().await {
            Next::Message(message) => Some((piece(&message), Some((task, id)))),
            Next::Outcome(outcome) => Some((piece(&outcome.with_id(id)), None)),
        }
    });
    let mut response = events(stream::iter(first).chain(rest).boxed());
    response.end = Some(call.session.end_signal());
    response
}

fn piece(message: &Message) -> Result<Bytes, BrokenOff> {
    let event = Event::message(message.document().to_string());
    Ok(event.to_bytes().into())
}

/// A client's tasks: the edge's own, and those of servers that list them.
async fn list(mut call: Call, message: Message) -> Response {
    let id = message.id().cloned().unwrap_or(Json::Null);
    if message.param("cursor").is_some() {
        let error = RpcError::new(code::INVALID_PARAMS, "there is no such page");
        return failed(StatusCode::OK, Some(id), &error);
    }
    let owner = Owner::of(&call.session);
    let own = call.shared.mcp.tasks.own_of(&owner);
    let mut tasks: Vec<Json> = own.iter().map(|task| task.described()).collect();
    tasks.extend(lists::servers_tasks(&mut call, &owner).await);
    let result = Json::object([("tasks", Json::Array(tasks))]);
    answer(StatusCode::OK, &Message::result(id, result))
}
