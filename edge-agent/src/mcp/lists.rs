//! What a target offers: the lists of its servers, without what the principal may not use.

use std::sync::{Arc, PoisonError};

use countersign_inspect::{
    json::Json,
    mcp::{ListKind, Message, RpcError, Version, code, effect_of_method, retain_items},
};
use countersign_model::{Effect, McpOperation, Operation, StatementClass, ToolCallOperation};
use http::StatusCode;
use serde_json::Value;

use super::{
    catalogue::Catalogue,
    conversation::Owner,
    endpoint::{Call, answer, failed},
    handshake::{instructions, merged, offer_extension, own_info},
    pins::Place,
    wire::{self, Told},
};
use crate::{
    http::{masks::Counts, response::Response},
    pipeline::{Inspected, Phase},
};

/// Pages of one list that are read for a client.
const MAX_PAGES: usize = 100;
/// Items likewise.
const MAX_ITEMS: usize = 10_000;

/// Answers a request for a list.
pub(super) async fn list(mut call: Call, message: Message, kind: ListKind) -> Response {
    let id = message.id().cloned();
    let listed = if kind == ListKind::Tools || call.servers.namer.is_joined() {
        all_pages(&mut call, &message, kind).await
    } else {
        one_page(&mut call, &message, kind).await
    };
    match listed {
        Ok(told) => answer(wire::passed_on(told.status), &told.message),
        Err(error) => failed(StatusCode::OK, id, &error),
    }
}

/// One page of the only server's list, as it is but for what is left out.
async fn one_page(call: &mut Call, message: &Message, kind: ListKind) -> Result<Told, RpcError> {
    let gone = || RpcError::new(code::UPSTREAM, "this session has no such server");
    let servers = Arc::clone(&call.servers);
    let server = servers.server(0).ok_or_else(gone)?;
    let way = call.way(0).ok_or_else(gone)?;
    let mut told = wire::ask(&call.shared, server, &way, message).await?;
    retain_items(&mut told.message, kind, |item| {
        may_use(call, &server.name, kind, item, None).is_some()
    });
    Ok(told)
}

/// The whole list of every server, in one page.
async fn all_pages(call: &mut Call, message: &Message, kind: ListKind) -> Result<Told, RpcError> {
    if message.param("cursor").is_some() {
        return Err(RpcError::new(code::INVALID_PARAMS, "there is no such page"));
    }
    let servers = Arc::clone(&call.servers);
    let mut first: Option<Told> = None;
    let mut problem = RpcError::new(code::UPSTREAM, "no MCP server answers");
    let mut all = Vec::new();
    for (index, server) in servers.list.iter().enumerate() {
        let (told, items) = match pages(call, index, message, kind).await {
            Ok(read) => read,
            Err(error) => {
                problem = error;
                continue;
            }
        };
        let known = (kind == ListKind::Tools).then(|| learn(call, index, &items));
        for mut item in items {
            let catalogue = known.as_deref();
            if let Some(effect) = may_use(call, &server.name, kind, &item, catalogue) {
                if effect == Effect::Review && call.version == Version::V2025_11_25 {
                    offer_task(&mut item);
                }
                if let Some(Json::String(name)) = item.get_mut(kind.key()) {
                    *name = servers.namer.outward(kind, &server.name, name);
                }
                all.push(item);
            }
        }
        let unanswered = |first: &Told| first.message.answer().is_none();
        if first.as_ref().is_none_or(unanswered) {
            first = Some(told);
        }
    }
    let mut told = first.ok_or(problem)?;
    if let Some(result) = told.message.answer_mut() {
        result.remove("nextCursor");
        result.set(kind.field(), Json::Array(all));
    }
    Ok(told)
}

/// All pages of one server's list: its first answer, and the items of all of them.
async fn pages(
    call: &Call,
    index: usize,
    message: &Message,
    kind: ListKind,
) -> Result<(Told, Vec<Json>), RpcError> {
    let gone = || RpcError::new(code::UPSTREAM, "this session has no such server");
    let server = call.servers.server(index).ok_or_else(gone)?;
    let way = call.way(index).ok_or_else(gone)?;
    let mut items = Vec::new();
    let mut request = message.clone();
    let mut first = None;
    for _ in 0..MAX_PAGES {
        let mut told = wire::ask(&call.shared, server, &way, &request).await?;
        let result = told.message.answer_mut();
        let listed = result.and_then(|result| result.get_mut(kind.field()));
        if let Some(Json::Array(page)) = listed {
            items.append(page);
        }
        if items.len() > MAX_ITEMS {
            return Err(RpcError::new(
                code::UPSTREAM,
                "the MCP server's list is too long",
            ));
        }
        let result = told.message.answer();
        let next = result.and_then(|result| result.str_of("nextCursor"));
        let next = next.map(Json::text);
        first.get_or_insert(told);
        let Some(next) = next else {
            return first.map(|first| (first, items)).ok_or_else(gone);
        };
        let id = message.id().cloned().unwrap_or(Json::Null);
        let mut params = message
            .params()
            .cloned()
            .unwrap_or(Json::Object(Vec::new()));
        params.set("cursor", next);
        request = Message::request(id, kind.method(), Some(params));
    }
    Err(RpcError::new(
        code::UPSTREAM,
        "the MCP server's list does not end",
    ))
}

