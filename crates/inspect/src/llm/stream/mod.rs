//! Streamed answers: texts are masked as they come, and each call of a tool is held from its first byte
//! to its last until it was judged.
//!
//! Nothing is passed on as it came. Each event is parsed, and written again from what is known of its
//! kind. Members and events of unknown kinds pass where they can hold neither a text nor a call, that is
//! where they hold no object and no `delta`; others are left out. What follows a call waits for its
//! verdict, so that the order stays. A stream that is malformed, too large, or ends within a call is
//! ended with an error as the provider would send it.

mod chat;
mod choice;
mod core;
mod item;
mod messages;
mod responses;
pub mod sse;

use std::collections::VecDeque;

use countersign_model::TokenUsage;

use self::core::Core;
pub(super) use self::core::MAX_SAID;
use super::error::error_object;
use super::{Api, CallId, Provider, TokenMap, ToolCall};
use crate::json::Json;
use crate::mask::{TextMasker, stream::Counts};
use sse::{Event, Splitter};

/// Largest arguments of one call.
pub const MAX_ARGUMENTS: usize = 1024 * 1024;

/// Most that is held at once.
pub const MAX_HELD: usize = 4 * 1024 * 1024;

/// Most texts that are open at once.
const MAX_LANES: usize = 1024;

/// More is not asked for while so much is held.
const ENOUGH_HELD: usize = 1024 * 1024;

/// Why a stream was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// It is not what the provider's streams are.
    #[error("the provider's stream is malformed")]
    Malformed,
    /// An event, a call, or what is held became too large.
    #[error("the provider's stream is too large to be held")]
    TooLarge,
    /// It ended within a call.
    #[error("the provider's stream ended too early")]
    Incomplete,
}

/// What comes out of the guard.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Bytes for the client.
    Release(Vec<u8>),
    /// A call to be judged; nothing of it was released.
    ToolCall(ToolCall),
}

/// What is to become of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The client gets it. A call whose arguments cannot be read is refused all the same.
    Release,
    /// The client reads that it was refused, and why.
    Refuse(String),
}

/// One stream on its way to the client.
#[derive(Debug)]
pub struct StreamGuard {
    core: Core,
    format: Format,
    splitter: Splitter,
    /// Events that were not looked at yet.
    pending: VecDeque<Event>,
    /// Events that must not overtake an open call.
    deferred: VecDeque<Event>,
    held: usize,
    ended: bool,
    finished: bool,
    failure: Option<StreamError>,
}

#[derive(Debug)]
enum Format {
    Chat(chat::Chat),
    Responses(responses::Responses),
    Messages(messages::Messages),
}

/// What became of an event.
enum Flow {
    Done,
    /// It must wait for the end of the open call.
    Defer(Event),
}

impl StreamGuard {
    /// For a stream of that kind. Streams of other APIs than chat, responses and messages end in an
    /// error: there are none.
    #[must_use]
    pub fn new(
        provider: Provider,
        api: Api,
        masker: Option<&TextMasker>,
        tokens: TokenMap,
    ) -> Self {
        let format = match (provider, api) {
            (Provider::Anthropic, _) => Format::Messages(messages::Messages::default()),
            (_, Api::Responses) => Format::Responses(responses::Responses::default()),
            _ => Format::Chat(chat::Chat::default()),
        };
        let known = matches!(api, Api::Chat | Api::Responses | Api::Messages);
        Self {
            core: Core::new(masker, tokens),
            format,
            splitter: Splitter::default(),
            pending: VecDeque::new(),
            deferred: VecDeque::new(),
            held: 0,
            ended: false,
            finished: false,
            failure: (!known).then_some(StreamError::Malformed),
        }
    }

