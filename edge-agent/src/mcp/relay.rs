//! A server's messages on their way to the client: masked, and what the server asks for itself judged.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use countersign_inspect::{
    json::Json,
    mcp::{
        Event, EventReader, EventTooLong, Kind, McpMessage, Message, RpcError, classify, code,
        effect_of_method, mask_message,
    },
};
use countersign_model::{ActionId, McpOperation, Operation, OutcomeStatus, StatementClass};
use futures::{StreamExt as _, stream::BoxStream};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{
    Server,
    answers::Unrun,
    conversation::{Asked, Flight, Owner, Wish},
    endpoint::Call,
    judged::{begin, content, line, within},
    outward::outward,
    tasks::{ServerTask, TaskIds, created, told_of},
    wire::{self, Reply},
};
use crate::{
    http::{
        admit::admit,
        leases::Lease,
        masks::{Counts, Masks},
        response::{Body, BrokenOff, Response},
    },
    pipeline::{Inspected, Outcome, Phase, Running},
};

/// A stream of events as the answer.
pub(super) fn events(pieces: BoxStream<'static, Result<Bytes, BrokenOff>>) -> Response {
    let mut response = Response::new(StatusCode::OK, "text/event-stream", "");
    let headers = &mut response.headers;
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let buffering = HeaderName::from_static("x-accel-buffering");
    headers.insert(buffering, HeaderValue::from_static("no"));
    response.body = Body::Stream(pieces);
    response
}

/// Masks a server's message, and gives its resources and tasks the names that clients know.
pub(super) fn dress(
    call: &Call,
    server: usize,
    masks: [Option<&Masks>; 2],
    message: &mut Message,
) -> Counts {
    let mut counts = Counts::default();
    let tasks = TaskIds::of(message);
    for masks in masks.into_iter().flatten() {
        let mut mask = |_: &'static str, value: &mut Json| masks.document(value, &mut counts);
        mask_message(message, &mut mask);
    }
    if let Some(server) = call.servers.server(server) {
        outward(&call.servers.namer, &server.name, message);
    }
    let owner = Owner::of(&call.session);
    tasks.put(message, |id| {
        call.shared.mcp.tasks.outward(&owner, server, id)
    });
    counts
}

/// A request of the client that runs.
pub(super) struct Own {
    pub(super) flight: Flight,
    pub(super) running: Running,
}

impl Own {
    /// It ended without an answer.
    pub(super) fn fail(self, call: &mut Call) {
        self.end(call, Outcome::new(OutcomeStatus::Failed));
    }

    fn end(self, call: &mut Call, outcome: Outcome) {
        if let Some(conversation) = &call.conversation {
            conversation.end(&self.flight.id);
        }
        call.session.record_outcome(self.running, outcome);
    }

    /// The answer as the client gets it, with the outcome recorded.
    pub(super) async fn finish(self, call: &mut Call, mut message: Message) -> Message {
        if let Err(refused) = self.judge_inputs(call, &message).await {
            message = refused;
        }
        if !self.keep_task(call, &message) {
            let error = RpcError::new(code::REFUSED, "too many tasks are open");
            message = Message::error(Some(self.flight.id.clone()), &error, None);
        }
        let counts = dress(call, self.flight.server, self.flight.masks(), &mut message);
        let bytes = message.to_bytes();
        let failed = message.fault().is_some()
            || message.answer().and_then(|r| r.get("isError")?.as_bool()) == Some(true);
        let status = match (within(self.flight.limits, bytes.len()), failed) {
            (false, _) => OutcomeStatus::Limited,
            (true, true) => OutcomeStatus::Failed,
            (true, false) => OutcomeStatus::Completed,
        };
        if status == OutcomeStatus::Limited {
            message = too_long(&self.flight);
        }
        let mut outcome = Outcome::new(status);
        outcome.bytes = bytes.len() as u64;
        outcome.masked = counts.into_masked();
        let said = message
            .answer()
            .or_else(|| message.fault())
            .map(ToString::to_string);
        let kept = call.shared.keeper.keep(StatusCode::OK, said.as_deref());
        outcome.response = Some(Arc::new(kept));
        self.end(call, outcome);
        message
    }
}

