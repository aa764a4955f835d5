//! OpenAI's chat completions.

use std::collections::BTreeMap;

use countersign_model::TokenUsage;

use super::response::Call;
use super::texts::{Texts, arguments, is_structure, walk, walk_members};
use crate::json::Json;

/// Goes through the texts of a request.
pub(super) fn request_texts(document: &mut Json, texts: &mut dyn Texts) {
    for message in items_of(document, "messages") {
        let role = message.str_of("role").unwrap_or("user").to_owned();
        texts.begin(if role == "function" { "tool" } else { &role });
        message_texts(message, texts);
        calls_in(message, &mut |call| call_arguments(call, texts));
    }
    if let Some(content) = document.get_mut("prediction") {
        texts.begin("assistant");
        walk(content, texts);
    }
}

/// Names of the tools that are offered.
pub(super) fn tools(document: &Json) -> Vec<String> {
    let tools = document.get("tools").map(Json::items).unwrap_or_default();
    let named = tools.iter().map(|tool| {
        let kind = tool.str_of("type").unwrap_or("function");
        let inner = tool.get(kind).and_then(|inner| inner.str_of("name"));
        inner
            .or_else(|| tool.str_of("name"))
            .unwrap_or(kind)
            .to_owned()
    });
    let functions = document
        .get("functions")
        .map(Json::items)
        .unwrap_or_default();
    let old = functions.iter().filter_map(|tool| tool.str_of("name"));
    named.chain(old.map(str::to_owned)).collect()
}

/// Goes through the texts of an answer, calls left out.
pub(super) fn response_texts(document: &mut Json, texts: &mut dyn Texts) {
    for choice in items_of(document, "choices") {
        if let Some(message) = choice.get_mut("message") {
            texts.begin("assistant");
            message_texts(message, texts);
        }
    }
}

/// Takes out what tells a text piece by piece: a mask on the text would not cover it.
pub(super) fn drop_probabilities(document: &mut Json) {
    for choice in items_of(document, "choices") {
        if let Some(probabilities) = choice.get_mut("logprobs") {
            *probabilities = Json::Null;
        }
    }
}

/// Members of a message that are no text of it: its calls.
const CALLS: [&str; 2] = ["tool_calls", "function_call"];

fn message_texts(message: &mut Json, texts: &mut dyn Texts) {
    if let Json::Object(members) = message {
        for (name, member) in members {
            if !CALLS.contains(&name.as_str()) && !is_structure(name) {
                walk(member, texts);
            }
        }
    }
}

/// The calls of a message, the old kind last.
fn calls_in(message: &mut Json, each: &mut dyn FnMut(&mut Json)) {
    if let Some(calls) = message.get_mut("tool_calls") {
        calls.items_mut().iter_mut().for_each(&mut *each);
    }
    if let Some(call) = message.get_mut("function_call")
        && !call.is_null()
    {
        each(call);
    }
}

fn call_arguments(call: &mut Json, texts: &mut dyn Texts) {
    for path in [["function", "arguments"], ["custom", "input"]] {
        if let Some(written) = call.get_in_mut(&path) {
            arguments(written, texts);
        }
    }
    walk_members(call, &["input"], texts);
    if let Some(written) = call.get_mut("arguments") {
        arguments(written, texts);
    }
}

/// Every call of an answer, in order.
pub(super) fn calls(document: &mut Json, each: &mut dyn FnMut(&mut Json, Call)) {
    for choice in items_of(document, "choices") {
        let Some(message) = choice.get_mut("message") else {
            continue;
        };
        calls_in(message, &mut |call| {
            let read = read_call(call);
            each(call, read);
        });
    }
}