/// Takes note of a server's tools.
pub(super) fn learn(call: &mut Call, index: usize, items: &[Json]) -> Arc<Catalogue> {
    let servers = Arc::clone(&call.servers);
    let target = Arc::clone(call.session.target());
    let name = servers
        .server(index)
        .map_or("", |server| server.name.as_str());
    let place = Place {
        session_id: Some(call.session.id()),
        target_id: target.id,
        target: &target.name,
        server: name,
    };
    let catalogue = Catalogue::read(items, &place, &call.shared.mcp.pins, &call.shared.pipeline);
    let catalogue = Arc::new(catalogue);
    match (&call.conversation, servers.server(index)) {
        (Some(conversation), _) => {
            conversation.set_catalogue(index, Some(Arc::clone(&catalogue)));
        }
        (None, Some(server)) => {
            let mut kept = server
                .catalogue
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *kept = Some(Arc::clone(&catalogue));
        }
        (None, None) => {}
    }
    catalogue
}

/// A server's tools, as of a moment ago.
pub(super) async fn catalogue(
    call: &mut Call,
    index: usize,
    message: &Message,
) -> Result<Arc<Catalogue>, RpcError> {
    let known = match (&call.conversation, call.servers.server(index)) {
        (Some(conversation), _) => conversation.catalogue(index),
        (None, Some(server)) => {
            let kept = server
                .catalogue
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            kept.clone()
        }
        (None, None) => None,
    };
    if let Some(known) = known.filter(|known| known.is_fresh()) {
        return Ok(known);
    }
    // In the client's name, since a server may offer different things to different clients.
    let mut params = Json::Object(Vec::new());
    if let Some(meta) = message.param("_meta").filter(|_| call.is_stateless()) {
        let mut meta = meta.clone();
        meta.remove("progressToken");
        params.set("_meta", meta);
    }
    let id = Json::String(format!("countersign-{:016x}", rand::random::<u64>()));
    let request = Message::request(id, ListKind::Tools.method(), Some(params));
    let (told, items) = pages(call, index, &request, ListKind::Tools).await?;
    // A server without tools says that it has no such method.
    let items = if told.message.answer().is_some() {
        items
    } else {
        Vec::new()
    };
    Ok(learn(call, index, &items))
}

/// Says of a tool which people decide about that its call may be a task.
fn offer_task(tool: &mut Json) {
    let support = tool.get_in(&["execution", "taskSupport"]);
    let supported = support.and_then(Json::as_str);
    if matches!(supported, Some("optional" | "required")) {
        return;
    }
    let optional = Json::text("optional");
    match tool.get_mut("execution") {
        Some(execution @ Json::Object(_)) => execution.set("taskSupport", optional),
        _ => tool.set("execution", Json::object([("taskSupport", optional)])),
    }
}

/// The tasks that servers list, of those that are the client's own.
pub(super) async fn servers_tasks(call: &mut Call, owner: &Owner) -> Vec<Json> {
    let Some(conversation) = call.conversation.clone() else {
        return Vec::new();
    };
    let mut tasks = Vec::new();
    for index in 0..call.servers.list.len() {
        if !conversation.met(index).is_some_and(|met| met.lists_tasks) {
            continue;
        }
        // What one server does not tell takes nothing from what others do.
        let listed = tasks_of(call, index).await.unwrap_or_default();
        for mut task in listed {
            let id = task.str_of("taskId").unwrap_or_default().to_owned();
            let known = &call.shared.mcp.tasks;
            let Some(outward) = known.outward(owner, index, &id) else {
                continue;
            };
            let masks = known.of_server(owner, &outward).and_then(|task| task.masks);
            if let Some(masks) = masks {
                masks.document(&mut task, &mut Counts::default());
            }
            task.set("taskId", Json::String(outward));
            tasks.push(task);
        }
    }
    tasks
}

