//! A request that is judged: parsed, admitted, made durable, sent, and its answer relayed.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use countersign_inspect::{
    json::Json,
    mcp::{ListKind, McpMessage, Message, RpcError, classify, code, effect_of_method},
};
use countersign_model::{ActionId, Limits, Operation, OutcomeStatus, StatementClass};
use http::{Method, StatusCode};

use super::{
    answers::Unrun,
    conversation::{Flight, Owner, Wish},
    endpoint::{Call, answer, failed},
    hold, lists, outward,
    relay::{Own, Relay},
    tasks::{self, ServerTask},
    wire::{self, Answered, Reply, Way},
};
use crate::{
    http::{masks::Masks, response::Response},
    pipeline::{Inspected, Judged, Outcome, Phase, Refusal, Running},
};

/// A tool is not what was pinned.
pub(super) const DEFINITION_CHANGED: &str = "definition_changed";
/// In words.
pub(super) const CHANGED: &str = "the tool's definition is not the one that is pinned; a person has \
                                  to look at the difference and accept it first";
/// Characters of a line for people.
const LINE: usize = 400;

/// A request, ready to be admitted.
pub(super) struct Ready {
    pub(super) message: Message,
    pub(super) server: usize,
    pub(super) way: Way,
    pub(super) phase: Phase,
    pub(super) inspected: Arc<Inspected>,
    /// What the client says of the task that it wants, where it wants one.
    pub(super) task: Option<Json>,
    /// Whether the server takes this call as a task.
    pub(super) server_takes_tasks: bool,
    /// The task of the edge's own that it runs for.
    pub(super) own_task: Option<String>,
    /// The server's task that it asks about.
    about: Option<ServerTask>,
    changed: bool,
}

impl Ready {
    /// Whether the server may answer with a task.
    fn wish(&self, stateless: bool) -> Wish {
        let may = self.message.method() == Some("tools/call")
            && (stateless || (self.task.is_some() && self.server_takes_tasks));
        match (&self.own_task, may) {
            (_, false) => Wish::Never,
            (None, true) => Wish::May,
            (Some(task), true) => Wish::Known(task.clone()),
        }
    }
}

/// Judges a request and answers it.
pub(super) async fn request(mut call: Call, mut message: Message) -> Response {
    strip_own_input(&mut message);
    match ready(&mut call, message).await {
        Ok(ready) if ready.changed => quarantined(call, ready),
        Ok(ready) => hold::admitted(call, ready).await,
        Err(failure) => failure.answer(&mut call),
    }
}

/// A request cannot be judged.
struct Failure {
    status: StatusCode,
    message: Message,
    error: RpcError,
}

