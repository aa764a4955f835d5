//! Streams of Anthropic's messages.

use std::collections::BTreeMap;

use super::core::{Core, Judged, Lane, append};
use super::sse::Event;
use super::{Flow, MAX_LANES, StreamError};
use crate::json::{self, Json};
use crate::llm::response::Call;
use crate::llm::{anthropic, refusal};

/// Where a stream stands.
#[derive(Debug, Default)]
pub(super) struct Messages {
    blocks: BTreeMap<u64, Block>,
    call: Option<Open>,
    released: usize,
    refused: usize,
    stopped: bool,
}

/// A block that is open and no call.
#[derive(Debug)]
struct Block {
    lane: Option<(&'static str, Box<Lane>)>,
}

/// A call that is held.
#[derive(Debug)]
struct Open {
    index: u64,
    block: Json,
    written: String,
    readable: bool,
}

/// Events that say nothing but that something goes on.
const PASS: [&str; 2] = ["ping", "message_stop"];

/// Members of events and of deltas that are passed on where they are no plain numbers.
const KEPT: &[&str] = &[
    "type",
    "message",
    "content_block",
    "delta",
    "usage",
    "error",
    "context_management",
    "request_id",
];
const KEPT_IN_DELTA: &[&str] = &[
    "type",
    "text",
    "thinking",
    "signature",
    "citation",
    "partial_json",
];

/// Members of what is told of the whole message at its end: no words and no calls.
const KEPT_AT_END: &[&str] = &["stop_reason", "stop_sequence", "stop_details", "container"];

impl Messages {
    pub(super) fn held(&self) -> usize {
        self.call.as_ref().map_or(0, |call| call.written.len())
    }

    pub(super) fn event(&mut self, core: &mut Core, event: Event) -> Result<Flow, StreamError> {
        let mut data = json::parse(event.data.as_bytes()).map_err(|_| StreamError::Malformed)?;
        let kind = super::kind_of(&data)?;
        let index = data.get("index").and_then(Json::as_u64);
        super::keep(&mut data, KEPT);
        if let Some(call) = &self.call {
            let own = index == Some(call.index)
                && matches!(kind.as_str(), "content_block_delta" | "content_block_stop");
            if !own && !matches!(kind.as_str(), "ping" | "error") {
                return Ok(Flow::Defer(event));
            }
        }
        match kind.as_str() {
            "message_start" => message_start(core, &mut data)?,
            "content_block_start" => return self.start(core, index, data),
            "content_block_delta" => return self.delta(core, index, data),
            "content_block_stop" => return self.stop(core, index, &data),
            "message_delta" => self.message_delta(core, &mut data)?,
            "error" => {
                core.hide(&mut data);
                self.stopped = true;
            }
            kind if PASS.contains(&kind) => self.stopped |= kind == "message_stop",
            // Of what nobody knows only what can hold neither a text nor a call.
            _ if ["delta", "message", "content_block", "error"]
                .iter()
                .any(|name| data.get(name).is_some()) =>
            {
                return Ok(Flow::Done);
            }
            _ => {}
        }
        core.send(Some(&kind), event.id, data.to_string());
        Ok(Flow::Done)
    }

    fn start(
        &mut self,
        core: &mut Core,
        index: Option<u64>,
        mut data: Json,
    ) -> Result<Flow, StreamError> {
        let index = index.ok_or(StreamError::Malformed)?;
        let block = data
            .get_mut("content_block")
            .ok_or(StreamError::Malformed)?;
        if self.blocks.len() >= MAX_LANES {
            return Err(StreamError::TooLarge);
        }
        if self.blocks.contains_key(&index) {
            return Err(StreamError::Malformed);
        }
        if anthropic::is_call(block) {
            self.call = Some(Open {
                index,
                block: block.clone(),
                written: String::new(),
                readable: true,
            });
            return Ok(Flow::Done);
        }
        let field = match block.str_of("type") {
            Some("text") => Some("text"),
            Some("thinking") => Some("thinking"),
            _ => None,
        };
        let mut lane = field.map(|field| (field, Box::new(core.lane())));
        if let Some((field, lane)) = &mut lane {
            let begun = block.remove(field);
            core.hide_with(&mut |texts| anthropic::block_texts(block, texts));
            let begun = begun.as_ref().and_then(Json::as_str).unwrap_or_default();
            block.set(field, Json::String(lane.push(begun)));
        } else {
            core.hide_with(&mut |texts| anthropic::block_texts(block, texts));
        }
        self.blocks.insert(index, Block { lane });
        core.send(Some("content_block_start"), None, data.to_string());
        Ok(Flow::Done)
    }

