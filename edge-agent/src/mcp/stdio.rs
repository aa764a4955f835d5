//! Servers that a client starts itself: `countersign mcp` sends every message here, from either side, and
//! passes on what it gets back.
//!
//! ```text
//! POST /-/mcp/{target}/{server}    Countersign-From: client | server    Mcp-Session-Id: …
//! {"to_server": […], "to_client": […], "again": false, "learned": false}
//! ```
//!
//! The first message has no session id, and its answer has one. `again` asks to send the same message
//! again once an answer has said `learned`: the edge looks at the server's tools first.

use std::sync::Arc;

use countersign_inspect::{
    json::Json,
    mcp::{
        Kind, ListKind, McpMessage, Message, Version, classify, effect_of_method, is_server_name,
        retain_items,
    },
};
use countersign_model::{Limits, Operation, OutcomeStatus, StatementClass, TargetKind};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use tokio::time::sleep;

use super::{
    Servers,
    answers::{Unrun, link},
    catalogue::Catalogue,
    conversation::{Asked, Conversation, Flight, Owner, Wish},
    endpoint::{Call, failed},
    hold::opens_links,
    judged::{CHANGED, DEFINITION_CHANGED, begin, content, line},
    lists::{learn, may_use},
    pins::Place,
    relay::{Own, admit_asked, dress},
    wire::SESSION,
};
use crate::{
    http::{
        Closed, Request, Shared,
        admit::{Pending, Stopped, admit},
        ask_session,
        fault::Fault,
        leases::Lease,
        masks::Masks,
        response::Response,
    },
    pipeline::{Inspected, Outcome, Phase},
};

const PREFIX: &str = "/-/mcp/";
const FROM: HeaderName = HeaderName::from_static("countersign-from");
/// Tools of one server that are looked at.
const MAX_TOOLS: usize = 10_000;

/// Where messages go.
#[derive(Default)]
struct Told {
    to_server: Vec<Message>,
    to_client: Vec<Message>,
    again: bool,
    learned: bool,
}

impl Told {
    fn server(message: Message) -> Self {
        Self {
            to_server: vec![message],
            ..Self::default()
        }
    }

    fn client(message: Message) -> Self {
        Self {
            to_client: vec![message],
            ..Self::default()
        }
    }

    fn respond(self, session: &str) -> Response {
        let list = |messages: Vec<Message>| {
            Json::Array(
                messages
                    .iter()
                    .map(|message| message.document().clone())
                    .collect(),
            )
        };
        let body = Json::object([
            ("to_server", list(self.to_server)),
            ("to_client", list(self.to_client)),
            ("again", Json::Bool(self.again)),
            ("learned", Json::Bool(self.learned)),
        ]);
        Response::new(StatusCode::OK, "application/json", body.to_bytes()).with(SESSION, session)
    }
}

/// Answers one of the paths of this module; nothing where it is none of them.
pub(crate) async fn serve(shared: &Arc<Shared>, path: &str, request: &Request) -> Option<Response> {
    let (target, server) = path.strip_prefix(PREFIX)?.split_once('/')?;
    let fault = |status, code, words: &str| Some(Fault::new(status, code, words).problem());
    if request.method != Method::POST {
        return fault(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this takes POST alone",
        );
    }
    if !is_server_name(server) || request.headers.contains_key(header::ORIGIN) {
        return fault(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "this is no server's name",
        );
    }
    let session = match ask_session(shared, request, target) {
        Ok(session) => session,
        Err(Closed::Fault(fault)) => return Some(fault.problem()),
        Err(Closed::Refused(refused)) => {
            sleep(refused.delay).await;
            return Some(Fault::from(&refused).problem());
        }
    };
    // What stands behind the edge is pinned by what it says itself, not by what a client says it did.
    if session.target().kind != TargetKind::Mcp || shared.mcp.servers(target).is_some() {
        let words = "this target has no servers that clients start themselves";
        return fault(StatusCode::NOT_FOUND, "not_found", words);
    }
    Some(message(shared, session, request, server).await)
}

async fn message(
    shared: &Arc<Shared>,
    mut session: Lease,
    request: &Request,
    server: &str,
) -> Response {
    let message = match Message::parse(&request.body) {
        Ok(message) => message,
        Err(error) => {
            session.violation(&error.message);
            return failed(StatusCode::BAD_REQUEST, None, &error);
        }
    };
    let from_client = match request
        .headers
        .get(FROM)
        .and_then(|from| from.to_str().ok())
    {
        Some("client") => true,
        Some("server") => false,
        _ => {
            let words = "the header Countersign-From is `client` or `server`";
            return Fault::new(StatusCode::BAD_REQUEST, "bad_request", words).problem();
        }
    };
    let Some((id, conversation)) = conversation(shared, &session, request, &message, server) else {
        let words = "there is no such session";
        return Fault::new(StatusCode::NOT_FOUND, "not_found", words).problem();
    };
    let named = message.meta("io.modelcontextprotocol/protocolVersion");
    let named = named.and_then(Json::as_str).and_then(Version::named);
    let mut call = Call {
        shared: Arc::clone(shared),
        servers: Arc::new(Servers::local(server)),
        session,
        headers: HeaderMap::new(),
        version: named.unwrap_or(conversation.version),
        conversation: Some(Arc::clone(&conversation)),
    };
    let told = if from_client {
        of_client(&mut call, &conversation, server, message).await
    } else {
        of_server(&mut call, &conversation, server, message).await
    };
    told.respond(&id)
}

