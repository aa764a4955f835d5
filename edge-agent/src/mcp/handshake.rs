//! How a session begins and ends: with every server of the target.

use std::sync::Arc;

use countersign_inspect::{
    json::Json,
    mcp::{Message, RpcError, Version, code},
};
use http::{Method, StatusCode};

use super::{
    Servers,
    conversation::{Conversation, Met, Owner},
    endpoint::{Call, answer, failed},
    tasks,
    wire::{self, SESSION, Told, Way},
};
use crate::http::{Shared, response::Response};

/// What is asked of servers where the client asks for what is not spoken here.
const NEWEST: Version = Version::V2025_11_25;

/// Begins a session.
pub(super) async fn begin(call: Call, mut message: Message) -> Response {
    let id = message.id().cloned();
    clamp_version(&mut message);
    let mut met = Vec::new();
    let mut answers = Vec::new();
    let mut problem = None;
    for index in 0..call.servers.list.len() {
        match meet(&call, index, &message).await {
            Ok((one, answer)) => {
                met.push(Some(one));
                answers.push((index, answer));
            }
            Err(Unmet::Answered(told)) => {
                met.push(None);
                problem = Some((wire::passed_on(told.status), told.message));
            }
            Err(Unmet::Failed(error)) => {
                met.push(None);
                problem = Some((StatusCode::OK, Message::error(id.clone(), &error, None)));
            }
        }
    }
    let version = met.iter().flatten().map(|one| one.version).min();
    let (Some(version), false) = (version, answers.is_empty()) else {
        let none = RpcError::new(code::UPSTREAM, "this target has no MCP server");
        let unmet = || (StatusCode::OK, Message::error(id, &none, None));
        let (status, problem) = problem.unwrap_or_else(unmet);
        return answer(status, &problem);
    };
    let capabilities = message.param("capabilities").cloned().unwrap_or(Json::Null);
    let owner = Owner::of(&call.session);
    let conversation = Conversation::new(owner, version, capabilities, met);
    let Some(session) = call.shared.mcp.conversations.add(conversation) else {
        let error = RpcError::new(code::INTERNAL, "too many sessions are open");
        return failed(StatusCode::SERVICE_UNAVAILABLE, id, &error);
    };
    let first = match joined(&call.servers, answers, version) {
        Some(mut first) => {
            if version == Version::V2025_11_25 {
                offer_tasks(&mut first, "tasks", tasks::capability());
            }
            first
        }
        None => {
            return failed(
                StatusCode::BAD_GATEWAY,
                id,
                &RpcError::new(code::UPSTREAM, "no answer"),
            );
        }
    };
    answer(StatusCode::OK, &first).with(SESSION, &session)
}

/// Says that tool calls may be tasks, where there are tools.
pub(super) fn offer_tasks(answer: &mut Message, name: &str, value: Json) {
    let result = answer.answer_mut();
    let capabilities = result.and_then(|result| result.get_mut("capabilities"));
    if let Some(capabilities) = capabilities.filter(|can| can.get("tools").is_some()) {
        capabilities.set(name, value);
    }
}

/// The same in the version without sessions, where tasks are an extension.
pub(super) fn offer_extension(answer: &mut Message) {
    let result = answer.answer();
    let known = result.and_then(|result| result.get_in(&["capabilities", "extensions"]));
    let mut extensions = known.cloned().unwrap_or(Json::Object(Vec::new()));
    if extensions.get(tasks::EXTENSION).is_none() {
        extensions.set(tasks::EXTENSION, Json::Object(Vec::new()));
        offer_tasks(answer, "extensions", extensions);
    }
}

/// Why a server takes no part.
enum Unmet {
    /// It said so.
    Answered(Box<Told>),
    Failed(RpcError),
}