    fn delta(
        &mut self,
        core: &mut Core,
        index: Option<u64>,
        mut data: Json,
    ) -> Result<Flow, StreamError> {
        let index = index.ok_or(StreamError::Malformed)?;
        let delta = data.get_mut("delta").ok_or(StreamError::Malformed)?;
        let kind = delta.str_of("type").unwrap_or_default().to_owned();
        super::keep(delta, KEPT_IN_DELTA);
        if let Some(call) = self.call.as_mut().filter(|call| call.index == index) {
            match (kind.as_str(), delta.str_of("partial_json")) {
                ("input_json_delta", Some(piece)) => append(&mut call.written, piece)?,
                // What would add to the call in a way that nobody knows.
                _ => call.readable = false,
            }
            return Ok(Flow::Done);
        }
        let block = self.blocks.get_mut(&index).ok_or(StreamError::Malformed)?;
        match (kind.as_str(), &mut block.lane) {
            ("text_delta" | "thinking_delta", Some((field, lane))) => {
                let piece = delta.str_of(field).ok_or(StreamError::Malformed)?;
                let certain = lane.push(piece);
                if certain.is_empty() {
                    return Ok(Flow::Done);
                }
                delta.set(field, Json::String(certain));
            }
            ("text_delta" | "thinking_delta", None) => return Err(StreamError::Malformed),
            ("signature_delta", _) => self.flush(core, index, true),
            ("citations_delta", _) => core.hide(delta),
            // The provider runs this call itself.
            ("input_json_delta", None) => {}
            ("input_json_delta", Some(_)) => return Err(StreamError::Malformed),
            _ => return Ok(Flow::Done),
        }
        core.send(Some("content_block_delta"), None, data.to_string());
        Ok(Flow::Done)
    }

    fn stop(
        &mut self,
        core: &mut Core,
        index: Option<u64>,
        data: &Json,
    ) -> Result<Flow, StreamError> {
        let index = index.ok_or(StreamError::Malformed)?;
        if let Some(call) = self.call.as_mut().filter(|call| call.index == index) {
            let read = call.read(core);
            core.ask(read);
            return Ok(Flow::Done);
        }
        if !self.blocks.contains_key(&index) {
            return Err(StreamError::Malformed);
        }
        self.flush(core, index, false);
        self.blocks.remove(&index);
        core.send(Some("content_block_stop"), None, data.to_string());
        Ok(Flow::Done)
    }

    /// Releases what a block's text held back.
    fn flush(&mut self, core: &mut Core, index: u64, goes_on: bool) {
        let Some(block) = self.blocks.get_mut(&index) else {
            return;
        };
        let Some((field, lane)) = block.lane.take() else {
            return;
        };
        let rest = core.end_lane(*lane);
        if goes_on {
            block.lane = Some((field, Box::new(core.lane())));
        }
        if !rest.is_empty() {
            send_delta(core, index, &format!("{field}_delta"), field, rest);
        }
    }

    fn message_delta(&mut self, core: &mut Core, data: &mut Json) -> Result<(), StreamError> {
        core.used(anthropic::usage(data));
        let delta = data.get_mut("delta").ok_or(StreamError::Malformed)?;
        super::keep(delta, KEPT_AT_END);
        core.hide(delta);
        if self.refused > 0 && self.released == 0 && delta.str_of("stop_reason") == Some("tool_use")
        {
            delta.set("stop_reason", Json::text("end_turn"));
        }
        Ok(())
    }