    /// Takes the next bytes of the provider.
    ///
    /// # Errors
    /// When the stream had to be ended: what [`Self::next_output`] gives from now on ends with an error event.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        self.alive()?;
        let mut events = Vec::new();
        let split = self.splitter.push(bytes, &mut events);
        for mut event in events {
            // No provider numbers events; an id would be a text that nothing masks.
            event.id = None;
            self.held += event.weight();
            self.pending.push_back(event);
        }
        let worked = self.work().and(split);
        let bounded = match self.held + self.format.held() > MAX_HELD {
            true => Err(StreamError::TooLarge),
            false => Ok(()),
        };
        self.checked(worked.and(bounded))
    }

    /// The provider's stream ended.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(&mut self) -> Result<(), StreamError> {
        self.alive()?;
        self.ended = true;
        let worked = self.work();
        self.checked(worked)
    }

    /// Tells the verdict on a call. A second one changes nothing.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn resolve(&mut self, id: CallId, verdict: Verdict) -> Result<(), StreamError> {
        self.alive()?;
        let Some(judged) = self.core.resolve(id, verdict) else {
            return Ok(());
        };
        let core = &mut self.core;
        let settled = match &mut self.format {
            Format::Chat(chat) => chat.settle(core, &judged),
            Format::Responses(responses) => responses.settle(core, &judged),
            Format::Messages(messages) => messages.settle(core, &judged),
        };
        self.deferred.append(&mut self.pending);
        std::mem::swap(&mut self.deferred, &mut self.pending);
        let worked = settled.and_then(|()| self.work());
        self.checked(worked)
    }

    /// What comes next, as far as it is known.
    pub fn next_output(&mut self) -> Option<Output> {
        self.core.outputs.pop_front()
    }

    /// Whether more bytes should be read from the provider: not while much waits for a verdict.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        let enough = self.is_waiting() && self.held + self.format.held() >= ENOUGH_HELD;
        self.failure.is_none() && !enough
    }

    /// Whether a verdict is waited for.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.core.is_waiting()
    }

    /// Whether nothing more comes, but for what [`Self::next_output`] still gives.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished || self.failure.is_some()
    }

    /// Why the stream was ended, if it was.
    #[must_use]
    pub fn failure(&self) -> Option<StreamError> {
        self.failure
    }

    /// What the answer said that it took, by now.
    #[must_use]
    pub fn usage(&self) -> Option<TokenUsage> {
        self.core.usage
    }

    /// The model that answers.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.core.model.as_deref()
    }

    /// What was hidden in the texts that ended by now.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.core.counts
    }

    /// What the texts that ended by now said, as the client got it: apart by blank lines, and no more
    /// than the first 64 KiB.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.core.said
    }

    /// Leaves out the tokens used: the provider was asked for them and the client did not ask.
    pub fn hide_usage(&mut self) {
        self.core.hides_usage = true;
    }

    fn alive(&self) -> Result<(), StreamError> {
        self.failure.map_or(Ok(()), Err)
    }

    fn work(&mut self) -> Result<(), StreamError> {
        while !self.core.is_waiting()
            && let Some(event) = self.pending.pop_front()
        {
            let size = event.weight();
            if event.comment {
                self.held -= size;
                self.core.keep_alive();
                continue;
            }
            let core = &mut self.core;
            let flow = match &mut self.format {
                Format::Chat(chat) => chat.event(core, event),
                Format::Responses(responses) => responses.event(core, event),
                Format::Messages(messages) => messages.event(core, event),
            }?;
            match flow {
                Flow::Done => self.held -= size,
                Flow::Defer(event) => self.deferred.push_back(event),
            }
        }
        if self.ended && !self.core.is_waiting() && !self.finished {
            self.finished = true;
            let core = &mut self.core;
            match &mut self.format {
                Format::Chat(chat) => chat.end(core),
                Format::Responses(responses) => responses.end(core),
                Format::Messages(messages) => messages.end(core),
            }?;
        }
        Ok(())
    }

    /// Ends the stream where it failed.
    fn checked(&mut self, result: Result<(), StreamError>) -> Result<(), StreamError> {
        let Err(error) = result else {
            return Ok(());
        };
        self.failure = Some(error);
        self.core.forget();
        self.pending.clear();
        self.deferred.clear();
        self.held = 0;
        let message = format!("Countersign ended the answer: {error}");
        let (name, data) = match &self.format {
            Format::Chat(_) => (None, error_object(Provider::Openai, 502, &message)),
            Format::Messages(_) => (
                Some("error"),
                error_object(Provider::Anthropic, 502, &message),
            ),
            Format::Responses(responses) => (Some("error"), responses.error(&message)),
        };
        self.core.send(name, None, data.to_string());
        Err(error)
    }
}

impl Format {
    /// Bytes of calls that are held.
    fn held(&self) -> usize {
        match self {
            Self::Chat(chat) => chat.held(),
            Self::Responses(responses) => responses.held(),
            Self::Messages(messages) => messages.held(),
        }
    }
}

/// Whether a value can hold neither a text of the model nor a call.
fn is_scalar(value: &Json) -> bool {
    matches!(value, Json::Null | Json::Bool(_) | Json::Number(_))
}

/// Longest type of an event.
const MAX_KIND: usize = 64;

/// The type of an event. It becomes the event's name, and must be a word: a line break in it would begin
/// another event, of which nothing was judged.
fn kind_of(data: &Json) -> Result<String, StreamError> {
    let kind = data.str_of("type").ok_or(StreamError::Malformed)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if kind.is_empty() || kind.len() > MAX_KIND || !kind.bytes().all(plain) {
        return Err(StreamError::Malformed);
    }
    Ok(kind.to_owned())
}

/// Leaves out the members that are neither known nor plain.
fn keep(value: &mut Json, known: &[&str]) {
    if let Json::Object(members) = value {
        members.retain(|(name, member)| is_scalar(member) || known.contains(&name.as_str()));
    }
}
