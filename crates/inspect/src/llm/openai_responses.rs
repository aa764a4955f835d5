//! OpenAI's responses.

use countersign_model::TokenUsage;

use super::openai_chat::items_of;
use super::response::Call;
use super::texts::{Texts, arguments, is_structure, walk, walk_members};
use crate::json::Json;

/// Items that hold no call for the client to make: what the model says, and calls that the provider made
/// itself. Anything else is judged as a call.
const OWN_ITEMS: &[&str] = &[
    "message",
    "reasoning",
    "compaction",
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
    "mcp_list_tools",
    "tool_search_call",
    "tool_search_output",
];

/// Goes through the texts of a request.
pub(super) fn request_texts(document: &mut Json, texts: &mut dyn Texts) {
    if let Some(instructions) = document.get_mut("instructions")
        && !instructions.is_null()
    {
        texts.begin("system");
        walk(instructions, texts);
    }
    match document.get_mut("input") {
        Some(Json::String(text)) => {
            texts.begin("user");
            texts.text(text);
        }
        Some(Json::Array(items)) => items.iter_mut().for_each(|item| item_texts(item, texts)),
        _ => {}
    }
    if let Some(variables) = document.get_in_mut(&["prompt", "variables"]) {
        texts.begin("user");
        super::texts::every_text(variables, &mut |text| texts.text(text));
    }
}

fn item_texts(item: &mut Json, texts: &mut dyn Texts) {
    let kind = item.str_of("type").unwrap_or("message").to_owned();
    let role = match item.str_of("role") {
        Some(role) => role.to_owned(),
        None if kind.ends_with("_output") => "tool".to_owned(),
        None => "assistant".to_owned(),
    };
    texts.begin(&role);
    own_texts(item, texts);
    call_arguments(item, texts);
    if let Some(Json::String(_)) = item.get("output")
        && let Some(output) = item.get_mut("output")
    {
        walk(output, texts);
    }
}

/// The texts of an item but for the arguments of a call.
fn own_texts(item: &mut Json, texts: &mut dyn Texts) {
    if let Json::Object(members) = item {
        for (name, member) in members {
            let call = matches!(
                name.as_str(),
                "arguments" | "input" | "action" | "operation"
            );
            let output = name == "output" && matches!(member, Json::String(_));
            if !call && !output && !is_structure(name) {
                walk(member, texts);
            }
        }
    }
}

fn call_arguments(item: &mut Json, texts: &mut dyn Texts) {
    if let Some(written) = item.get_mut("arguments") {
        arguments(written, texts);
    }
    if let Some(Json::String(input)) = item.get_mut("input") {
        texts.text(input);
    }
    for name in ["action", "operation", "input"] {
        if let Some(document @ Json::Object(_)) = item.get_mut(name) {
            texts.document(document);
        }
    }
}

/// Names of the tools that are offered.
pub(super) fn tools(document: &Json) -> Vec<String> {
    let tools = document.get("tools").map(Json::items).unwrap_or_default();
    let named = |tool: &Json| {
        let label = tool
            .str_of("server_label")
            .map(|label| format!("mcp:{label}"));
        let name = tool.str_of("name").map(str::to_owned);
        name.or(label)
            .or_else(|| tool.str_of("type").map(str::to_owned))
    };
    tools.iter().filter_map(named).collect()
}

/// Goes through the texts of an answer, calls left out.
pub(super) fn response_texts(document: &mut Json, texts: &mut dyn Texts) {
    texts.begin("assistant");
    walk_members(
        document,
        &["instructions", "output_text", "error", "input"],
        texts,
    );
    for item in items_of(document, "output") {
        output_texts(item, texts);
    }
}

/// Goes through the texts of one item of an answer.
pub(super) fn output_texts(item: &mut Json, texts: &mut dyn Texts) {
    own_texts(item, texts);
    if item
        .get("output")
        .is_some_and(|output| output.as_str().is_some())
    {
        walk_members(item, &["output"], texts);
    }
}

/// Takes out what tells a text piece by piece.
pub(super) fn drop_probabilities(document: &mut Json) {
    for item in items_of(document, "output") {
        for part in items_of(item, "content") {
            part.remove("logprobs");
        }
    }
}

/// Whether an item is a call for the client to make, or may be one.
pub(super) fn is_call(item: &Json) -> bool {
    !item
        .str_of("type")
        .is_some_and(|kind| OWN_ITEMS.contains(&kind))
}

/// Every call of an answer, in order.
pub(super) fn calls(document: &mut Json, each: &mut dyn FnMut(&mut Json, Call)) {
    for item in items_of(document, "output") {
        if is_call(item) {
            let read = read_call(item);
            each(item, read);
        }
    }
}

/// A call as it is judged.
pub(super) fn read_call(item: &Json) -> Call {
    let kind = item.str_of("type").unwrap_or("unknown");
    let name = item.str_of("name").unwrap_or(kind);
    let call_id = item
        .str_of("call_id")
        .or_else(|| item.str_of("id"))
        .unwrap_or_default();
    let others = |own: &str| {
        let known = ["arguments", "input", "action", "operation"];
        known
            .iter()
            .any(|member| *member != own && item.get(member).is_some())
    };
    match (item.get("arguments"), item.get("input")) {
        (Some(Json::String(written)), _) if !others("arguments") => {
            Call::written(call_id, name, written)
        }
        (_, Some(Json::String(input))) if !others("input") => Call::free(call_id, name, input),
        // All of it, for nobody knows what a client takes from it.
        _ => Call::given(call_id, name, item),
    }
}

/// Puts values back into the arguments of a call.
pub(super) fn restore_call(item: &mut Json, texts: &mut dyn Texts) {
    call_arguments(item, texts);
}

/// What the client reads where a call was.
pub(super) fn refusal_item(id: &str, text: &str) -> Json {
    Json::object([
        ("type", Json::text("message")),
        ("id", Json::text(id)),
        ("status", Json::text("completed")),
        ("role", Json::text("assistant")),
        ("content", Json::Array(vec![refusal_part(text)])),
    ])
}

/// The one part of such a message.
pub(super) fn refusal_part(text: &str) -> Json {
    Json::object([
        ("type", Json::text("output_text")),
        ("text", Json::text(text)),
        ("annotations", Json::Array(Vec::new())),
    ])
}

/// What an answer says that it took.
pub(super) fn usage(document: &Json) -> Option<TokenUsage> {
    let usage = document.get("usage").filter(|usage| !usage.is_null())?;
    let count = |path: &[&str]| usage.get_in(path).and_then(Json::as_u64).unwrap_or(0);
    Some(TokenUsage {
        input: count(&["input_tokens"]),
        output: count(&["output_tokens"]),
        cached: count(&["input_tokens_details", "cached_tokens"]),
    })
}
