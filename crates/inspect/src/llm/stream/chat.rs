//! Streams of OpenAI's chat completions.

use std::collections::BTreeMap;

use super::core::{Core, Judged, Lane, append};
use super::sse::Event;
use super::{Flow, MAX_ARGUMENTS, StreamError};
use crate::json::{self, Json};
use crate::llm::{CallId, openai_chat, refusal};

/// What ends a stream.
const DONE: &str = "[DONE]";

/// Most choices, and most calls of one.
const MAX_CHOICES: usize = 128;

/// Where a stream stands.
#[derive(Debug, Default)]
pub(super) struct Chat {
    choices: BTreeMap<u64, Choice>,
    /// What ends choices, and waits for the verdicts on their calls.
    ends: Option<Ends>,
    done: bool,
}

#[derive(Debug, Default)]
struct Choice {
    lanes: BTreeMap<String, Lane>,
    calls: Vec<Json>,
    /// The old kind of call.
    function: Option<Json>,
    held: usize,
    spoke: bool,
}

/// A chunk that ends choices, without its choices.
#[derive(Debug)]
struct Ends {
    chunk: Json,
    choices: Vec<(u64, Json)>,
    /// Whose the calls are that are asked for, and the calls.
    asked: Vec<(CallId, u64, Asked)>,
}

#[derive(Debug)]
struct Asked {
    call: Json,
    name: String,
    readable: bool,
    old: bool,
}

impl Chat {
    pub(super) fn held(&self) -> usize {
        self.choices.values().map(|choice| choice.held).sum()
    }

    pub(super) fn event(&mut self, core: &mut Core, event: Event) -> Result<Flow, StreamError> {
        if event.data.trim() == DONE {
            self.done = true;
            let open = self.choices.values().any(Choice::holds_call);
            self.flush_all(core);
            if open {
                return Err(StreamError::Incomplete);
            }
            core.send(None, None, DONE.to_owned());
            return Ok(Flow::Done);
        }
        let mut chunk = json::parse(event.data.as_bytes()).map_err(|_| StreamError::Malformed)?;
        core.used(openai_chat::usage(&chunk));
        core.answered_by(chunk.str_of("model"));
        if let Some(error) = chunk.get_mut("error") {
            core.hide(error);
        }
        let choices = match chunk.remove("choices") {
            Some(Json::Array(choices)) => choices,
            None | Some(Json::Null) => Vec::new(),
            Some(_) => return Err(StreamError::Malformed),
        };
        super::keep(&mut chunk, KEPT);
        if core.hides_usage {
            let told = chunk.remove("usage").is_some_and(|usage| !usage.is_null());
            if told && choices.is_empty() && chunk.get("error").is_none() {
                return Ok(Flow::Done);
            }
        }
        if choices.is_empty() {
            // Tokens used, an error, or what a server tells of itself.
            chunk.set("choices", Json::Array(Vec::new()));
            core.send(None, event.id, chunk.to_string());
            return Ok(Flow::Done);
        }
        self.choices(core, &chunk, choices)?;
        Ok(Flow::Done)
    }

    fn choices(
        &mut self,
        core: &mut Core,
        chunk: &Json,
        choices: Vec<Json>,
    ) -> Result<(), StreamError> {
        let mut speaking = Vec::new();
        let mut ending = Vec::new();
        for mut choice in choices {
            let index = match choice.get("index") {
                Some(index) => index.as_u64().ok_or(StreamError::Malformed)?,
                None => 0,
            };
            if self.choices.len() >= MAX_CHOICES && !self.choices.contains_key(&index) {
                return Err(StreamError::TooLarge);
            }
            let state = self.choices.entry(index).or_default();
            let delta = choice.remove("delta").unwrap_or(Json::Object(Vec::new()));
            let delta = state.delta(core, delta)?;
            super::keep(&mut choice, KEPT_IN_CHOICE);
            if core.masks() && choice.get("logprobs").is_some() {
                choice.set("logprobs", Json::Null);
            }
            let ends = choice.str_of("finish_reason").is_some();
            if delta.members().iter().any(|(_, value)| !value.is_null()) {
                let mut said = choice.clone();
                said.set("delta", delta);
                if ends {
                    said.set("finish_reason", Json::Null);
                }
                speaking.push(said);
            }
            if ends {
                choice.set("delta", Json::Object(Vec::new()));
                ending.push((index, choice));
            }
        }
        if !speaking.is_empty() {
            let mut said = chunk.clone();
            if !ending.is_empty() {
                said.remove("usage");
            }
            send(core, &said, speaking);
        } else if ending.is_empty() && chunk.get("usage").is_some_and(|usage| !usage.is_null()) {
            send(core, chunk, Vec::new());
        }
        if ending.is_empty() {
            return Ok(());
        }
        self.end_choices(core, chunk, ending);
        Ok(())
    }

    /// Releases what the choices held back of their texts, and asks for their calls.
    fn end_choices(&mut self, core: &mut Core, chunk: &Json, choices: Vec<(u64, Json)>) {
        let mut asked = Vec::new();
        for (index, _) in &choices {
            let Some(state) = self.choices.get_mut(index) else {
                continue;
            };
            state.flush(core, chunk, *index);
            let old = state.function.take().map(|call| (call, true));
            let calls = std::mem::take(&mut state.calls).into_iter();
            for (mut call, old) in calls.map(|call| (call, false)).chain(old) {
                core.restore(&mut |texts| openai_chat::restore_call(&mut call, texts));
                let read = openai_chat::read_call(&mut call);
                let name = read.name.clone();
                let readable = read.arguments.is_some();
                let id = core.ask(read);
                let call = Asked {
                    call,
                    name,
                    readable,
                    old,
                };
                asked.push((id, *index, call));
            }
        }
        let nothing = asked.is_empty();
        self.ends = Some(Ends {
            chunk: chunk.clone(),
            choices,
            asked,
        });
        if nothing {
            self.send_ends(core, &[]);
        }
    }