/// The session that a message belongs to; a client's first one begins it.
fn conversation(
    shared: &Arc<Shared>,
    session: &Lease,
    request: &Request,
    message: &Message,
    server: &str,
) -> Option<(String, Arc<Conversation>)> {
    let owner = Owner::of(session);
    let conversations = &shared.mcp.conversations;
    if let Some(id) = request.headers.get(SESSION) {
        let id = id.to_str().ok()?;
        let found = conversations.get(id, &owner)?;
        return (found.local_name() == Some(server)).then(|| (id.to_owned(), found));
    }
    let capabilities = message.param("capabilities").cloned().unwrap_or(Json::Null);
    let begun = Conversation::new(
        owner.clone(),
        Version::V2025_11_25,
        capabilities,
        Vec::new(),
    );
    let id = conversations.add(begun.of_local(server))?;
    let begun = conversations.get(&id, &owner)?;
    Some((id, begun))
}

/// What becomes of a client's message.
async fn of_client(
    call: &mut Call,
    conversation: &Conversation,
    server: &str,
    message: Message,
) -> Told {
    match message.kind() {
        Kind::Notification => Told::server(message),
        Kind::Response => {
            let asked = message.id().and_then(|id| conversation.answered(id));
            let Some(asked) = asked else {
                return Told::default();
            };
            if let Some(running) = asked.running {
                call.session
                    .record_outcome(running, Outcome::new(OutcomeStatus::Completed));
            }
            Told::server(message)
        }
        Kind::Request => asked_by_client(call, conversation, server, message).await,
    }
}

async fn asked_by_client(
    call: &mut Call,
    conversation: &Conversation,
    server: &str,
    message: Message,
) -> Told {
    let method = message.method().unwrap_or_default();
    let open = matches!(
        method,
        "initialize" | "ping" | "logging/setLevel" | "server/discover"
    );
    if open || ListKind::of_method(method).is_some() {
        let flight = Flight {
            id: message.id().cloned().unwrap_or(Json::Null),
            method: method.to_owned(),
            server: 0,
            masks: None,
            task_masks: None,
            wish: Wish::Never,
            limits: Limits::default(),
            relayed: None,
        };
        return match conversation.begin(flight) {
            true => Told::server(message),
            false => Told::default(),
        };
    }
    let refused =
        |unrun: Unrun, call: &Call| Told::client(unrun.answer(&message, call.is_stateless()));
    let (phase, operation, class, changed) = match classify(server, &message) {
        Ok(McpMessage::ToolCall(mut tool_call)) => {
            let known = conversation.catalogue(0).filter(|known| known.is_fresh());
            let Some(known) = known else {
                return look_first(conversation);
            };
            let tool = known.tool(&tool_call.tool);
            tool_call.definition_changed = tool.is_some_and(|tool| !tool.usable);
            let class = tool.map_or(StatementClass::Exec, |tool| tool.definition.class);
            let changed = tool_call.definition_changed;
            (
                Phase::McpToolCall,
                Operation::ToolCall(tool_call),
                class,
                changed,
            )
        }
        Ok(McpMessage::Request(operation)) => {
            let class = effect_of_method(&operation.method);
            (Phase::Mcp, Operation::Mcp(operation), class, false)
        }
        _ => return refused(Unrun::nonsense(), call),
    };
    let line = line(&operation);
    let parts = content(server, &message);
    let inspected = Inspected::request(&line, operation, class, parts, 0);
    if changed {
        let parameters = call.session.no_parameters();
        let judged = call.session.judge(phase, &inspected, &parameters);
        let refusal = match judged {
            Ok(judged) => call
                .session
                .refuse(&judged, DEFINITION_CHANGED, CHANGED.to_owned()),
            Err(refusal) => refusal,
        };
        return refused(Unrun::refused(&refusal), call);
    }
    let links = opens_links(call, &message);
    let wait = if links {
        std::time::Duration::ZERO
    } else {
        call.servers.hold
    };
    let shared = Arc::clone(&call.shared);
    let admitted = admit(&shared.pendings, &mut call.session, phase, &inspected, wait).await;
    let judged = match admitted {
        Ok(judged) => judged,
        Err(Stopped::Pending(Pending { review, .. })) if links => {
            let url = format!("{}/reviews/{review}", shared.mcp.plane);
            return Told::client(link(&message, review, &url, call.is_stateless()));
        }
        Err(stopped) => return refused(Unrun::of(&stopped), call),
    };
    let (running, masks) = match begin(call, &judged).await {
        Ok(begun) => begun,
        Err(refusal) => return refused(Unrun::refused(&refusal), call),
    };
    let own = Own {
        flight: Flight {
            id: message.id().cloned().unwrap_or(Json::Null),
            method: message.method().unwrap_or_default().to_owned(),
            server: 0,
            masks,
            task_masks: None,
            wish: Wish::Never,
            limits: judged.decision().obligations.limits,
            relayed: None,
        },
        running,
    };
    match conversation.keep(own) {
        Ok(()) => Told::server(message),
        Err(own) => {
            own.fail(call);
            refused(Unrun::nonsense(), call)
        }
    }
}

