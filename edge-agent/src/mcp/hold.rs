//! How a client waits for people: by a task that it asks for later, by a link that it opens for its user,
//! by word of progress, or for as long as clients wait; whoever was told to come back repeats the identical
//! request.

use std::time::Duration;

use bytes::Bytes;
use countersign_inspect::{
    json::Json,
    mcp::{Event, Message, Version},
};
use countersign_model::ReviewId;
use futures::{Stream, StreamExt as _, stream::BoxStream};
use http::StatusCode;

use super::{
    answers::{Unrun, link},
    endpoint::{Call, answer},
    judged::{self, Ready},
    relay::events,
    tasks,
};
use crate::http::{
    admit::{Pending, Stopped, admit},
    response::{Body, BrokenOff, Response},
};

/// How often a client hears that its request still waits.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// What a client can do while people decide.
enum Ladder {
    /// Opens a link for its user.
    Link,
    /// Takes word of progress, under this token.
    Progress(Json),
    /// Waits.
    Wait,
}

impl Ladder {
    fn of(call: &Call, message: &Message) -> Self {
        if opens_links(call, message) {
            return Self::Link;
        }
        match message.meta("progressToken") {
            Some(token @ (Json::String(_) | Json::Number(_))) => Self::Progress(token.clone()),
            _ => Self::Wait,
        }
    }
}

/// Whether the client said that it opens links, where the version and the method have a form for it.
pub(super) fn opens_links(call: &Call, message: &Message) -> bool {
    let capabilities = match &call.conversation {
        Some(conversation) => Some(&conversation.capabilities),
        None => message.meta("io.modelcontextprotocol/clientCapabilities"),
    };
    let method = message.method().unwrap_or_default();
    let asks = matches!(method, "tools/call" | "prompts/get" | "resources/read");
    asks && call.version >= Version::V2025_11_25
        && capabilities.is_some_and(|can| can.get_in(&["elicitation", "url"]).is_some())
}

/// Answers a request as soon as it is admitted, or says why it is not.
pub(super) async fn admitted(mut call: Call, ready: Ready) -> Response {
    if tasks::may_be_one(&call, &ready) {
        return tasks::admitted(call, ready).await;
    }
    let ladder = Ladder::of(&call, &ready.message);
    let wait = match ladder {
        Ladder::Link | Ladder::Progress(_) => Duration::ZERO,
        Ladder::Wait => call.servers.hold,
    };
    let pendings = &call.shared.pendings;
    let admitted = admit(
        pendings,
        &mut call.session,
        ready.phase,
        &ready.inspected,
        wait,
    )
    .await;
    match (admitted, ladder) {
        (Ok(judged), _) => judged::run(call, ready, judged).await,
        (Err(Stopped::Pending(Pending { review, .. })), Ladder::Link) => {
            let url = format!("{}/reviews/{review}", call.shared.mcp.plane);
            let told = link(&ready.message, review, &url, call.is_stateless());
            answer(StatusCode::OK, &told)
        }
        (Err(Stopped::Pending(Pending { review, .. })), Ladder::Progress(token)) => {
            let waiting = Step::Waiting(Box::new(Waiting {
                call,
                ready,
                token,
                review,
                told: 0,
            }));
            events(waiting.pieces().boxed())
        }
        (Err(stopped), _) => {
            let told = Unrun::of(&stopped).answer(&ready.message, call.is_stateless());
            answer(StatusCode::OK, &told)
        }
    }
}

/// A request whose client hears of progress.
struct Waiting {
    call: Call,
    ready: Ready,
    token: Json,
    review: ReviewId,
    told: u32,
}

enum Step {
    Waiting(Box<Waiting>),
    /// It runs, and this is its answer.
    Passing(BoxStream<'static, Result<Bytes, BrokenOff>>),
}

impl Step {
    fn pieces(self) -> impl Stream<Item = Result<Bytes, BrokenOff>> {
        futures::stream::unfold(self, |mut step| async move {
            loop {
                step = match step {
                    Self::Passing(mut pieces) => {
                        let piece = pieces.next().await?;
                        return Some((piece, Self::Passing(pieces)));
                    }
                    Self::Waiting(mut waiting) => {
                        if waiting.told == 0 {
                            let piece = waiting.progress();
                            return Some((Ok(piece), Self::Waiting(waiting)));
                        }
                        match waiting.next().await {
                            Ok(again) => {
                                let piece = again.1;
                                return Some((Ok(piece), Self::Waiting(again.0)));
                            }
                            Err(response) => Self::of(response),
                        }
                    }
                };
            }
        })
    }

    fn of(response: Response) -> Self {
        match response.body {
            Body::Stream(pieces) => Self::Passing(pieces),
            Body::Full(message) => {
                let text = String::from_utf8_lossy(&message).into_owned();
                let piece = Bytes::from(Event::message(text).to_bytes());
                Self::Passing(futures::stream::once(async { Ok(piece) }).boxed())
            }
        }
    }
}

impl Waiting {
    /// Waits a little more: word of progress, or the answer. Dropped meanwhile, the request waits for
    /// whoever repeats it.
    async fn next(mut self: Box<Self>) -> Result<(Box<Self>, Bytes), Response> {
        let pendings = &self.call.shared.pendings;
        let (phase, inspected) = (self.ready.phase, &self.ready.inspected);
        let session = &mut self.call.session;
        let admitted = admit(pendings, session, phase, inspected, PROGRESS_EVERY).await;
        match admitted {
            Err(Stopped::Pending(_)) => {
                let piece = self.progress();
                Ok((self, piece))
            }
            Ok(judged) => Err(judged::run(self.call, self.ready, judged).await),
            Err(stopped) => {
                let stateless = self.call.is_stateless();
                let told = Unrun::of(&stopped).answer(&self.ready.message, stateless);
                Err(answer(StatusCode::OK, &told))
            }
        }
    }

    fn progress(&mut self) -> Bytes {
        self.told += 1;
        // Far below what a server would say: its own progress may begin at 0 and must only rise.
        let progress = format!("0.{:09}", self.told);
        let words = format!("waiting for review {}", self.review.short());
        let params = Json::object([
            ("progressToken", self.token.clone()),
            ("progress", Json::Number(progress)),
            ("message", Json::String(words)),
        ]);
        let message = Message::notification("notifications/progress", params);
        Event::message(message.document().to_string())
            .to_bytes()
            .into()
    }
}
