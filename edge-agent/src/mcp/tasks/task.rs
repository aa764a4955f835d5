//! A task of the edge's own.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use countersign_inspect::{
    json::Json,
    mcp::{Message, RpcError, code},
};
use countersign_model::Timestamp;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Dialect,
    ids::{RELATED, fresh, part_mut},
};
use crate::{budget::Share, pipeline::Held};

/// How often a client should ask, in milliseconds.
const POLL: u64 = 1_000;
/// Messages that wait for the client: word of progress, what the server asks.
const MAX_OUTBOX: usize = 64;

/// What is told with a task.
pub(super) struct Words {
    status: String,
    /// Members of the `_meta` that its creation is answered with.
    meta: Vec<(&'static str, Json)>,
}

impl Words {
    pub(super) fn running() -> Self {
        Self {
            status: "it runs".to_owned(),
            meta: Vec::new(),
        }
    }

    pub(super) fn waiting(held: &Held, plane: &str) -> Self {
        let review = held.review_id();
        let status = format!(
            "a person has to review this first ({}): {plane}/reviews/{review}",
            review.short()
        );
        let model = format!(
            "This waits for a person's review ({}) until {}. Nothing was done yet; \
             its task tells how it ends.",
            review.short(),
            held.expires_at()
        );
        let text = |value: &dyn ToString| Json::String(value.to_string());
        Self {
            status,
            meta: vec![
                (
                    "io.modelcontextprotocol/model-immediate-response",
                    text(&model),
                ),
                ("countersign/action", text(&held.judged().action_id())),
                ("countersign/review", text(&review)),
            ],
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Working,
    InputRequired,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::InputRequired => "input_required",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// A call whose client asks for the answer later.
pub(in crate::mcp) struct Task {
    pub(super) id: String,
    dialect: Dialect,
    created_at: Timestamp,
    lifetime: Duration,
    until: Instant,
    meta: Vec<(&'static str, Json)>,
    state: Mutex<State>,
    /// Something of the state has changed.
    changed: Notify,
    /// The client asks.
    asked: Notify,
    cancelled: CancellationToken,
}

struct State {
    status: Status,
    words: String,
    updated_at: Timestamp,
    outbox: VecDeque<Message>,
    outcome: Option<Message>,
    /// Clients that wait for the result right now.
    waiting: usize,
    /// What all of it holds of the memory for bodies.
    share: Share,
}

/// What comes next for a client that waits for the result.
pub(super) enum Next {
    Message(Box<Message>),
    Outcome(Box<Message>),
}

impl Task {
    pub(super) fn new(dialect: Dialect, lifetime: Duration, words: Words, share: Share) -> Self {
        let created_at = Timestamp::now();
        Self {
            id: fresh(),
            dialect,
            created_at,
            lifetime,
            until: Instant::now() + lifetime,
            meta: words.meta,
            state: Mutex::new(State {
                status: Status::Working,
                words: words.status,
                updated_at: created_at,
                outbox: VecDeque::new(),
                outcome: None,
                waiting: 0,
                share,
            }),
            changed: Notify::new(),
            asked: Notify::new(),
            cancelled: CancellationToken::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it is forgotten.
    pub(super) const fn until(&self) -> Instant {
        self.until
    }

    /// Waits until it is cancelled. Cancel-safe.
    pub(super) async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }

    /// Says how far it is, where it has not ended.
    pub(super) fn say(&self, words: &str) {
        self.update(|state| words.clone_into(&mut state.words));
    }

    /// Keeps a message for the client; `false` where there is no room.
    pub(super) fn put(&self, message: Message) -> bool {
        let mut kept = false;
        self.update(|state| {
            let room = state.outbox.len() < MAX_OUTBOX;
            if room && state.share.grow(message.to_bytes().len()).is_ok() {
                // A question of the server: the client fetches it with the result.
                if message.id().is_some() {
                    state.status = Status::InputRequired;
                }
                state.outbox.push_back(message);
                kept = true;
            }
        });
        kept
    }

    /// It has ended with this answer.
    pub(super) fn finish(&self, outcome: Message) {
        self.update(|state| {
            let size = outcome.to_bytes().len();
            let outcome = match state.share.grow(size) {
                Ok(()) => outcome,
                Err(error) => {
                    let error = RpcError::new(code::INTERNAL, error.to_string());
                    Message::error(None, &error, None)
                }
            };
            state.status = status_of(&outcome, self.dialect);
            state.words = match state.status {
                Status::Completed => "it ran".to_owned(),
                _ => words_of(&outcome).unwrap_or("it failed").to_owned(),
            };
            state.outcome = Some(outcome);
        });
    }

    /// Cancels it; `false` where it has ended before.
    pub(super) fn cancel(&self) -> bool {
        let mut cancelled = false;
        self.update(|state| {
            state.status = Status::Cancelled;
            "the client cancelled it".clone_into(&mut state.words);
            cancelled = true;
        });
        self.cancelled.cancel();
        cancelled
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        if state.status.is_final() {
            return;
        }
        change(&mut state);
        state.updated_at = Timestamp::now();
        drop(state);
        self.changed.notify_waiters();
    }

    /// The client asks how it stands.
    pub(super) fn ask(&self) {
        self.asked.notify_waiters();
    }

    /// Waits until the client asks, which one does that waits for the result. Cancel-safe.
    pub(super) async fn until_asked(&self) {
        let asked = self.asked.notified();
        tokio::pin!(asked);
        asked.as_mut().enable();
        if self.state().waiting == 0 {
            asked.await;
        }
    }

    /// What there is for a client that waits for the result. Cancel-safe.
    pub(super) async fn next(&self) -> Next {
        let _waiting = Waiting::new(self);
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(next) = self.take() {
                return next;
            }
            changed.await;
        }
    }

    /// The same where it need not be waited for.
    pub(super) fn take(&self) -> Option<Next> {
        let mut state = self.state();
        if let Some(message) = state.outbox.pop_front() {
            let asks = state.outbox.iter().any(|left| left.id().is_some());
            if state.status == Status::InputRequired && !asks {
                state.status = Status::Working;
            }
            return Some(Next::Message(Box::new(related(message, &self.id))));
        }
        let outcome = match (&state.outcome, state.status) {
            (Some(outcome), _) => outcome.clone(),
            (None, Status::Cancelled) => {
                let error = RpcError::new(code::REFUSED, state.words.clone());
                Message::error(None, &error, None)
            }
            (None, _) => return None,
        };
        Some(Next::Outcome(Box::new(related(outcome, &self.id))))
    }

    /// What is told of it.
    pub(super) fn described(&self) -> Json {
        let state = self.state();
        self.describe(&state)
    }

    fn describe(&self, state: &State) -> Json {
        let number = |value: u128| Json::Number(value.to_string());
        let (lifetime, poll) = match self.dialect {
            Dialect::Asked => ("ttl", "pollInterval"),
            Dialect::Extension => ("ttlMs", "pollIntervalMs"),
        };
        Json::object([
            ("taskId", Json::text(&self.id)),
            ("status", Json::text(state.status.as_str())),
            ("statusMessage", Json::text(&state.words)),
            ("createdAt", Json::String(self.created_at.to_string())),
            ("lastUpdatedAt", Json::String(state.updated_at.to_string())),
            (lifetime, number(self.lifetime.as_millis())),
            (poll, number(POLL.into())),
        ])
    }

    /// The answer to the call that it was made for.
    pub(super) fn created(&self) -> Json {
        let meta = self.meta.iter();
        let meta = meta.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let meta = Json::Object(meta.collect());
        let mut task = self.described();
        match self.dialect {
            Dialect::Asked => Json::object([("task", task), ("_meta", meta)]),
            Dialect::Extension => {
                task.set("resultType", Json::text("task"));
                task.set("_meta", meta);
                task
            }
        }
    }

    /// The answer to a client that asks how it stands.
    pub(super) fn detailed(&self) -> Json {
        let state = self.state();
        let mut task = self.describe(&state);
        if self.dialect == Dialect::Extension {
            task.set("resultType", Json::text("complete"));
            let outcome = state.outcome.as_ref();
            if let Some(result) = outcome.and_then(Message::answer) {
                task.set("result", result.clone());
            }
            if let Some(error) = outcome.and_then(Message::fault) {
                task.set("error", error.clone());
            }
        }
        task
    }

    /// The error of a task that this edge ends itself.
    pub(super) fn fail(&self, words: &str) {
        let error = RpcError::new(code::REFUSED, words);
        self.finish(Message::error(None, &error, None));
    }
}

/// Counts a client that waits for the result.
struct Waiting<'a>(&'a Task);

impl<'a> Waiting<'a> {
    fn new(task: &'a Task) -> Self {
        task.state().waiting += 1;
        task.ask();
        Self(task)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

fn status_of(outcome: &Message, dialect: Dialect) -> Status {
    let Some(result) = outcome.answer() else {
        return Status::Failed;
    };
    let failed = result.get("isError").and_then(Json::as_bool) == Some(true);
    match dialect {
        Dialect::Asked if failed => Status::Failed,
        _ => Status::Completed,
    }
}

/// Why it failed, as far as that is known without what a tool said.
fn words_of(outcome: &Message) -> Option<&str> {
    outcome.fault()?.str_of("message")
}

/// Says in a message which task it belongs to.
fn related(mut message: Message, id: &str) -> Message {
    let related = Json::object([("taskId", Json::text(id))]);
    if let Some(part) = part_mut(&mut message) {
        match part.get_mut("_meta") {
            Some(meta @ Json::Object(_)) => meta.set(RELATED, related),
            _ => part.set("_meta", Json::object([(RELATED, related)])),
        }
    }
    message
}