impl Failure {
    fn new(message: Message, error: impl Into<RpcError>) -> Self {
        let error = error.into();
        let status = match error.code {
            code::HEADER_MISMATCH => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        Self {
            status,
            message,
            error,
        }
    }

    /// The answer. What the client got wrong is recorded as an action that did not run.
    fn answer(self, call: &mut Call) -> Response {
        if self.error.code != code::UPSTREAM {
            let method = self.message.method().unwrap_or_default();
            let line = format!("{} {}", call.session.target().name, cut(method));
            let reason = self.error.message.clone();
            call.session.unreadable(Phase::Mcp, &line, reason);
        }
        failed(self.status, self.message.id().cloned(), &self.error)
    }
}

async fn ready(call: &mut Call, message: Message) -> Result<Ready, Failure> {
    let began = Instant::now();
    let invalid = |words: &str| RpcError::new(code::INVALID_PARAMS, words);
    let about = about(call, &message);
    let inward = match &about {
        Some(task) => Ok((task.server, with_task(message, &task.id))),
        None => outward::inward(&call.servers, message),
    };
    let (server, mut message) = match inward {
        Ok(found) => found,
        Err(message) => {
            let error = invalid("no server of this target has anything of that name");
            return Err(Failure::new(*message, error));
        }
    };
    let task = tasks::take_wish(call, &mut message);
    let mut server_takes_tasks = false;
    let found = call.servers.server(server).map(|found| found.name.clone());
    let Some((name, mut way)) = found.zip(call.way(server)) else {
        let error = RpcError::new(code::UPSTREAM, "this session has no such server");
        return Err(Failure::new(message, error));
    };
    let parsed = match classify(&name, &message) {
        Ok(parsed) => parsed,
        Err(error) => return Err(Failure::new(message, error)),
    };
    let (phase, operation, class, changed) = match parsed {
        McpMessage::ToolCall(mut tool_call) => {
            let catalogue = match lists::catalogue(call, server, &message).await {
                Ok(catalogue) => catalogue,
                Err(error) => return Err(Failure::new(message, error)),
            };
            let tool = catalogue.tool(&tool_call.tool);
            if let Some(tool) = tool.filter(|_| call.is_stateless()) {
                let arguments = message.param("arguments");
                let given = |header: &str| call.headers.get(header)?.to_str().ok();
                if let Err(error) = tool.definition.check_headers(arguments, given) {
                    return Err(Failure::new(message, error));
                }
                way.mirrored = tool.definition.headers_of(arguments);
            }
            let met = call.conversation.as_ref();
            let takes = met.and_then(|met| Some(met.met(server)?.takes_tasks)) == Some(true);
            server_takes_tasks = takes && tool.is_some_and(|tool| tool.definition.takes_tasks);
            let changed = tool.is_some_and(|tool| !tool.usable);
            tool_call.definition_changed = changed;
            let class = tool.map_or(StatementClass::Exec, |tool| tool.definition.class);
            (
                Phase::McpToolCall,
                Operation::ToolCall(tool_call),
                class,
                changed,
            )
        }
        McpMessage::Request(operation) => {
            let class = effect_of_method(&operation.method);
            (Phase::Mcp, Operation::Mcp(operation), class, false)
        }
        McpMessage::Notification | McpMessage::Response => {
            return Err(Failure::new(message, invalid("this is no request")));
        }
    };
    let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let content = content(&name, &message);
    let line = line(&operation);
    let inspected = Inspected::request(&line, operation, class, content, took);
    Ok(Ready {
        message,
        server,
        way,
        phase,
        inspected,
        task,
        server_takes_tasks,
        own_task: None,
        about,
        changed,
    })
}

/// The server's task that a request is about.
fn about(call: &Call, message: &Message) -> Option<ServerTask> {
    if !message.method()?.starts_with("tasks/") {
        return None;
    }
    let id = message.param("taskId")?.as_str()?;
    let owner = Owner::of(&call.session);
    call.shared.mcp.tasks.of_server(&owner, id)
}

fn with_task(mut message: Message, id: &str) -> Message {
    if let Some(params) = message.params_mut() {
        params.set("taskId", Json::text(id));
    }
    message
}

/// What people are told that a request is.
pub(super) fn line(operation: &Operation) -> String {
    match operation {
        Operation::ToolCall(call) => cut(&format!("{} {}", call.tool, call.arguments)).to_owned(),
        Operation::Mcp(request) => {
            let name = request.name.as_deref().unwrap_or_default();
            cut(format!("{} {name}", request.method).trim_end()).to_owned()
        }
        other => other.kind().to_owned(),
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LINE))
        .unwrap_or_default()
}

/// Exactly what will run: all but the id and the token by which progress is told.
pub(super) fn content(server: &str, message: &Message) -> Vec<Bytes> {
    let method = message.method().unwrap_or_default().to_owned();
    let mut params = message.params().cloned().unwrap_or(Json::Null);
    if let Some(meta) = params.get_mut("_meta") {
        meta.remove("progressToken");
    }
    vec![
        Bytes::from(server.to_owned()),
        Bytes::from(method),
        Bytes::from(params.to_bytes()),
    ]
}

/// The client's answer to the edge's own question is no part of what runs.
fn strip_own_input(message: &mut Message) {
    let Some(params) = message.params_mut() else {
        return;
    };
    if let Some(answers) = params.get_mut("inputResponses") {
        answers.remove(super::OWN_INPUT);
        if answers.members().is_empty() {
            params.remove("inputResponses");
        }
    }
}

fn quarantined(mut call: Call, ready: Ready) -> Response {
    let parameters = call.session.no_parameters();
    let judged = call
        .session
        .judge(ready.phase, &ready.inspected, &parameters);
    let refusal = match judged {
        Ok(judged) => call
            .session
            .refuse(&judged, DEFINITION_CHANGED, CHANGED.to_owned()),
        Err(refusal) => refusal,
    };
    if ready.task.is_some() {
        let told = Unrun::refused(&refusal).error(&ready.message);
        return answer(StatusCode::OK, &told);
    }
    refused(&call, &ready.message, &refusal)
}

pub(super) fn refused(call: &Call, message: &Message, refusal: &Refusal) -> Response {
    let told = Unrun::refused(refusal).answer(message, call.is_stateless());
    answer(StatusCode::OK, &told)
}

