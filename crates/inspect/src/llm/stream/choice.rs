//! One choice of a streamed chat: its texts on their way, and its calls as far as they came.

use std::collections::BTreeMap;

use super::core::{Core, Lane, append};
use super::{MAX_ARGUMENTS, StreamError};
use crate::json::Json;

/// Most texts of one choice.
const MAX_TEXTS: usize = 16;

/// Most calls of one choice.
const MAX_CALLS: usize = 128;

/// A choice.
#[derive(Debug, Default)]
pub(super) struct Choice {
    lanes: BTreeMap<String, Box<Lane>>,
    pub(super) calls: Vec<Json>,
    /// The old kind of call.
    pub(super) function: Option<Json>,
    /// Bytes of its calls.
    pub(super) held: usize,
    /// Whether it said something.
    pub(super) spoke: bool,
}

impl Choice {
    pub(super) fn holds_call(&self) -> bool {
        !self.calls.is_empty() || self.function.is_some()
    }

    /// Takes a delta in: gives what of it is certain, calls left out.
    pub(super) fn delta(&mut self, core: &mut Core, delta: Json) -> Result<Json, StreamError> {
        let Json::Object(members) = delta else {
            return Err(StreamError::Malformed);
        };
        let mut out = Json::Object(Vec::new());
        for (name, mut value) in members {
            match (name.as_str(), &mut value) {
                ("tool_calls", Json::Array(fragments)) => {
                    for fragment in std::mem::take(fragments) {
                        self.add_call(fragment)?;
                    }
                    continue;
                }
                ("function_call", Json::Object(_)) => {
                    let call = self.function.get_or_insert(Json::Object(Vec::new()));
                    merge(call, value, &mut self.held)?;
                    continue;
                }
                ("tool_calls" | "function_call", Json::Null) | ("role", Json::String(_)) => {}
                // No calls that any client reads, and nothing that was judged.
                ("tool_calls" | "function_call", _) => continue,
                (_, Json::String(_)) if self.lanes.len() >= MAX_TEXTS => {
                    return Err(StreamError::TooLarge);
                }
                (_, Json::String(text)) => {
                    let certain = self.say(core, &name, text);
                    if certain.is_empty() && !text.is_empty() {
                        continue;
                    }
                    *text = certain;
                }
                ("audio", Json::Object(_)) => {
                    super::keep(&mut value, &["id", "data", "transcript"]);
                    if let Some(Json::String(text)) = value.get_mut("transcript") {
                        *text = self.say(core, "audio.transcript", text);
                    }
                }
                ("annotations", Json::Array(_)) => core.hide(&mut value),
                (_, plain) if super::is_scalar(plain) => {}
                // It may be a call in a form that nobody knows.
                _ => continue,
            }
            out.set(&name, value);
        }
        Ok(out)
    }

    fn say(&mut self, core: &Core, name: &str, text: &str) -> String {
        let lane = self
            .lanes
            .entry(name.to_owned())
            .or_insert_with(|| Box::new(core.lane()));
        let certain = lane.push(text);
        self.spoke |= name == "content" && !certain.is_empty();
        certain
    }

    fn add_call(&mut self, fragment: Json) -> Result<(), StreamError> {
        let named = fragment.str_of("id").is_some_and(|id| !id.is_empty());
        let position = match fragment.get("index").filter(|index| !index.is_null()) {
            Some(index) => {
                let index = index.as_u64().ok_or(StreamError::Malformed)?;
                let same = |call: &Json| call.get("index").and_then(Json::as_u64) == Some(index);
                self.calls.iter().position(same)
            }
            // Some servers number nothing: what has an id is new.
            None if named => None,
            None => self.calls.len().checked_sub(1),
        };
        let position = position.unwrap_or_else(|| {
            self.calls.push(Json::Object(Vec::new()));
            self.calls.len() - 1
        });
        if position >= MAX_CALLS {
            return Err(StreamError::TooLarge);
        }
        let call = self.calls.get_mut(position).ok_or(StreamError::Malformed)?;
        merge(call, fragment, &mut self.held)
    }

    /// Releases what the texts held back.
    pub(super) fn flush(&mut self, core: &mut Core, chunk: &Json, index: u64) {
        let mut delta = Json::Object(Vec::new());
        for (name, lane) in std::mem::take(&mut self.lanes) {
            let rest = core.end_lane(*lane);
            if rest.is_empty() {
                continue;
            }
            self.spoke |= name == "content";
            match name.split_once('.') {
                Some((outer, inner)) => {
                    delta.set(outer, Json::object([(inner, Json::String(rest))]));
                }
                None => delta.set(&name, Json::String(rest)),
            }
        }
        if !delta.members().is_empty() {
            let mut chunk = chunk.clone();
            chunk.remove("usage");
            send(core, &chunk, vec![said(index, delta)]);
        }
    }
}

/// Adds a piece of a call to what is known of it: texts grow, but for what names it.
fn merge(call: &mut Json, piece: Json, held: &mut usize) -> Result<(), StreamError> {
    let Json::Object(members) = piece else {
        return Err(StreamError::Malformed);
    };
    for (name, value) in members {
        let grows = matches!(name.as_str(), "arguments" | "input" | "name" | "id");
        match (call.get_mut(&name), value) {
            (_, Json::Null) => {}
            (Some(inner @ Json::Object(_)), value @ Json::Object(_)) => merge(inner, value, held)?,
            (Some(Json::String(known)), Json::String(more)) if grows => {
                // Some servers tell the name and the id with every piece.
                if matches!(name.as_str(), "name" | "id") && *known == more {
                    continue;
                }
                *held += more.len();
                append(known, &more)?;
            }
            (_, value) => {
                *held += value.to_bytes().len() + name.len();
                call.set(&name, value);
            }
        }
        if *held > 4 * MAX_ARGUMENTS {
            return Err(StreamError::TooLarge);
        }
    }
    Ok(())
}

/// What a choice says in a chunk that was not the provider's.
pub(super) fn said(index: u64, delta: Json) -> Json {
    Json::object([
        ("index", Json::Number(index.to_string())),
        ("delta", delta),
        ("finish_reason", Json::Null),
    ])
}

/// Sends a chunk with these choices.
pub(super) fn send(core: &mut Core, chunk: &Json, choices: Vec<Json>) {
    let mut chunk = chunk.clone();
    chunk.set("choices", Json::Array(choices));
    core.send(None, None, chunk.to_string());
}
