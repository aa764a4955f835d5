//! What the streams of all formats share.

use std::collections::{BTreeMap, VecDeque};

use countersign_model::TokenUsage;

use super::sse::Event;
use super::{MAX_ARGUMENTS, Output, StreamError, Verdict};
use crate::json::Json;
use crate::llm::hide::{Hide, Restore};
use crate::llm::response::Call;
use crate::llm::texts::{Texts, walk};
use crate::llm::{CallId, StreamRestorer, TokenMap};
use crate::mask::{
    TextMasker,
    stream::{Counts, StreamMasker},
};

/// Bytes that are kept of what an answer said.
pub(in crate::llm) const MAX_SAID: usize = 64 << 10;

/// What comes out, and what is known by now.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) outputs: VecDeque<Output>,
    pub(super) usage: Option<TokenUsage>,
    pub(super) model: Option<String>,
    pub(super) counts: Counts,
    pub(super) tokens: TokenMap,
    /// Whether the client did not ask for the tokens used.
    pub(super) hides_usage: bool,
    /// What was said by texts that ended, as the client got it.
    pub(super) said: String,
    masker: Option<TextMasker>,
    asked: BTreeMap<CallId, Option<Verdict>>,
    calls: usize,
}

/// What became of one call.
pub(super) struct Judged {
    pub(super) id: CallId,
    /// The reason, where it was refused.
    pub(super) refused: Option<String>,
}

impl Core {
    pub(super) fn new(masker: Option<&TextMasker>, tokens: TokenMap) -> Self {
        Self {
            outputs: VecDeque::new(),
            usage: None,
            model: None,
            counts: Counts::new(),
            tokens,
            hides_usage: false,
            said: String::new(),
            masker: masker.cloned(),
            asked: BTreeMap::new(),
            calls: 0,
        }
    }

    /// Releases an event.
    pub(super) fn send(&mut self, name: Option<&str>, id: Option<String>, data: String) {
        let event = Event {
            name: name.map(str::to_owned),
            data,
            id,
            comment: false,
        };
        self.outputs.push_back(Output::Release(event.encode()));
    }

    pub(super) fn keep_alive(&mut self) {
        let event = Event {
            comment: true,
            ..Event::default()
        };
        self.outputs.push_back(Output::Release(event.encode()));
    }

    /// Asks what is to become of a call.
    pub(super) fn ask(&mut self, call: Call) -> CallId {
        let id = CallId(self.calls);
        self.calls += 1;
        // Arguments that nobody can read are never released.
        self.asked.insert(id, None);
        self.outputs.push_back(Output::ToolCall(call.numbered(id)));
        id
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Takes a verdict; gives all of them once the last one came.
    pub(super) fn resolve(&mut self, id: CallId, verdict: Verdict) -> Option<Vec<Judged>> {
        let asked = self.asked.get_mut(&id)?;
        // The first verdict stands.
        asked.get_or_insert(verdict);
        if self.asked.values().any(Option::is_none) {
            return None;
        }
        let asked = std::mem::take(&mut self.asked).into_iter();
        let judged = asked.map(|(id, verdict)| Judged {
            id,
            refused: match verdict {
                Some(Verdict::Release) => None,
                Some(Verdict::Refuse(reason)) => Some(reason),
                None => Some("no verdict came".to_owned()),
            },
        });
        Some(judged.collect())
    }

    /// Forgets what was asked: the stream is over.
    pub(super) fn forget(&mut self) {
        self.asked.clear();
        self.outputs
            .retain(|output| matches!(output, Output::Release(_)));
    }

    pub(super) fn masks(&self) -> bool {
        self.masker.is_some()
    }

    pub(super) fn lane(&self) -> Lane {
        Lane {
            masker: self.masker.as_ref().map(TextMasker::stream),
            restorer: StreamRestorer::new(&self.tokens),
            said: String::new(),
        }
    }

    /// Masks texts that came whole, and puts values back.
    pub(super) fn hide_with(&mut self, each: &mut dyn FnMut(&mut dyn Texts)) {
        if let Some(masker) = &self.masker {
            let mut hide = Hide {
                masker,
                counts: Counts::new(),
            };
            each(&mut hide);
            add(&mut self.counts, &hide.counts);
        }
        if !self.tokens.is_empty() {
            each(&mut Restore(&self.tokens));
        }
    }

    /// Masks every text in a value.
    pub(super) fn hide(&mut self, value: &mut Json) {
        self.hide_with(&mut |texts| walk(value, texts));
    }

    /// Puts values back into a call.
    pub(super) fn restore(&self, each: &mut dyn FnMut(&mut dyn Texts)) {
        if !self.tokens.is_empty() {
            each(&mut Restore(&self.tokens));
        }
    }

    /// Ends a lane; gives its rest.
    pub(super) fn end_lane(&mut self, mut lane: Lane) -> String {
        let mut masked = String::new();
        if let Some(masker) = lane.masker.take() {
            add(&mut self.counts, &masker.finish(&mut masked));
        }
        let mut out = String::new();
        lane.restorer.push(&masked, &mut out);
        lane.restorer.finish(&mut out);
        remember(&mut lane.said, &out);
        if !self.said.is_empty() && !lane.said.is_empty() {
            remember(&mut self.said, "\n\n");
        }
        remember(&mut self.said, &lane.said);
        out
    }

    /// Adds what a later part of the stream says of the tokens used: figures only grow.
    pub(super) fn used(&mut self, usage: Option<TokenUsage>) {
        let Some(usage) = usage else { return };
        let known = self.usage.get_or_insert(usage);
        known.input = known.input.max(usage.input);
        known.output = known.output.max(usage.output);
        known.cached = known.cached.max(usage.cached);
    }

    pub(super) fn answered_by(&mut self, model: Option<&str>) {
        if let Some(model) = model {
            self.model = Some(model.to_owned());
        }
    }
}

fn add(counts: &mut Counts, more: &Counts) {
    for (entity, count) in more {
        *counts.entry(entity).or_default() += count;
    }
}

/// One text of a stream on its way: masked, then restored. Half a kilobyte: maps, which keep room for
/// eleven, hold it boxed.
#[derive(Debug)]
pub(super) struct Lane {
    masker: Option<StreamMasker>,
    restorer: StreamRestorer,
    /// Its beginning, as the client got it.
    said: String,
}

impl Lane {
    /// Takes the next piece; gives what is certain by now.
    pub(super) fn push(&mut self, chunk: &str) -> String {
        let mut out = String::new();
        match &mut self.masker {
            Some(masker) => {
                let mut masked = String::new();
                masker.push(chunk, &mut masked);
                self.restorer.push(&masked, &mut out);
            }
            None => self.restorer.push(chunk, &mut out),
        }
        remember(&mut self.said, &out);
        out
    }
}

/// Keeps the beginning of a text.
fn remember(said: &mut String, more: &str) {
    let left = MAX_SAID.saturating_sub(said.len());
    let kept = more.get(..more.floor_char_boundary(left));
    said.push_str(kept.unwrap_or_default());
}

/// Adds to arguments that come in pieces.
pub(super) fn append(arguments: &mut String, piece: &str) -> Result<(), StreamError> {
    if arguments.len() + piece.len() > MAX_ARGUMENTS {
        return Err(StreamError::TooLarge);
    }
    arguments.push_str(piece);
    Ok(())
}