/// A tool is called whose definition nobody has looked at: the server is asked first.
fn look_first(conversation: &Conversation) -> Told {
    let id = own_id();
    let begins = conversation.begin_listing(id.clone(), Vec::new());
    let list = Message::request(id, ListKind::Tools.method(), Some(Json::Object(Vec::new())));
    Told {
        to_server: if begins { vec![list] } else { Vec::new() },
        again: true,
        ..Told::default()
    }
}

fn own_id() -> Json {
    Json::String(format!("countersign-{:016x}", rand::random::<u64>()))
}

/// What becomes of a server's message.
async fn of_server(
    call: &mut Call,
    conversation: &Conversation,
    server: &str,
    mut message: Message,
) -> Told {
    match message.kind() {
        Kind::Response => answered_by_server(call, conversation, server, message).await,
        Kind::Notification => {
            if message.method() == Some("notifications/tools/list_changed") {
                conversation.set_catalogue(0, None);
            }
            let masks = foreseen(call, server, &message);
            dress(call, 0, [masks.as_ref(), None], &mut message);
            Told::client(message)
        }
        Kind::Request if message.method() == Some("ping") => {
            let id = message.id().cloned().unwrap_or(Json::Null);
            Told::server(Message::result(id, Json::Object(Vec::new())))
        }
        Kind::Request => {
            let (running, masks) = match admit_asked(call, server, &message).await {
                Ok(admitted) => admitted,
                Err(unrun) => return Told::server(unrun.answer(&message, false)),
            };
            let id = message.id().cloned().unwrap_or(Json::Null);
            let asked = Asked {
                server: 0,
                id: id.clone(),
                running: Some(running),
            };
            if !conversation.ask(&id, asked) {
                return Told::server(Unrun::nonsense().answer(&message, false));
            }
            dress(call, 0, [masks.as_deref(), None], &mut message);
            Told::client(message)
        }
    }
}

/// The masks that policies ask for on a notification.
fn foreseen(call: &mut Call, server: &str, message: &Message) -> Option<Masks> {
    let operation = countersign_model::McpOperation {
        server: server.to_owned(),
        method: message.method().unwrap_or_default().to_owned(),
        name: None,
        params: Arc::new(message.params().map(Json::to_value).unwrap_or_default()),
    };
    let operation = Operation::Mcp(operation);
    let class = StatementClass::Read;
    let inspected = Inspected::request(&line(&operation), operation, class, Vec::new(), 0);
    let decision = call.session.foresee(Phase::Mcp, &inspected)?;
    let key = call.shared.pipeline.pseudonym_key();
    Masks::new(&decision.obligations.masks, &key).ok().flatten()
}

async fn answered_by_server(
    call: &mut Call,
    conversation: &Conversation,
    server: &str,
    mut message: Message,
) -> Told {
    let id = message.id().cloned().unwrap_or(Json::Null);
    if let Some(items) = conversation.listing(&id) {
        return listed(call, conversation, items, &message);
    }
    if let Some(own) = conversation.kept(&id) {
        return Told::client(own.finish(call, message).await);
    }
    // Nobody has asked for any other.
    let Some(flight) = conversation.end(&id) else {
        return Told::default();
    };
    let Some(kind) = ListKind::of_method(&flight.method) else {
        return Told::client(message);
    };
    let items = message.answer().and_then(|result| result.get(kind.field()));
    let items = items.map(Json::items).unwrap_or_default().to_vec();
    let catalogue = (kind == ListKind::Tools).then(|| {
        let target = Arc::clone(call.session.target());
        let place = Place {
            session_id: Some(call.session.id()),
            target_id: target.id,
            target: &target.name,
            server,
        };
        Catalogue::read(&items, &place, &call.shared.mcp.pins, &call.shared.pipeline)
    });
    retain_items(&mut message, kind, |item| {
        may_use(call, server, kind, item, catalogue.as_ref()).is_some()
    });
    Told::client(message)
}

/// One page of what the edge has asked for.
fn listed(
    call: &mut Call,
    conversation: &Conversation,
    mut items: Vec<Json>,
    message: &Message,
) -> Told {
    let result = message.answer();
    let page = result.and_then(|result| result.get(ListKind::Tools.field()));
    items.extend_from_slice(page.map(Json::items).unwrap_or_default());
    let next = result
        .and_then(|result| result.get("nextCursor"))
        .filter(|next| !next.is_null());
    if let Some(next) = next.filter(|_| items.len() <= MAX_TOOLS) {
        let id = own_id();
        conversation.begin_listing(id.clone(), items);
        let params = Json::object([("cursor", next.clone())]);
        return Told::server(Message::request(id, ListKind::Tools.method(), Some(params)));
    }
    learn(call, 0, &items);
    Told {
        learned: true,
        ..Told::default()
    }
}