/// All tasks that a server lists, whoever they belong to.
async fn tasks_of(call: &Call, index: usize) -> Result<Vec<Json>, RpcError> {
    let gone = || RpcError::new(code::UPSTREAM, "this session has no such server");
    let server = call.servers.server(index).ok_or_else(gone)?;
    let way = call.way(index).ok_or_else(gone)?;
    let mut tasks = Vec::new();
    let mut params = Json::Object(Vec::new());
    for _ in 0..MAX_PAGES {
        let id = Json::String(format!("countersign-{:016x}", rand::random::<u64>()));
        let request = Message::request(id, "tasks/list", Some(params.clone()));
        let mut told = wire::ask(&call.shared, server, &way, &request).await?;
        let result = told.message.answer_mut().ok_or_else(gone)?;
        if let Some(Json::Array(page)) = result.get_mut("tasks") {
            tasks.append(page);
        }
        match result.get("nextCursor") {
            Some(next @ Json::String(_)) if tasks.len() < MAX_ITEMS => {
                params.set("cursor", next.clone());
            }
            _ => break,
        }
    }
    Ok(tasks)
}

/// Whether the principal may use an item, as far as can be told before it is used; what its call would
/// come to, where it may.
pub(super) fn may_use(
    call: &mut Call,
    server: &str,
    kind: ListKind,
    item: &Json,
    catalogue: Option<&Catalogue>,
) -> Option<Effect> {
    let name = item.str_of(kind.key())?;
    let (phase, operation, class) = match kind {
        ListKind::Tools => {
            let tool = catalogue?.tool(name).filter(|tool| tool.usable)?;
            let operation = ToolCallOperation {
                server: server.to_owned(),
                tool: name.to_owned(),
                arguments: Arc::new(Value::Null),
                definition_changed: false,
            };
            let class = tool.definition.class;
            (Phase::McpToolCall, Operation::ToolCall(operation), class)
        }
        ListKind::Prompts => read("prompts/get", server, name),
        ListKind::Resources | ListKind::Templates => read("resources/read", server, name),
    };
    let line = super::judged::line(&operation);
    let inspected = Inspected::request(&line, operation, class, Vec::new(), 0);
    let foreseen = call.session.foresee(phase, &inspected)?;
    Some(foreseen.effect).filter(|effect| *effect != Effect::Deny)
}

fn read(method: &str, server: &str, name: &str) -> (Phase, Operation, StatementClass) {
    let operation = McpOperation {
        server: server.to_owned(),
        method: method.to_owned(),
        name: Some(name.to_owned()),
        params: Arc::new(Value::Null),
    };
    let class = effect_of_method(method);
    (Phase::Mcp, Operation::Mcp(operation), class)
}

/// What the servers can, where the version has no handshake.
pub(super) async fn discover(call: Call, message: Message) -> Response {
    let mut answers = Vec::new();
    let mut status = StatusCode::OK;
    let mut problem = RpcError::new(code::UPSTREAM, "no MCP server answers");
    for (index, server) in call.servers.list.iter().enumerate() {
        let Some(way) = call.way(index) else {
            continue;
        };
        match wire::ask(&call.shared, server, &way, &message).await {
            Ok(told) => {
                status = wire::passed_on(told.status);
                answers.push((index, told.message));
            }
            Err(error) => problem = error,
        }
    }
    if !call.servers.namer.is_joined() {
        return match answers.pop() {
            Some((_, mut message)) => {
                spoken_only(&mut message);
                offer_extension(&mut message);
                answer(status, &message)
            }
            // A server of an older version does not know the method: the client then tries a handshake.
            None => failed(StatusCode::BAD_REQUEST, message.id().cloned(), &problem),
        };
    }
    if answers.is_empty() {
        return failed(StatusCode::BAD_REQUEST, message.id().cloned(), &problem);
    }
    let id = message.id().cloned().unwrap_or(Json::Null);
    let words = instructions(&call.servers, &answers);
    let result = Json::object([
        ("resultType", Json::text("complete")),
        (
            "supportedVersions",
            Json::Array(vec![Json::text(Version::V2026_07_28.as_str())]),
        ),
        (
            "capabilities",
            merged(answers.iter().map(|(_, answer)| answer)),
        ),
        ("serverInfo", own_info()),
        ("instructions", Json::String(words)),
    ]);
    let mut message = Message::result(id, result);
    offer_extension(&mut message);
    answer(StatusCode::OK, &message)
}

/// Leaves out versions that are not spoken here.
fn spoken_only(message: &mut Message) {
    let versions = message
        .answer_mut()
        .and_then(|result| result.get_mut("supportedVersions"));
    if let Some(Json::Array(versions)) = versions {
        versions.retain(|version| version.as_str().and_then(Version::named).is_some());
    }
}
