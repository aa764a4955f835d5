//! Streams of OpenAI's responses.

use std::collections::BTreeMap;

use super::core::{Core, Judged, Lane, append};
use super::sse::Event;
use super::{Flow, MAX_HELD, MAX_LANES, StreamError};
use crate::json::{self, Json};
use crate::llm::response::Call;
use crate::llm::{openai_responses, refusal};

/// Where a stream stands.
#[derive(Debug, Default)]
pub(super) struct Responses {
    lanes: BTreeMap<String, (Box<Lane>, Json)>,
    call: Option<Open>,
    settled: Vec<Settled>,
    /// Bytes of those calls.
    kept: usize,
    sequence: u64,
    over: bool,
}

/// A call that is held.
#[derive(Debug)]
struct Open {
    index: u64,
    held: usize,
    /// The item as it is at its end.
    done: Option<Json>,
}

/// A call that was judged: how it came, and what stands for it now.
#[derive(Debug)]
struct Settled {
    call: Call,
    item: Json,
}

/// Events whose `delta` is a text, by the beginning of their type.
const TEXTS: &[&str] = &[
    "response.output_text",
    "response.refusal",
    "response.reasoning_text",
    "response.reasoning_summary_text",
    "response.audio.transcript",
    "response.audio_transcript",
    "response.code_interpreter_call_code",
    "response.mcp_call_arguments",
];

/// Members of events that are passed on where they are no plain numbers.
const KEPT: &[&str] = &[
    "type",
    "item_id",
    "delta",
    "text",
    "refusal",
    "transcript",
    "code",
    "arguments",
    "item",
    "part",
    "response",
    "annotation",
    "message",
    "param",
    "error",
    "obfuscation",
    "partial_image_b64",
];

/// Members that hold what a model says or calls: an event of an unknown kind with one is left out.
const TELLING: &[&str] = &[
    "delta",
    "item",
    "part",
    "response",
    "text",
    "arguments",
    "message",
];

/// Events that tell of the whole answer.
const WHOLE: &[&str] = &[
    "response.created",
    "response.in_progress",
    "response.queued",
    "response.completed",
    "response.incomplete",
    "response.failed",
];

impl Responses {
    pub(super) fn held(&self) -> usize {
        self.call.as_ref().map_or(0, |call| call.held)
    }

    pub(super) fn event(&mut self, core: &mut Core, event: Event) -> Result<Flow, StreamError> {
        if event.data.trim() == "[DONE]" {
            core.send(None, None, "[DONE]".to_owned());
            return Ok(Flow::Done);
        }
        let mut data = json::parse(event.data.as_bytes()).map_err(|_| StreamError::Malformed)?;
        let kind = super::kind_of(&data)?;
        let index = data.get("output_index").and_then(Json::as_u64);
        super::keep(&mut data, KEPT);
        if let Some(call) = &mut self.call {
            if index != Some(call.index) {
                return Ok(Flow::Defer(event));
            }
            if kind == "response.output_item.done" {
                let item = data.remove("item").ok_or(StreamError::Malformed)?;
                return self.ask(core, item);
            }
            // The item at its end tells all of it.
            return Ok(Flow::Done);
        }
        match kind.as_str() {
            "response.output_item.added" | "response.output_item.done" => {
                let item = data.get_mut("item").ok_or(StreamError::Malformed)?;
                if openai_responses::is_call(item) {
                    return self.open(core, index, &kind, item.clone());
                }
                self.end_item(core, index);
                core.hide_with(&mut |texts| openai_responses::output_texts(item, texts));
            }
            kind if WHOLE.contains(&kind) => self.whole(core, kind, &mut data)?,
            "response.content_part.added"
            | "response.content_part.done"
            | "response.reasoning_summary_part.added"
            | "response.reasoning_summary_part.done" => {
                let part = data.get_mut("part").ok_or(StreamError::Malformed)?;
                part.remove("logprobs");
                core.hide(part);
            }
            "response.output_text.annotation.added" => core.hide(&mut data),
            "error" => {
                core.hide(&mut data);
                self.over = true;
            }
            kind => return self.other(core, kind, data),
        }
        self.send(core, &kind, data);
        Ok(Flow::Done)
    }

    /// Texts, and events of which nothing must be known.
    fn other(&mut self, core: &mut Core, kind: &str, mut data: Json) -> Result<Flow, StreamError> {
        let stem = kind.strip_suffix(".delta").or(kind.strip_suffix(".done"));
        if stem.is_some_and(|stem| TEXTS.contains(&stem)) {
            data.remove("logprobs");
            let key = lane_key(stem.unwrap_or_default(), &data);
            if kind.ends_with(".delta") {
                if self.lanes.len() >= MAX_LANES && !self.lanes.contains_key(&key) {
                    return Err(StreamError::TooLarge);
                }
                let piece = data
                    .str_of("delta")
                    .ok_or(StreamError::Malformed)?
                    .to_owned();
                let (lane, last) = self
                    .lanes
                    .entry(key)
                    .or_insert_with(|| (Box::new(core.lane()), Json::Null));
                let certain = lane.push(&piece);
                *last = data.clone();
                if certain.is_empty() {
                    return Ok(Flow::Done);
                }
                data.set("delta", Json::String(certain));
            } else {
                self.end_lane(core, &key);
                core.hide(&mut data);
            }
        } else if TELLING.iter().any(|name| data.get(name).is_some())
            && !matches!(kind, "response.audio.delta")
        {
            return Ok(Flow::Done);
        }
        self.send(core, kind, data);
        Ok(Flow::Done)
    }