fn too_long(flight: &Flight) -> Message {
    let words = "the answer is longer than a policy allows";
    let error = RpcError::new(code::REFUSED, words);
    Message::error(Some(flight.id.clone()), &error, None)
}

impl Own {
    /// Keeps the task that a server answers with; `false` where there is no room for it.
    fn keep_task(&self, call: &Call, message: &Message) -> bool {
        let known = match &self.flight.wish {
            Wish::Never => return true,
            Wish::May => None,
            Wish::Known(id) => Some(id.as_str()),
        };
        let Some(id) = created(message, call.is_stateless()) else {
            return true;
        };
        let task = ServerTask {
            server: self.flight.server,
            id: id.to_owned(),
            masks: self.flight.masks.clone(),
            limits: self.flight.limits,
        };
        let owner = Owner::of(&call.session);
        call.shared.mcp.tasks.keep(&owner, known, task)
    }

    /// What an answer asks of the client, in the version that has no requests of servers, is judged like
    /// one of those.
    async fn judge_inputs(&self, call: &mut Call, message: &Message) -> Result<(), Message> {
        let inputs = message
            .answer()
            .and_then(|result| result.get("inputRequests"));
        let inputs = inputs.map_or(&[][..], Json::members);
        let server = call.servers.server(self.flight.server);
        let name = server.map(|server| server.name.clone()).unwrap_or_default();
        let own = Message::request(self.flight.id.clone(), &self.flight.method, None);
        let stateless = call.is_stateless();
        for (key, input) in inputs {
            let method = input.str_of("method").unwrap_or_default();
            let asked = Message::request(Json::text(key), method, input.get("params").cloned());
            let admitted = admit_asked(call, &name, &asked).await;
            let (running, _) = admitted.map_err(|unrun| unrun.answer(&own, stateless))?;
            call.session
                .record_outcome(running, Outcome::new(OutcomeStatus::Completed));
        }
        Ok(())
    }
}

/// Admits what a server asks of the client, and makes the intent durable.
pub(super) async fn admit_asked(
    call: &mut Call,
    name: &str,
    message: &Message,
) -> Result<(Running, Option<Arc<Masks>>), Unrun> {
    let operation = match classify(name, message) {
        Ok(McpMessage::Request(operation)) => Operation::Mcp(operation),
        Ok(McpMessage::ToolCall(operation)) => Operation::ToolCall(operation),
        _ => return Err(Unrun::nonsense()),
    };
    let class = effect_of_method(message.method().unwrap_or_default());
    let line = line(&operation);
    let parts = content(name, message);
    let inspected = Inspected::request(&line, operation, class, parts, 0);
    let wait = call.servers.hold;
    let pendings = &call.shared.pendings;
    let admitted = admit(pendings, &mut call.session, Phase::Mcp, &inspected, wait).await;
    let judged = admitted.map_err(|stopped| Unrun::of(&stopped))?;
    begin(call, &judged)
        .await
        .map_err(|refusal| Unrun::refused(&refusal))
}

/// A server's stream of events on its way to the client.
pub(super) struct Relay {
    call: Call,
    server: usize,
    own: Option<Own>,
    body: Incoming,
    reader: EventReader,
    ready: VecDeque<Bytes>,
    deadline: Option<Instant>,
    /// The client has the id of an event, by which it goes on with this stream elsewhere.
    marked: bool,
    over: bool,
}

/// How a server's stream stops before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Ended,
    BrokenOff,
    Unreadable,
}

impl Stop {
    const fn words(self) -> &'static str {
        match self {
            Self::Ended => "the MCP server's answer ended early",
            Self::BrokenOff => "the MCP server's answer broke off",
            Self::Unreadable => "the MCP server's answer cannot be read",
        }
    }
}