    pub(super) fn settle(&mut self, core: &mut Core, judged: &[Judged]) -> Result<(), StreamError> {
        let (Some(call), Some(judged)) = (self.call.take(), judged.first()) else {
            return Err(StreamError::Malformed);
        };
        let index = call.index;
        let refused = match (&judged.refused, call.input()) {
            (Some(reason), _) => Some(reason.clone()),
            (None, None) => Some("its arguments cannot be read".to_owned()),
            (None, Some(_)) => None,
        };
        let Some(reason) = refused else {
            self.released += 1;
            let mut input = call.input().unwrap_or(Json::Null);
            let mut block = call.block;
            core.restore(&mut |texts| texts.document(&mut input));
            block.set("input", Json::Object(Vec::new()));
            send_start(core, index, block);
            let written = input.to_string();
            send_delta(core, index, "input_json_delta", "partial_json", written);
            send_stop(core, index);
            return Ok(());
        };
        self.refused += 1;
        let name = call.block.str_of("name").unwrap_or("unknown").to_owned();
        send_start(core, index, anthropic::refusal_block(""));
        send_delta(core, index, "text_delta", "text", refusal(&name, &reason));
        send_stop(core, index);
        Ok(())
    }

    pub(super) fn end(&mut self, core: &mut Core) -> Result<(), StreamError> {
        let open: Vec<u64> = self.blocks.keys().copied().collect();
        for index in open {
            self.flush(core, index, false);
        }
        if self.call.is_some() || !self.stopped {
            return Err(StreamError::Incomplete);
        }
        Ok(())
    }
}

impl Open {
    /// The arguments; `None` where they cannot be read.
    fn input(&self) -> Option<Json> {
        if !self.readable {
            return None;
        }
        match self.written.trim() {
            "" => Some(
                self.block
                    .get("input")
                    .cloned()
                    .unwrap_or(Json::Object(Vec::new())),
            ),
            written => json::parse(written.as_bytes()).ok(),
        }
    }

    fn read(&self, core: &Core) -> Call {
        let mut block = self.block.clone();
        let mut input = self.input();
        if let Some(input) = &mut input {
            core.restore(&mut |texts| texts.document(input));
            block.set("input", input.clone());
        }
        let mut call = anthropic::read_call(&block);
        if input.is_none() {
            call.arguments = None;
        }
        call
    }
}

fn message_start(core: &mut Core, data: &mut Json) -> Result<(), StreamError> {
    let message = data.get_mut("message").ok_or(StreamError::Malformed)?;
    core.used(anthropic::usage(message));
    core.answered_by(message.str_of("model"));
    // What is said comes in blocks.
    message.set("content", Json::Array(Vec::new()));
    Ok(())
}

fn send_start(core: &mut Core, index: u64, block: Json) {
    let data = Json::object([
        ("type", Json::text("content_block_start")),
        ("index", Json::Number(index.to_string())),
        ("content_block", block),
    ]);
    core.send(Some("content_block_start"), None, data.to_string());
}

fn send_delta(core: &mut Core, index: u64, kind: &str, field: &str, text: String) {
    let delta = Json::object([("type", Json::text(kind)), (field, Json::String(text))]);
    let data = Json::object([
        ("type", Json::text("content_block_delta")),
        ("index", Json::Number(index.to_string())),
        ("delta", delta),
    ]);
    core.send(Some("content_block_delta"), None, data.to_string());
}

fn send_stop(core: &mut Core, index: u64) {
    let data = Json::object([
        ("type", Json::text("content_block_stop")),
        ("index", Json::Number(index.to_string())),
    ]);
    core.send(Some("content_block_stop"), None, data.to_string());
}