    fn open(
        &mut self,
        core: &mut Core,
        index: Option<u64>,
        kind: &str,
        item: Json,
    ) -> Result<Flow, StreamError> {
        self.call = Some(Open {
            index: index.ok_or(StreamError::Malformed)?,
            held: 0,
            done: None,
        });
        // Some servers tell of a call only when it is whole.
        if kind == "response.output_item.done" {
            return self.ask(core, item);
        }
        Ok(Flow::Done)
    }

    fn ask(&mut self, core: &mut Core, item: Json) -> Result<Flow, StreamError> {
        let call = self.call.as_mut().ok_or(StreamError::Malformed)?;
        append(
            &mut String::new(),
            item.str_of("arguments").unwrap_or_default(),
        )?;
        let mut restored = item.clone();
        core.restore(&mut |texts| openai_responses::restore_call(&mut restored, texts));
        call.held = restored.to_bytes().len();
        call.done = Some(item);
        core.ask(openai_responses::read_call(&restored));
        Ok(Flow::Done)
    }

    pub(super) fn settle(&mut self, core: &mut Core, judged: &[Judged]) -> Result<(), StreamError> {
        let (Some(call), Some(judged)) = (self.call.take(), judged.first()) else {
            return Err(StreamError::Malformed);
        };
        let mut item = call.done.ok_or(StreamError::Malformed)?;
        let read = openai_responses::read_call(&item);
        let reason = judged.refused.clone().or_else(|| {
            let unreadable = "its arguments cannot be read";
            read.arguments.is_none().then(|| unreadable.to_owned())
        });
        match reason {
            None => {
                core.restore(&mut |texts| openai_responses::restore_call(&mut item, texts));
                self.release(core, call.index, &item);
            }
            Some(reason) => {
                let text = refusal(&read.name, &reason);
                let id = format!("msg_refused_{}", call.index);
                item = openai_responses::refusal_item(&id, &text);
                self.refuse(core, call.index, &id, &text);
            }
        }
        // The end of the answer repeats every call.
        self.kept += item.to_bytes().len();
        if self.kept > MAX_HELD {
            return Err(StreamError::TooLarge);
        }
        self.settled.push(Settled { call: read, item });
        Ok(())
    }

    /// The whole answer, at its beginning or its end: calls in it are those that were judged.
    fn whole(&mut self, core: &mut Core, kind: &str, data: &mut Json) -> Result<(), StreamError> {
        let response = data.get_mut("response").ok_or(StreamError::Malformed)?;
        core.used(openai_responses::usage(response));
        core.answered_by(response.str_of("model"));
        self.over |= matches!(
            kind,
            "response.completed" | "response.incomplete" | "response.failed"
        );
        if self.over {
            let keys: Vec<String> = self.lanes.keys().cloned().collect();
            keys.iter().for_each(|key| self.end_lane(core, key));
        }
        let response = data.get_mut("response").ok_or(StreamError::Malformed)?;
        if core.masks() {
            openai_responses::drop_probabilities(response);
        }
        core.hide_with(&mut |texts| openai_responses::response_texts(response, texts));
        if let Some(Json::Array(items)) = response.get_mut("output") {
            items.retain_mut(|item| !openai_responses::is_call(item) || self.known(item));
        }
        Ok(())
    }

    /// Puts what was sent for a call in its place; whether it was judged at all.
    fn known(&self, item: &mut Json) -> bool {
        let read = openai_responses::read_call(item);
        let settled = self.settled.iter().find(|settled| settled.call == read);
        if let Some(settled) = settled {
            *item = settled.item.clone();
        }
        settled.is_some()
    }

    /// Releases what the texts of an item held back.
    fn end_item(&mut self, core: &mut Core, index: Option<u64>) {
        let of_item = |last: &Json| last.get("output_index").and_then(Json::as_u64) == index;
        let lanes = self.lanes.iter();
        let keys: Vec<String> = lanes
            .filter(|(_, (_, last))| of_item(last))
            .map(|(key, _)| key.clone())
            .collect();
        keys.iter().for_each(|key| self.end_lane(core, key));
    }

    fn end_lane(&mut self, core: &mut Core, key: &str) {
        let Some((lane, mut last)) = self.lanes.remove(key) else {
            return;
        };
        let rest = core.end_lane(*lane);
        if !rest.is_empty() {
            last.set("delta", Json::String(rest));
            let kind = last.str_of("type").unwrap_or_default().to_owned();
            self.send(core, &kind, last);
        }
    }

    pub(super) fn end(&mut self, core: &mut Core) -> Result<(), StreamError> {
        let keys: Vec<String> = self.lanes.keys().cloned().collect();
        keys.iter().for_each(|key| self.end_lane(core, key));
        if self.call.is_some() || !self.over {
            return Err(StreamError::Incomplete);
        }
        Ok(())
    }

    /// What ends a stream that failed.
    pub(super) fn error(&self, message: &str) -> Json {
        Json::object([
            ("type", Json::text("error")),
            ("code", Json::text("server_error")),
            ("message", Json::text(message)),
            ("param", Json::Null),
            ("sequence_number", Json::Number(self.sequence.to_string())),
        ])
    }

    /// Sends an event with the next number.
    pub(super) fn send(&mut self, core: &mut Core, kind: &str, mut data: Json) {
        data.set("sequence_number", Json::Number(self.sequence.to_string()));
        self.sequence += 1;
        core.send(Some(kind), None, data.to_string());
    }
}

/// What tells one text of an answer from another.
fn lane_key(stem: &str, data: &Json) -> String {
    let mut key = stem.to_owned();
    for name in ["output_index", "item_id", "content_index", "summary_index"] {
        key.push(' ');
        if let Some(value) = data.get(name) {
            key.push_str(&value.to_string());
        }
    }
    key
}