impl Relay {
    /// The answer to a request.
    pub(super) fn answering(call: Call, own: Own, body: Incoming) -> Self {
        let seconds = own
            .flight
            .limits
            .seconds
            .map(|seconds| Duration::from_secs(seconds.into()));
        Self {
            deadline: seconds.map(|seconds| Instant::now() + seconds),
            ..Self::new(call, own.flight.server, Some(own), body)
        }
    }

    fn new(mut call: Call, server: usize, own: Option<Own>, body: Incoming) -> Self {
        drop(call.session.rest());
        let most = call.servers.server(server);
        let most = most.map_or(1 << 20, Server::longest);
        Self {
            call,
            server,
            own,
            body,
            reader: EventReader::new(most),
            ready: VecDeque::new(),
            deadline: None,
            marked: false,
            over: false,
        }
    }

    /// The stream as the answer.
    pub(super) fn respond(self, action: Option<ActionId>) -> Response {
        let end = self.call.session.end_signal();
        let mut response = events(self.pieces());
        response.end = Some(end);
        match action {
            Some(action) => response.with(
                HeaderName::from_static("x-countersign-action"),
                &action.to_string(),
            ),
            None => response,
        }
    }

    fn pieces(self) -> BoxStream<'static, Result<Bytes, BrokenOff>> {
        let pieces = futures::stream::unfold(Some(self), |relay| async move {
            let mut relay = relay?;
            match relay.next().await {
                Some(Ok(piece)) => Some((Ok(piece), Some(relay))),
                Some(Err(broken)) => Some((Err(broken), None)),
                None => None,
            }
        });
        pieces.boxed()
    }

    async fn next(&mut self) -> Option<Result<Bytes, BrokenOff>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(Ok(piece));
            }
            if self.over {
                return None;
            }
            let frame = match self.deadline {
                Some(deadline) => tokio::time::timeout_at(deadline, self.body.frame()).await,
                None => Ok(self.body.frame().await),
            };
            let stop = match frame {
                Err(_) => {
                    self.time_is_up();
                    continue;
                }
                Ok(None) => Stop::Ended,
                Ok(Some(Err(_))) => Stop::BrokenOff,
                Ok(Some(Ok(frame))) => {
                    match self.read(frame.into_data().unwrap_or_default()).await {
                        Ok(()) => continue,
                        Err(error) => {
                            tracing::debug!(%error, "an MCP server's stream cannot be read");
                            Stop::Unreadable
                        }
                    }
                }
            };
            if let Err(broken) = self.stop(stop) {
                return Some(Err(broken));
            }
        }
    }

    /// The server's stream stops. A client that waits for an answer on it is told that there is none,
    /// unless it comes back for it: then the request stays under way.
    fn stop(&mut self, stop: Stop) -> Result<(), BrokenOff> {
        self.over = true;
        let comes_back = self.marked && stop != Stop::Unreadable;
        if let Some(own) = self.own.take_if(|_| !comes_back) {
            let error = RpcError::new(code::UPSTREAM, stop.words());
            let message = Message::error(Some(own.flight.id.clone()), &error, None);
            own.fail(&mut self.call);
            self.push(&message, &Event::default());
            return Ok(());
        }
        match stop {
            Stop::Ended => Ok(()),
            Stop::BrokenOff | Stop::Unreadable => Err(BrokenOff),
        }
    }

    fn time_is_up(&mut self) {
        self.over = true;
        if let Some(own) = self.own.take() {
            let error = RpcError::new(code::REFUSED, "this took longer than a policy allows");
            let message = Message::error(Some(own.flight.id.clone()), &error, None);
            own.end(&mut self.call, Outcome::new(OutcomeStatus::Limited));
            self.push(&message, &Event::default());
        }
    }

    async fn read(&mut self, data: Bytes) -> Result<(), EventTooLong> {
        let mut events = Vec::new();
        self.reader.push(&data, &mut events)?;
        for event in events {
            if self.over {
                break;
            }
            if event.data.is_empty() {
                if self.is_resumable() {
                    self.marked |= event.id.is_some();
                    self.ready.push_back(event.to_bytes().into());
                }
                continue;
            }
            match Message::parse(event.data.as_bytes()) {
                Ok(message) => self.message(message, &event).await,
                // Nobody can say what a client would make of it.
                Err(error) => tracing::debug!(%error, "an MCP server's message is left out"),
            }
        }
        Ok(())
    }

    /// Whether the client may go on with this stream elsewhere: a server's own ids are good there alone.
    fn is_resumable(&self) -> bool {
        !self.call.is_stateless() && !self.call.servers.namer.is_joined()
    }

    fn push(&mut self, message: &Message, event: &Event) {
        let id = event.id.clone().filter(|_| self.is_resumable());
        self.marked |= id.is_some();
        let event = Event {
            id,
            retry: event.retry,
            data: message.document().to_string(),
        };
        self.ready.push_back(event.to_bytes().into());
    }

    async fn message(&mut self, mut message: Message, event: &Event) {
        match message.kind() {
            Kind::Response => self.answer(message, event).await,
            Kind::Notification => {
                if self.tells_of_others(&message) {
                    return;
                }
                let masks = self.masks(&message);
                let masks = [masks[0].as_deref(), masks[1].as_deref()];
                dress(&self.call, self.server, masks, &mut message);
                self.push(&message, event);
            }
            Kind::Request => self.asked(message, event).await,
        }
    }

    /// An answer, to the request of this stream or, where a client has come back, to an earlier one.
    async fn answer(&mut self, mut message: Message, event: &Event) {
        let id = message.id().cloned().unwrap_or(Json::Null);
        if let Some(own) = self.own.take_if(|own| own.flight.id == id) {
            let message = own.finish(&mut self.call, message).await;
            self.push(&message, event);
            self.over = true;
            return;
        }
        let conversation = self.call.conversation.as_ref();
        let Some(flight) = conversation.and_then(|conversation| conversation.end(&id)) else {
            return;
        };
        dress(&self.call, self.server, flight.masks(), &mut message);
        if !within(flight.limits, message.to_bytes().len()) {
            message = too_long(&flight);
        }
        self.push(&message, event);
    }

    /// The masks for a notification: those of its request, or what policies ask for it by itself.
    fn masks(&mut self, message: &Message) -> [Option<Arc<Masks>>; 2] {
        let method = message.method().unwrap_or_default();
        if method == "notifications/tools/list_changed" {
            self.forget_tools();
        }
        if let Some(own) = &self.own {
            return [own.flight.masks.clone(), own.flight.task_masks.clone()];
        }
        let told = told_of(message).and_then(|id| self.task(id));
        [
            self.foreseen(message, method),
            told.and_then(|task| task.masks),
        ]
    }

    /// A task of the client's that this server has.
    fn task(&self, id: &str) -> Option<ServerTask> {
        let owner = Owner::of(&self.call.session);
        let tasks = &self.call.shared.mcp.tasks;
        let outward = tasks.outward(&owner, self.server, id)?;
        tasks.of_server(&owner, &outward)
    }

    /// Whether a notification tells of a task that is not the client's.
    fn tells_of_others(&self, message: &Message) -> bool {
        told_of(message).is_some_and(|id| self.task(id).is_none())
    }

    fn foreseen(&mut self, message: &Message, method: &str) -> Option<Arc<Masks>> {
        let operation = McpOperation {
            server: self.name(),
            method: method.to_owned(),
            name: None,
            params: Arc::new(message.params().map(Json::to_value).unwrap_or_default()),
        };
        let operation = Operation::Mcp(operation);
        let class = StatementClass::Read;
        let inspected = Inspected::request(&line(&operation), operation, class, Vec::new(), 0);
        let decision = self.call.session.foresee(Phase::Mcp, &inspected)?;
        let key = self.call.shared.pipeline.pseudonym_key();
        // An entity that no detector knows cannot be found in anything.
        Masks::new(&decision.obligations.masks, &key)
            .ok()
            .flatten()
            .map(Arc::new)
    }

    fn forget_tools(&self) {
        match (
            &self.call.conversation,
            self.call.servers.server(self.server),
        ) {
            (Some(conversation), _) => conversation.set_catalogue(self.server, None),
            (None, Some(server)) => {
                *server
                    .catalogue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = None;
            }
            (None, None) => {}
        }
    }

    fn name(&self) -> String {
        let server = self.call.servers.server(self.server);
        server.map(|server| server.name.clone()).unwrap_or_default()
    }

    /// The server asks for something itself: an answer of the client's model, a word of its user.
    async fn asked(&mut self, message: Message, event: &Event) {
        let refused = match self.admit_asked(&message).await {
            Ok(Some(message)) => {
                self.push(&message, event);
                return;
            }
            Ok(None) => return,
            Err(refused) => refused,
        };
        let (server, way) = (
            self.call.servers.server(self.server),
            self.call.way(self.server),
        );
        if let Some((server, way)) = server.zip(way) {
            let sent = wire::send(
                &self.call.shared,
                server,
                &Method::POST,
                &way,
                Some(&refused),
            );
            if let Err(error) = sent.await {
                tracing::debug!(%error, "a refusal did not reach an MCP server");
            }
        }
    }

    /// What the client is asked; or what the server is told instead.
    async fn admit_asked(&mut self, message: &Message) -> Result<Option<Message>, Message> {
        let Some(conversation) = self.call.conversation.clone() else {
            // The version has no such requests.
            return Ok(None);
        };
        let id = message.id().cloned().unwrap_or(Json::Null);
        let name = self.name();
        let mut asked = message.clone();
        let mut running = None;
        if message.method() != Some("ping") {
            let admitted = admit_asked(&mut self.call, &name, message).await;
            let (started, masks) = admitted.map_err(|unrun| unrun.answer(message, false))?;
            dress(
                &self.call,
                self.server,
                [masks.as_deref(), None],
                &mut asked,
            );
            running = Some(started);
        }
        let outer = match self.call.servers.namer.is_joined() {
            true => Json::String(format!("{name}/{id}")),
            false => id.clone(),
        };
        let server = self.server;
        let kept = Asked {
            server,
            id: id.clone(),
            running,
        };
        if !conversation.ask(&outer, kept) {
            let error = RpcError::new(code::INVALID_REQUEST, "too much is asked of this client");
            return Err(Message::error(Some(id), &error, None));
        }
        Ok(Some(asked.with_id(outer)))
    }
}

