//! A task of the edge's own while it waits for people and runs.

use std::sync::Arc;

use countersign_inspect::{
    json::Json,
    mcp::{Event, EventReader, Kind, Message, RpcError, Version, code},
};
use futures::StreamExt as _;
use http::Method;
use tokio::time::sleep_until;

use super::Task;
use crate::{
    http::{
        Shared,
        admit::Admission,
        response::{Body, Response},
    },
    mcp::{
        Servers,
        answers::Unrun,
        conversation::Conversation,
        endpoint::Call,
        judged::{self, CHANGED, DEFINITION_CHANGED, Ready},
        lists,
        wire::{self, Way},
    },
    pipeline::{Judged, Refusal, Resolution},
};

/// Begins with a task; it goes on by itself until it is forgotten.
pub(super) fn start(call: Call, ready: Ready, admission: Admission, task: Arc<Task>) {
    let shared = Arc::clone(&call.shared);
    let end = call.session.end_signal();
    let sent = Sent::of(&call, &ready);
    tokio::spawn(async move {
        tokio::select! {
            biased;
            () = task.cancelled() => sent.cancel(&shared).await,
            () = sleep_until(task.until()) => sent.cancel(&shared).await,
            reason = end.ended() => {
                task.fail(&format!("the session has ended: {}", reason.words));
                sent.cancel(&shared).await;
            }
            () = drive(call, ready, admission, &task) => {}
        }
        sleep_until(task.until()).await;
        task.cancel();
        shared.mcp.tasks.forget(&task);
    });
}

/// The call as its server knows it.
struct Sent {
    servers: Arc<Servers>,
    conversation: Option<Arc<Conversation>>,
    server: usize,
    way: Way,
    id: Json,
}

impl Sent {
    fn of(call: &Call, ready: &Ready) -> Self {
        Self {
            servers: Arc::clone(&call.servers),
            conversation: call.conversation.clone(),
            server: ready.server,
            way: ready.way.clone(),
            id: flight_id(ready),
        }
    }

    /// Tells the server that nobody waits any more, where it works on the call.
    async fn cancel(&self, shared: &Arc<Shared>) {
        let flight = self.conversation.as_ref();
        if flight
            .and_then(|conversation| conversation.end(&self.id))
            .is_none()
        {
            return;
        }
        let params = Json::object([("requestId", self.id.clone())]);
        let told = Message::notification("notifications/cancelled", params);
        if let Some(server) = self.servers.server(self.server) {
            // That the server does not hear of it changes nothing here.
            let _ = wire::send(shared, server, &Method::POST, &self.way, Some(&told)).await;
        }
    }
}

/// The id of the call between the edge and its server: the client's own was answered.
fn flight_id(ready: &Ready) -> Json {
    let task = ready.own_task.as_deref().unwrap_or_default();
    Json::String(format!("countersign-task-{task}"))
}

async fn drive(mut call: Call, mut ready: Ready, admission: Admission, task: &Task) {
    let judged = match permitted(&mut call, &ready, admission, task).await {
        Ok(judged) => judged,
        Err(stopped) => return task.finish(stopped),
    };
    task.say("it runs");
    let id = flight_id(&ready);
    ready.message = ready.message.with_id(id.clone());
    let most = call
        .servers
        .server(ready.server)
        .map_or(1 << 20, |server| server.longest());
    let (version, conversation) = (call.version, call.conversation.clone());
    let response = judged::run(call, ready, judged).await;
    let outcome = read(response, &id, most, task).await;
    // Nobody comes back for an answer whose stream stopped.
    if let Some(conversation) = conversation {
        conversation.end(&id);
    }
    task.finish(fitting(outcome, version));
}

/// Permission to run it, as soon as people have given it and the client asks for it; or what its client
/// is told instead.
async fn permitted(
    call: &mut Call,
    ready: &Ready,
    admission: Admission,
    task: &Task,
) -> Result<Judged, Message> {
    let mut held = match admission {
        Admission::Admitted(judged) => return Ok(*judged),
        Admission::Held(held) => held,
    };
    let refused = |refusal: &Refusal| match ready.task.is_some() {
        true => Unrun::refused(refusal).answer(&ready.message, false),
        false => Unrun::refused(refusal).error(&ready.message),
    };
    match held.wait().await {
        Resolution::Approved { .. } => {}
        other => return Err(refused(&call.session.not_approved(*held, other))),
    }
    task.say("approved; it runs when the client asks for it next");
    task.until_asked().await;
    // A tool that has become another since is not what people have approved.
    let catalogue = lists::catalogue(call, ready.server, &ready.message).await;
    let name = ready
        .message
        .param("name")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let usable = |tool: Option<&crate::mcp::catalogue::Tool>| tool.is_none_or(|tool| tool.usable);
    match catalogue {
        Ok(catalogue) if usable(catalogue.tool(name)) => {}
        Ok(_) => {
            let reason = CHANGED.to_owned();
            let refusal = call
                .session
                .refuse(held.judged(), DEFINITION_CHANGED, reason);
            return Err(refused(&refusal));
        }
        Err(error) => return Err(Message::error(None, &error, None)),
    }
    let used = call.session.use_approval(*held).await;
    used.map_err(|refusal| refused(&refusal))
}

/// The answer to the call; what comes before it is kept for the client.
async fn read(response: Response, id: &Json, most: usize, task: &Task) -> Message {
    let broken = |words: &str| Message::error(None, &RpcError::new(code::UPSTREAM, words), None);
    let mut pieces = match response.body {
        Body::Full(body) => {
            let message = Message::parse(&body);
            return message.unwrap_or_else(|error| Message::error(None, &error, None));
        }
        Body::Stream(pieces) => pieces,
    };
    let mut reader = EventReader::new(most.saturating_mul(2));
    let mut events: Vec<Event> = Vec::new();
    while let Some(Ok(piece)) = pieces.next().await {
        if let Err(error) = reader.push(&piece, &mut events) {
            return broken(&error.to_string());
        }
        for event in events.drain(..).filter(|event| !event.data.is_empty()) {
            let Ok(message) = Message::parse(event.data.as_bytes()) else {
                continue;
            };
            if message.kind() == Kind::Response && message.id() == Some(id) {
                return message;
            }
            let asks = message.kind() == Kind::Request;
            if !task.put(message) && asks {
                return broken("the server asks more than its client fetches");
            }
        }
    }
    broken("the MCP server's answer broke off")
}

/// What a task can end with.
fn fitting(outcome: Message, version: Version) -> Message {
    let result = outcome.answer();
    let asks = result.and_then(|result| result.str_of("resultType")) == Some("input_required");
    let words = match (asks, super::ids::created(&outcome, version.is_stateless())) {
        (true, _) => "the tool asks for more, which a task that was reviewed cannot; call it again",
        (_, Some(_)) => "the server made a task of it; ask for it again",
        (false, None) => return outcome,
    };
    Message::error(None, &RpcError::new(code::REFUSED, words), None)
}