async fn meet(call: &Call, index: usize, message: &Message) -> Result<(Met, Message), Unmet> {
    let missing = || Unmet::Failed(RpcError::new(code::UPSTREAM, "there is no such server"));
    let server = call.servers.server(index).ok_or_else(missing)?;
    let asked = wire::ask(&call.shared, server, &Way::default(), message).await;
    let told = asked.map_err(Unmet::Failed)?;
    let Some(result) = told.message.answer() else {
        return Err(Unmet::Answered(Box::new(told)));
    };
    let version = result.str_of("protocolVersion").and_then(Version::named);
    match version.filter(|version| !version.is_stateless()) {
        Some(version) => {
            let can = |path: &[&str]| result.get_in(path).is_some();
            let met = Met {
                session: told.session,
                version,
                takes_tasks: can(&["capabilities", "tasks", "requests", "tools", "call"]),
                lists_tasks: can(&["capabilities", "tasks", "list"]),
            };
            Ok((met, told.message))
        }
        None => {
            let words = "the MCP server speaks no version that this edge does";
            Err(Unmet::Failed(RpcError::new(code::UPSTREAM, words)))
        }
    }
}

/// A client that asks for what is not spoken here is offered what is.
fn clamp_version(message: &mut Message) {
    let Some(params) = message.params_mut() else {
        return;
    };
    let spoken = params.str_of("protocolVersion").and_then(Version::named);
    if spoken.is_none_or(Version::is_stateless) {
        params.set("protocolVersion", Json::text(NEWEST.as_str()));
    }
}

/// One answer for all servers. One server's own is passed on as it is.
fn joined(
    servers: &Servers,
    mut answers: Vec<(usize, Message)>,
    version: Version,
) -> Option<Message> {
    if !servers.namer.is_joined() {
        return answers.pop().map(|(_, answer)| answer);
    }
    let id = answers.first()?.1.id().cloned()?;
    let result = Json::object([
        ("protocolVersion", Json::text(version.as_str())),
        (
            "capabilities",
            merged(answers.iter().map(|(_, answer)| answer)),
        ),
        ("serverInfo", own_info()),
        (
            "instructions",
            Json::String(instructions(servers, &answers)),
        ),
    ]);
    Some(Message::result(id, result))
}

/// Who answers for several servers.
pub(super) fn own_info() -> Json {
    Json::object([
        ("name", Json::text("countersign")),
        ("version", Json::text(env!("CARGO_PKG_VERSION"))),
    ])
}

/// What any of the servers can, of what can be joined.
pub(super) fn merged<'a>(answers: impl Iterator<Item = &'a Message>) -> Json {
    const JOINED: [&str; 5] = ["tools", "prompts", "resources", "completions", "logging"];
    let mut all = Json::Object(Vec::new());
    for answer in answers {
        let own = answer
            .answer()
            .and_then(|result| result.get("capabilities"));
        for (name, value) in own.map_or(&[][..], Json::members) {
            if !JOINED.contains(&name.as_str()) {
                continue;
            }
            let Some(known) = all.get_mut(name) else {
                all.set(name, value.clone());
                continue;
            };
            for (flag, value) in value.members() {
                if value.as_bool() == Some(true) {
                    known.set(flag, value.clone());
                }
            }
        }
    }
    all
}

pub(super) fn instructions(servers: &Servers, answers: &[(usize, Message)]) -> String {
    let parts = answers.iter().filter_map(|(index, answer)| {
        let server = servers.server(*index)?;
        let words = answer.answer()?.str_of("instructions")?;
        Some(format!(
            "{} (tools begin with `{0}__`): {words}",
            server.name
        ))
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

/// Ends the servers' own sessions.
pub(super) async fn end(shared: &Arc<Shared>, servers: &Arc<Servers>, conversation: &Conversation) {
    for (index, server) in servers.list.iter().enumerate() {
        let Some(way) = conversation.way(index).filter(|way| way.session.is_some()) else {
            continue;
        };
        // That it was not there any more is as good.
        let _ = wire::send(shared, server, &Method::DELETE, &way, None).await;
    }
}
