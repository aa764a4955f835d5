//! Tasks: a call whose client does not wait for the answer but asks for it later, by the task's id.
//!
//! - The edge has tasks of its own, for calls that wait for people and for servers that know no tasks. A
//!   [`Task`] is its principal's, lives for a bounded time in bounded memory, and runs its call once.
//!   Approved late, it runs when the client asks for it next: nobody runs anything for a client that never
//!   comes back.
//! - A server's own tasks get ids of the edge's ([`ids`]), so that no client can name another's.
//!
//! Version 2025-11-25 has tasks in its core, asked for by the client call by call; 2026-07-28 has them as
//! an extension, where the server decides once the client says that it knows them ([`Dialect`]).

mod ids;
mod requests;
mod run;
mod store;
mod task;

use std::time::Duration;

use countersign_inspect::{
    json::Json,
    mcp::{Message, RpcError, Version, code},
};
use countersign_model::Timestamp;
use http::StatusCode;

use self::task::{Task, Words};
use super::{
    answers::Unrun,
    conversation::Owner,
    endpoint::{Call, answer, failed},
    judged::{self, Ready},
};
use crate::http::{
    admit::{Admission, admit_or_hold},
    response::Response,
};

pub(super) use ids::{TaskIds, created, told_of};
pub(super) use requests::request;
pub(super) use store::{ServerTask, Tasks};

/// The extension of the version without sessions.
pub(super) const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// How long a task lives where its client does not say.
const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// And no longer than this, whatever it says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an approved call waits for its client at least.
const AFTER_REVIEW: Duration = Duration::from_secs(10 * 60);

/// In which way a client knows tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// 2025-11-25: each call says whether it wants one.
    Asked,
    /// 2026-07-28: any call of a client that knows the extension may become one.
    Extension,
}

impl Dialect {
    /// How the client of this call knows them; `None` where it does not.
    fn of(call: &Call, ready: &Ready) -> Option<Self> {
        if ready.message.method() != Some("tools/call") {
            return None;
        }
        match call.version {
            Version::V2025_06_18 => None,
            Version::V2025_11_25 => ready.task.is_some().then_some(Self::Asked),
            Version::V2026_07_28 => knows_extension(&ready.message).then_some(Self::Extension),
        }
    }
}

fn knows_extension(message: &Message) -> bool {
    let capabilities = message.meta("io.modelcontextprotocol/clientCapabilities");
    let extension = capabilities.and_then(|can| can.get_in(&["extensions", EXTENSION]));
    matches!(extension, Some(Json::Object(_)))
}

/// What the edge says of itself where it takes tool calls as tasks.
pub(super) fn capability() -> Json {
    let nothing = || Json::Object(Vec::new());
    let call = Json::object([("call", nothing())]);
    Json::object([
        ("list", nothing()),
        ("cancel", nothing()),
        ("requests", Json::object([("tools", call)])),
    ])
}

/// Takes what asks for a task out of a call: how its answer travels is no part of what is judged.
pub(super) fn take_wish(call: &Call, message: &mut Message) -> Option<Json> {
    let asks = call.version == Version::V2025_11_25 && message.method() == Some("tools/call");
    let wish = message.params_mut().filter(|_| asks)?.remove("task")?;
    matches!(wish, Json::Object(_)).then_some(wish)
}

/// Whether the client of this call gets a task, or may get one.
pub(super) fn may_be_one(call: &Call, ready: &Ready) -> bool {
    Dialect::of(call, ready).is_some()
}

/// Answers a call of a client that knows tasks.
pub(super) async fn admitted(mut call: Call, ready: Ready) -> Response {
    let dialect = Dialect::of(&call, &ready).unwrap_or(Dialect::Asked);
    let pendings = &call.shared.pendings;
    let (phase, inspected) = (ready.phase, &ready.inspected);
    let admission = match admit_or_hold(pendings, &mut call.session, phase, inspected).await {
        Ok(admission) => admission,
        Err(stopped) => return unrun(&ready.message, dialect, Unrun::of(&stopped)),
    };
    match admission {
        // The server makes a task of it, or the version leaves that to servers.
        Admission::Admitted(judged)
            if ready.server_takes_tasks || dialect == Dialect::Extension =>
        {
            judged::run(call, ready, *judged).await
        }
        admission => made(call, ready, admission, dialect),
    }
}

/// A call that does not run and is no task either: who asked for one expects no tool's result.
fn unrun(request: &Message, dialect: Dialect, unrun: Unrun) -> Response {
    let message = match dialect {
        Dialect::Asked => unrun.error(request),
        Dialect::Extension => unrun.answer(request, true),
    };
    answer(StatusCode::OK, &message)
}

/// Makes a task and answers with it.
fn made(call: Call, mut ready: Ready, admission: Admission, dialect: Dialect) -> Response {
    let id = ready.message.id().cloned();
    let wish = ready.task.as_ref().and_then(|wish| wish.get("ttl"));
    let wish = wish.and_then(Json::as_u64).map(Duration::from_millis);
    let (lifetime, words) = match &admission {
        Admission::Admitted(_) => (wish.unwrap_or(LIFETIME), Words::running()),
        Admission::Held(held) => {
            let open = Timestamp::now().until(held.expires_at()) + AFTER_REVIEW;
            let words = Words::waiting(held, &call.shared.mcp.plane);
            (wish.unwrap_or(LIFETIME).max(open), words)
        }
    };
    let mut share = call.shared.budget.share();
    let refused = |words: &str| {
        let error = RpcError::new(code::REFUSED, words);
        failed(StatusCode::OK, id.clone(), &error)
    };
    if share.grow(ready.message.to_bytes().len()).is_err() {
        return refused("this edge has no memory left for a task");
    }
    let task = Task::new(dialect, lifetime.min(LONGEST), words, share);
    let owner = Owner::of(&call.session);
    let Some(task) = call.shared.mcp.tasks.add(owner, task) else {
        return refused("too many tasks are open; cancel some or wait for them");
    };
    let told = Message::result(id.clone().unwrap_or(Json::Null), task.created());
    ready.own_task = Some(task.id.clone());
    run::start(call, ready, admission, task);
    answer(StatusCode::OK, &told)
}