/// Runs what was admitted.
pub(super) async fn run(mut call: Call, mut ready: Ready, judged: Judged) -> Response {
    let (running, masks) = match begin(&mut call, &judged).await {
        Ok(begun) => begun,
        Err(refusal) => return refused(&call, &ready.message, &refusal),
    };
    let action = judged.action_id();
    let limits = judged.decision().obligations.limits;
    let flight = Flight {
        id: ready.message.id().cloned().unwrap_or(Json::Null),
        method: ready.message.method().unwrap_or_default().to_owned(),
        server: ready.server,
        masks,
        task_masks: ready.about.as_ref().and_then(|task| task.masks.clone()),
        wish: ready.wish(call.is_stateless()),
        limits: match &ready.about {
            Some(task) => limits.tighter(task.limits),
            None => limits,
        },
        relayed: Some(Arc::default()),
    };
    if let (Some(wish), true) = (ready.task.take(), ready.server_takes_tasks)
        && let Some(params) = ready.message.params_mut()
    {
        params.set("task", wish);
    }
    if let Some(conversation) = &call.conversation
        && !conversation.begin(flight.clone())
    {
        call.session
            .record_outcome(running, Outcome::new(OutcomeStatus::Failed));
        let words = "this id is in use, or too many requests are under way";
        let error = RpcError::new(code::INVALID_REQUEST, words);
        return failed(StatusCode::BAD_REQUEST, ready.message.id().cloned(), &error);
    }
    sent(call, ready, Own { flight, running }, action).await
}

/// Makes masks ready and the intent durable.
pub(super) async fn begin(
    call: &mut Call,
    judged: &Judged,
) -> Result<(Running, Option<Arc<Masks>>), Refusal> {
    use crate::pipeline::code::NOT_ENFORCEABLE;
    let key = call.shared.pipeline.pseudonym_key();
    let masks = match Masks::new(&judged.decision().obligations.masks, &key) {
        Ok(masks) => masks.map(Arc::new),
        Err(error) => {
            return Err(call
                .session
                .refuse(judged, NOT_ENFORCEABLE, error.to_string()));
        }
    };
    if judged.is_filtered() {
        let reason = "a policy asks to filter the answer, which MCP has no rule for";
        return Err(call
            .session
            .refuse(judged, NOT_ENFORCEABLE, reason.to_owned()));
    }
    let running = call.session.record_intent(judged).await?;
    Ok((running, masks))
}

async fn sent(mut call: Call, ready: Ready, own: Own, action: ActionId) -> Response {
    let missing = RpcError::new(code::UPSTREAM, "there is no such server");
    let answered = match call.servers.server(ready.server) {
        Some(server) => {
            let message = Some(&ready.message);
            let seconds = own
                .flight
                .limits
                .seconds
                .map(|seconds| std::time::Duration::from_secs(seconds.into()));
            let sending = wire::send(&call.shared, server, &Method::POST, &ready.way, message);
            match seconds {
                Some(seconds) => {
                    tokio::time::timeout(seconds, sending)
                        .await
                        .unwrap_or_else(|_| {
                            Err(RpcError::new(
                                code::REFUSED,
                                "this took longer than a policy allows",
                            ))
                        })
                }
                None => sending.await,
            }
        }
        None => Err(missing),
    };
    let id = ready.message.id().cloned();
    let response = match answered {
        Ok(Answered { status, reply, .. }) => match reply {
            Reply::Stream(body) => return Relay::answering(call, own, body).respond(Some(action)),
            Reply::Message(message) => return whole(call, own, status, *message, action).await,
            Reply::Nothing => {
                let words = format!("the MCP server answers with status {}", status.as_u16());
                if status == StatusCode::NOT_FOUND && call.conversation.is_some() {
                    // The server has forgotten the session: the client begins another.
                    failed(status, id, &RpcError::new(code::UPSTREAM, words))
                } else {
                    failed(
                        StatusCode::BAD_GATEWAY,
                        id,
                        &RpcError::new(code::UPSTREAM, words),
                    )
                }
            }
        },
        Err(error) => failed(StatusCode::OK, id, &error),
    };
    own.fail(&mut call);
    response
}

/// An answer that came whole.
async fn whole(
    mut call: Call,
    own: Own,
    status: StatusCode,
    message: Message,
    action: ActionId,
) -> Response {
    let answers = message.id() == Some(&own.flight.id) || message.fault().is_some();
    if !answers {
        let id = own.flight.id.clone();
        own.fail(&mut call);
        let error = RpcError::new(code::UPSTREAM, "the MCP server answers something else");
        return failed(StatusCode::BAD_GATEWAY, Some(id), &error);
    }
    let message = own.finish(&mut call, message).await;
    let name = http::HeaderName::from_static("x-countersign-action");
    answer(wire::passed_on(status), &message).with(name, &action.to_string())
}

/// Whether an answer is within its limits.
pub(super) fn within(limits: Limits, bytes: usize) -> bool {
    limits.bytes.is_none_or(|most| bytes as u64 <= most)
}

/// The kinds by whose names requests are told apart.
pub(super) fn kind_of(method: &str) -> Option<ListKind> {
    match method {
        "tools/call" => Some(ListKind::Tools),
        "prompts/get" => Some(ListKind::Prompts),
        "resources/read" | "resources/subscribe" | "resources/unsubscribe" => {
            Some(ListKind::Resources)
        }
        _ => None,
    }
}
