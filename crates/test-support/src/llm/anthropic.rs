//! Anthropic's messages.

use serde_json::{Value, json};

use super::{
    Refused, Script, array, is_streamed, known_model,
    script::{Last, pieces, tokens},
    text_of,
};
use crate::HttpAnswer;

pub(super) fn answer(body: &Value, number: u64) -> Result<HttpAnswer, Refused> {
    let model = known_model(body)?;
    if body.get("max_tokens").and_then(Value::as_u64).is_none() {
        return Err(Refused::new(400, "max_tokens: Field required"));
    }
    let script = script(body)?;
    let answer = Answer {
        number,
        model,
        script,
    };
    if is_streamed(body) {
        return Ok(HttpAnswer::events(answer.events()));
    }
    let content = answer.blocks().into_iter().map(|block| block.whole);
    let usage = answer.usage(answer.script.output_tokens());
    let stop = answer.stop().into();
    let message = answer.message(content.collect(), stop, usage);
    Ok(HttpAnswer::json(200, &message))
}

pub(super) fn count(body: &Value) -> Result<HttpAnswer, Refused> {
    known_model(body)?;
    let count = tokens(&prompt(body)?);
    Ok(HttpAnswer::json(200, &json!({ "input_tokens": count })))
}

fn prompt(body: &Value) -> Result<String, Refused> {
    let system = text_of(body.get("system"));
    let texts = array(body, "messages")?.iter();
    let texts = texts.map(|message| text_of(message.get("content")));
    Ok(texts.fold(system, |all, text| all + &text))
}

fn script(body: &Value) -> Result<Script, Refused> {
    let messages = array(body, "messages")?;
    let user = |message: &&Value| message.get("role").is_some_and(|role| role == "user");
    let user = messages.iter().rev().find(user);
    let user = user.ok_or_else(|| Refused::new(400, "messages: there is no user's"))?;
    let content = user.get("content");
    let blocks = content.and_then(Value::as_array).into_iter().flatten();
    let results = blocks.filter(|block| block.get("type").is_some_and(|is| is == "tool_result"));
    let results: Vec<String> = results.map(|it| text_of(it.get("content"))).collect();
    let last = if results.is_empty() {
        Last::User(text_of(content))
    } else {
        Last::Results(results)
    };
    Script::new(last, &prompt(body)?)
}

struct Answer {
    number: u64,
    model: &'static str,
    script: Script,
}

/// A block of the answer: whole, as it begins, and its parts.
struct Block {
    whole: Value,
    begun: Value,
    deltas: Vec<Value>,
}

impl Answer {
    const fn stop(&self) -> &'static str {
        if self.script.calls.is_empty() {
            "end_turn"
        } else {
            "tool_use"
        }
    }

    fn usage(&self, output: usize) -> Value {
        json!({
            "input_tokens": self.script.input_tokens,
            "output_tokens": output,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        })
    }

    fn message(&self, content: Vec<Value>, stop: Value, usage: Value) -> Value {
        json!({
            "id": format!("msg_{}", self.number),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": null,
            "usage": usage,
        })
    }

    fn blocks(&self) -> Vec<Block> {
        let text = self.script.text.iter().map(|text| Block {
            whole: json!({ "type": "text", "text": text }),
            begun: json!({ "type": "text", "text": "" }),
            deltas: (pieces(text).into_iter())
                .map(|piece| json!({ "type": "text_delta", "text": piece }))
                .collect(),
        });
        let calls = self.script.calls.iter().enumerate().map(|(place, call)| {
            let block = |input: Value| {
                json!({
                    "type": "tool_use",
                    "id": format!("toolu_{}_{place}", self.number),
                    "name": call.name,
                    "input": input,
                })
            };
            Block {
                whole: block(serde_json::from_str(&call.arguments).unwrap_or_default()),
                begun: block(json!({})),
                deltas: (pieces(&call.arguments).into_iter())
                    .map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }))
                    .collect(),
            }
        });
        text.chain(calls).collect()
    }

    fn events(&self) -> Vec<String> {
        let begun = self.message(Vec::new(), Value::Null, self.usage(1));
        let mut events = vec![
            json!({ "type": "message_start", "message": begun }),
            json!({ "type": "ping" }),
        ];
        for (index, block) in self.blocks().into_iter().enumerate() {
            events.push(json!({
                "type": "content_block_start",
                "index": index,
                "content_block": block.begun,
            }));
            let delta =
                |delta| json!({ "type": "content_block_delta", "index": index, "delta": delta });
            events.extend(block.deltas.into_iter().map(delta));
            events.push(json!({ "type": "content_block_stop", "index": index }));
        }
        events.push(json!({
            "type": "message_delta",
            "delta": { "stop_reason": self.stop(), "stop_sequence": null },
            "usage": { "output_tokens": self.script.output_tokens() },
        }));
        events.push(json!({ "type": "message_stop" }));
        let rendered = |event: Value| {
            let kind = event.get("type").and_then(Value::as_str).unwrap_or("");
            format!("event: {kind}\ndata: {event}\n\n")
        };
        events.into_iter().map(rendered).collect()
    }
}