    pub(super) fn settle(&mut self, core: &mut Core, judged: &[Judged]) -> Result<(), StreamError> {
        self.send_ends(core, judged);
        Ok(())
    }

    fn send_ends(&mut self, core: &mut Core, judged: &[Judged]) {
        let Some(ends) = self.ends.take() else {
            return;
        };
        let mut finished = Vec::new();
        let mut asked = ends.asked;
        let mut plain = ends.chunk.clone();
        plain.remove("usage");
        for (index, mut choice) in ends.choices {
            let (own, others) = asked.into_iter().partition(|(_, owner, _)| *owner == index);
            asked = others;
            let state = self.choices.entry(index).or_default();
            state.held = 0;
            let (calls, function, words) = sorted(own, judged);
            let left = !calls.is_empty() || function.is_some();
            let refused = !words.is_empty();
            if refused {
                let gap = if state.spoke { "\n\n" } else { "" };
                let text = format!("{gap}{}", words.join("\n"));
                let delta = Json::object([("content", Json::String(text))]);
                send(core, &plain, vec![said(index, delta)]);
            }
            if !calls.is_empty() {
                let delta = Json::object([("tool_calls", Json::Array(calls))]);
                send(core, &plain, vec![said(index, delta)]);
            }
            if let Some(function) = function {
                let delta = Json::object([("function_call", function)]);
                send(core, &plain, vec![said(index, delta)]);
            }
            let reason = choice.str_of("finish_reason");
            if refused && !left && matches!(reason, Some("tool_calls" | "function_call")) {
                choice.set("finish_reason", Json::text("stop"));
            }
            finished.push(choice);
        }
        send(core, &ends.chunk, finished);
    }

    fn flush_all(&mut self, core: &mut Core) {
        let chunk = Json::object([("object", Json::text("chat.completion.chunk"))]);
        for (index, choice) in &mut self.choices {
            choice.flush(core, &chunk, *index);
        }
    }

    pub(super) fn end(&mut self, core: &mut Core) -> Result<(), StreamError> {
        self.flush_all(core);
        if self.done {
            return Ok(());
        }
        // Some servers leave the last line out.
        let open = self.choices.values().any(Choice::holds_call);
        if open || self.choices.is_empty() {
            return Err(StreamError::Incomplete);
        }
        Ok(())
    }
}

/// Members of a chunk, and of a choice, that are passed on where they are no plain numbers.
const KEPT: &[&str] = &[
    "id",
    "object",
    "model",
    "system_fingerprint",
    "service_tier",
    "usage",
    "error",
    "obfuscation",
    "provider",
    "timings",
    "prompt_filter_results",
];
const KEPT_IN_CHOICE: &[&str] = &[
    "finish_reason",
    "native_finish_reason",
    "logprobs",
    "content_filter_results",
];

impl Choice {
    fn holds_call(&self) -> bool {
        !self.calls.is_empty() || self.function.is_some()
    }

    /// Takes a delta in: gives what of it is certain, calls left out.
    fn delta(&mut self, core: &mut Core, delta: Json) -> Result<Json, StreamError> {
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
            .or_insert_with(|| core.lane());
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
        if position >= MAX_CHOICES {
            return Err(StreamError::TooLarge);
        }
        let call = self.calls.get_mut(position).ok_or(StreamError::Malformed)?;
        merge(call, fragment, &mut self.held)
    }

    /// Releases what the texts held back.
    fn flush(&mut self, core: &mut Core, chunk: &Json, index: u64) {
        let mut delta = Json::Object(Vec::new());
        for (name, lane) in std::mem::take(&mut self.lanes) {
            let rest = core.end_lane(lane);
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

type Sorted = (Vec<Json>, Option<Json>, Vec<String>);

/// The calls that are released, numbered anew; the old kind of call; and why others were refused.
fn sorted(asked: Vec<(CallId, u64, Asked)>, judged: &[Judged]) -> Sorted {
    let (mut calls, mut function, mut words) = (Vec::new(), None, Vec::new());
    for (id, _, asked) in asked {
        let verdict = judged.iter().find(|judged| judged.id == id);
        let reason = match verdict {
            Some(judged) => judged.refused.clone(),
            None => Some("no verdict came".to_owned()),
        };
        let reason = reason.or_else(|| {
            let unreadable = "its arguments cannot be read";
            (!asked.readable).then(|| unreadable.to_owned())
        });
        match reason {
            Some(reason) => words.push(refusal(&asked.name, &reason)),
            None if asked.old => function = Some(asked.call),
            None => {
                let mut call = asked.call;
                call.set("index", Json::Number(calls.len().to_string()));
                calls.push(call);
            }
        }
    }
    (calls, function, words)
}

fn said(index: u64, delta: Json) -> Json {
    Json::object([
        ("index", Json::Number(index.to_string())),
        ("delta", delta),
        ("finish_reason", Json::Null),
    ])
}

fn send(core: &mut Core, chunk: &Json, choices: Vec<Json>) {
    let mut chunk = chunk.clone();
    chunk.set("choices", Json::Array(choices));
    core.send(None, None, chunk.to_string());
}