/// A call as it is judged. Of the two known kinds nothing else stays than what is judged, for clients
/// differ in where they look first.
pub(super) fn read_call(call: &mut Json) -> Call {
    let kind = call.str_of("type").unwrap_or("function").to_owned();
    let argument = match kind.as_str() {
        "function" => "arguments",
        "custom" => "input",
        _ => return unknown_call(call, &kind),
    };
    let call_id = call.str_of("id").unwrap_or_default().to_owned();
    let inner = match call.get(&kind) {
        Some(Json::Object(_)) => {
            keep(call, &["index", "id", "type", &kind, "extra_content"]);
            call.get_mut(&kind)
        }
        // The old kind stands by itself.
        _ => Some(call),
    };
    let Some(inner) = inner else {
        return Call::written(&call_id, &kind, "");
    };
    keep(inner, &["index", "id", "type", "name", argument]);
    let name = inner.str_of("name").unwrap_or(&kind);
    match inner.get(argument) {
        Some(Json::String(input)) if argument == "input" => Call::free(&call_id, name, input),
        Some(Json::String(written)) => Call::written(&call_id, name, written),
        None | Some(Json::Null) => Call::written(&call_id, name, ""),
        Some(given) => Call::given(&call_id, name, given),
    }
}

fn unknown_call(call: &Json, kind: &str) -> Call {
    let inner = call.get(kind).unwrap_or(call);
    let name = inner.str_of("name").or_else(|| call.str_of("name"));
    let call_id = call.str_of("id").unwrap_or_default();
    Call::given(call_id, name.unwrap_or(kind), call)
}

fn keep(value: &mut Json, known: &[&str]) {
    if let Json::Object(members) = value {
        members.retain(|(name, _)| known.contains(&name.as_str()));
    }
}

/// Puts values back into the arguments of a call.
pub(super) fn restore_call(call: &mut Json, texts: &mut dyn Texts) {
    call_arguments(call, texts);
}

/// Takes the calls out that were refused, by their number in the order of [`calls`], says why, and mends
/// the reason why the answer ended.
pub(super) fn settle(document: &mut Json, refused: &BTreeMap<usize, String>) {
    let mut index = 0;
    for choice in items_of(document, "choices") {
        let Some(message) = choice.get_mut("message") else {
            continue;
        };
        let mut words: Vec<&str> = Vec::new();
        let mut stays = || {
            let refusal = refused.get(&index);
            index += 1;
            words.extend(refusal.map(String::as_str));
            refusal.is_none()
        };
        if let Some(Json::Array(calls)) = message.get_mut("tool_calls") {
            calls.retain(|_| stays());
        }
        if message
            .get("function_call")
            .is_some_and(|call| !call.is_null())
            && !stays()
        {
            message.remove("function_call");
        }
        if words.is_empty() {
            continue;
        }
        say(message, &words.join("\n"));
        let none = message
            .get("tool_calls")
            .is_none_or(|calls| calls.items().is_empty());
        if none {
            message.remove("tool_calls");
        }
        let left = !none
            || message
                .get("function_call")
                .is_some_and(|call| !call.is_null());
        let reason = choice.str_of("finish_reason");
        if !left && matches!(reason, Some("tool_calls" | "function_call")) {
            choice.set("finish_reason", Json::text("stop"));
        }
    }
}

/// Adds to what the assistant says.
fn say(message: &mut Json, words: &str) {
    match message.get_mut("content") {
        Some(Json::String(text)) if !text.is_empty() => {
            text.push_str("\n\n");
            text.push_str(words);
        }
        Some(Json::Array(parts)) => parts.push(Json::object([
            ("type", Json::text("text")),
            ("text", Json::text(words)),
        ])),
        _ => message.set("content", Json::text(words)),
    }
}

/// What an answer, or the last chunk of one, says that it took.
pub(super) fn usage(document: &Json) -> Option<TokenUsage> {
    let usage = document.get("usage").filter(|usage| !usage.is_null())?;
    let count = |path: &[&str]| usage.get_in(path).and_then(Json::as_u64).unwrap_or(0);
    Some(TokenUsage {
        input: count(&["prompt_tokens"]),
        output: count(&["completion_tokens"]),
        cached: count(&["prompt_tokens_details", "cached_tokens"]),
    })
}

/// The items of an array member.
pub(super) fn items_of<'a>(document: &'a mut Json, name: &str) -> std::slice::IterMut<'a, Json> {
    match document.get_mut(name) {
        Some(Json::Array(items)) => items.iter_mut(),
        _ => [].iter_mut(),
    }
}
