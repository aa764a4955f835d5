//! Streams of OpenAI's chat completions.

use std::collections::BTreeMap;

use super::choice::{Choice, said, send};
use super::core::{Core, Judged};
use super::sse::Event;
use super::{Flow, StreamError};
use crate::json::{self, Json};
use crate::llm::{CallId, openai_chat, refusal};

/// What ends a stream.
const DONE: &str = "[DONE]";

/// Most choices.
const MAX_CHOICES: usize = 128;

/// Where a stream stands.
#[derive(Debug, Default)]
pub(super) struct Chat {
    choices: BTreeMap<u64, Choice>,
    /// What ends choices, and waits for the verdicts on their calls.
    ends: Option<Ends>,
    done: bool,
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
        if !matches!(chunk, Json::Object(_)) {
            return Err(StreamError::Malformed);
        }
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