/// What the only server says by itself. `None` where it has nothing to say.
pub(super) async fn listen(call: Call, last_event: Option<String>) -> Option<Response> {
    let body = listened(&call, 0, last_event).await?;
    Some(Relay::new(call, 0, None, body).respond(None))
}

/// What several servers say by themselves, each in a session of its own.
pub(super) async fn listen_to_all(call: Call, more: Vec<Lease>) -> Option<Response> {
    let mut calls: Vec<Call> = more
        .into_iter()
        .map(|session| call.within(session))
        .collect();
    let end = call.session.end_signal();
    calls.push(call);
    let mut streams = Vec::new();
    for (index, call) in calls.into_iter().enumerate() {
        if let Some(body) = listened(&call, index, None).await {
            streams.push(Relay::new(call, index, None, body).pieces());
        }
    }
    if streams.is_empty() {
        return None;
    }
    let mut response = events(futures::stream::select_all(streams).boxed());
    response.end = Some(end);
    Some(response)
}

async fn listened(call: &Call, index: usize, last_event: Option<String>) -> Option<Incoming> {
    let server = call.servers.server(index)?;
    let mut way = call.way(index)?;
    way.last_event = last_event;
    let sent = wire::send(&call.shared, server, &Method::GET, &way, None).await;
    match sent.ok()?.reply {
        Reply::Stream(body) => Some(body),
        Reply::Message(_) | Reply::Nothing => None,
    }
}
