//! Anthropic's messages.

use countersign_model::TokenUsage;

use super::openai_chat::items_of;
use super::response::Call;
use super::texts::{Texts, is_structure, walk};
use crate::json::Json;

/// Blocks that hold no call for the client to make. Anything else is judged as a call, but for results
/// of tools that the provider ran.
const OWN_BLOCKS: &[&str] = &[
    "text",
    "thinking",
    "redacted_thinking",
    "server_tool_use",
    "mcp_tool_use",
    "container_upload",
    "compaction",
];

/// Goes through the texts of a request.
pub(super) fn request_texts(document: &mut Json, texts: &mut dyn Texts) {
    if let Some(system) = document.get_mut("system")
        && !system.is_null()
    {
        texts.begin("system");
        walk(system, texts);
    }
    for message in items_of(document, "messages") {
        let role = message.str_of("role").unwrap_or("user").to_owned();
        match message.get_mut("content") {
            Some(Json::Array(blocks)) => blocks_texts(&role, blocks, texts),
            Some(content) => {
                texts.begin(&role);
                walk(content, texts);
            }
            None => {}
        }
    }
}

fn blocks_texts(role: &str, blocks: &mut [Json], texts: &mut dyn Texts) {
    let mut speaking = "";
    for block in blocks {
        let result = block.str_of("type").is_some_and(is_result);
        let speaker = if result { "tool" } else { role };
        // Each result is a message of its own.
        if result || speaking != speaker {
            texts.begin(speaker);
        }
        speaking = speaker;
        block_texts(block, texts);
        restore_call(block, texts);
    }
}

fn is_result(kind: &str) -> bool {
    kind.ends_with("tool_result")
}

/// The texts of a block but for the arguments of a call.
pub(super) fn block_texts(block: &mut Json, texts: &mut dyn Texts) {
    if let Json::Object(members) = block {
        for (name, member) in members {
            if name != "input" && !is_structure(name) {
                walk(member, texts);
            }
        }
    }
}

/// Names of the tools that are offered.
pub(super) fn tools(document: &Json) -> Vec<String> {
    let items = |name| document.get(name).map(Json::items).unwrap_or_default();
    let own = items("tools").iter().filter_map(|tool| {
        let name = tool.str_of("name").or_else(|| tool.str_of("type"));
        name.map(str::to_owned)
    });
    let servers = items("mcp_servers").iter().filter_map(|server| {
        let name = server.str_of("name")?;
        Some(format!("mcp:{name}"))
    });
    own.chain(servers).collect()
}

/// Goes through the texts of an answer, calls left out.
pub(super) fn response_texts(document: &mut Json, texts: &mut dyn Texts) {
    texts.begin("assistant");
    for block in items_of(document, "content") {
        block_texts(block, texts);
    }
}

/// Whether a block is a call for the client to make, or may be one.
pub(super) fn is_call(block: &Json) -> bool {
    !block
        .str_of("type")
        .is_some_and(|kind| OWN_BLOCKS.contains(&kind) || is_result(kind))
}

/// Every call of an answer, in order.
pub(super) fn calls(document: &mut Json, each: &mut dyn FnMut(&mut Json, Call)) {
    for block in items_of(document, "content") {
        if is_call(block) {
            let read = read_call(block);
            each(block, read);
        }
    }
}

/// A call as it is judged.
pub(super) fn read_call(block: &Json) -> Call {
    let kind = block.str_of("type").unwrap_or("unknown");
    let name = block.str_of("name").unwrap_or(kind);
    let call_id = block.str_of("id").unwrap_or_default();
    match block.get("input") {
        Some(input) if kind == "tool_use" => Call::given(call_id, name, input),
        _ => Call::given(call_id, name, block),
    }
}

/// Puts values back into the arguments of a call.
pub(super) fn restore_call(block: &mut Json, texts: &mut dyn Texts) {
    if let Some(input) = block.get_mut("input") {
        texts.document(input);
    }
}

/// What the client reads where a call was.
pub(super) fn refusal_block(text: &str) -> Json {
    Json::object([("type", Json::text("text")), ("text", Json::text(text))])
}

/// Mends the reason why the answer ended, where no call is left.
pub(super) fn settle(document: &mut Json) {
    let left = document.get("content").map(Json::items).unwrap_or_default();
    let none = !left.iter().any(is_call);
    if none && document.str_of("stop_reason") == Some("tool_use") {
        document.set("stop_reason", Json::text("end_turn"));
    }
}

/// What an answer says that it took. What was read from the cache, or written to it, counts as input.
pub(super) fn usage(document: &Json) -> Option<TokenUsage> {
    let usage = document.get("usage").filter(|usage| !usage.is_null())?;
    let count = |name| usage.get(name).and_then(Json::as_u64).unwrap_or(0);
    let cached = count("cache_read_input_tokens");
    Some(TokenUsage {
        input: count("input_tokens")
            .saturating_add(count("cache_creation_input_tokens"))
            .saturating_add(cached),
        output: count("output_tokens"),
        cached,
    })
}
