//! OpenAI's responses.

use serde_json::{Value, json};

use super::{
    CREATED, Refused, Script, is_streamed, known_model,
    script::{Last, pieces},
    text_of,
};
use crate::HttpAnswer;

pub(super) fn answer(body: &Value, number: u64) -> Result<HttpAnswer, Refused> {
    let answer = Answer {
        number,
        model: known_model(body)?,
        script: script(body)?,
        tools: body.get("tools").cloned().unwrap_or_else(|| json!([])),
    };
    if is_streamed(body) {
        return Ok(HttpAnswer::events(answer.events()));
    }
    Ok(HttpAnswer::json(200, &answer.whole()))
}

fn script(body: &Value) -> Result<Script, Refused> {
    let instructions = text_of(body.get("instructions"));
    let items = match body.get("input") {
        Some(Value::String(words)) => {
            return Script::new(Last::User(words.clone()), &(instructions + words));
        }
        Some(Value::Array(items)) => items,
        _ => return Err(Refused::new(400, "`input` is neither a text nor items")),
    };
    let is = |item: &Value, field: &str, word: &str| item.get(field).is_some_and(|it| it == word);
    let result = |item: &&Value| is(item, "type", "function_call_output");
    let outputs = items.iter().rev().take_while(result);
    let mut outputs: Vec<String> = outputs.map(|item| text_of(item.get("output"))).collect();
    outputs.reverse();
    let last = if outputs.is_empty() {
        let user = items.iter().rev().find(|item| is(item, "role", "user"));
        let user = user.ok_or_else(|| Refused::new(400, "there is no user's message"))?;
        Last::User(text_of(user.get("content")))
    } else {
        Last::Results(outputs)
    };
    let texts = items.iter().map(|item| text_of(item.get("content")));
    Script::new(last, &texts.fold(instructions, |all, text| all + &text))
}

struct Answer {
    number: u64,
    model: &'static str,
    script: Script,
    tools: Value,
}

/// An item of the answer: as it begins, its parts, and as it ends.
struct Item {
    begun: Value,
    ended: Value,
    events: Vec<Value>,
}

impl Answer {
    fn whole(&self) -> Value {
        let output = self.items().into_iter().map(|item| item.ended);
        let (input, out) = (self.script.input_tokens, self.script.output_tokens());
        let usage = json!({
            "input_tokens": input,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": out,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": input + out,
        });
        self.response("completed", output.collect(), usage)
    }

    fn response(&self, status: &str, output: Vec<Value>, usage: Value) -> Value {
        json!({
            "id": format!("resp_{}", self.number),
            "object": "response",
            "created_at": CREATED,
            "status": status,
            "error": null,
            "incomplete_details": null,
            "instructions": null,
            "metadata": {},
            "model": self.model,
            "output": output,
            "parallel_tool_calls": true,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": self.tools,
            "top_p": 1.0,
            "usage": usage,
        })
    }

    fn items(&self) -> Vec<Item> {
        let text = self.script.text.as_deref();
        let first = text.map(|text| self.message(text));
        let offset = usize::from(first.is_some());
        let calls = self.script.calls.iter().enumerate();
        let calls = calls.map(|(place, call)| self.call(place + offset, call));
        first.into_iter().chain(calls).collect()
    }

    fn message(&self, text: &str) -> Item {
        let id = format!("msg_{}", self.number);
        let item = |status: &str, content: Value| {
            json!({
                "type": "message",
                "id": id,
                "status": status,
                "role": "assistant",
                "content": content,
            })
        };
        let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [] });
        let event = |kind: &str, name: &str, value: Value| {
            let mut event = json!({
                "type": kind,
                "item_id": id,
                "output_index": 0,
                "content_index": 0,
            });
            if let Some(event) = event.as_object_mut() {
                event.insert(name.to_owned(), value);
            }
            event
        };
        let mut events = vec![event("response.content_part.added", "part", part(""))];
        for piece in pieces(text) {
            let mut delta = event("response.output_text.delta", "delta", piece.into());
            if let Some(delta) = delta.as_object_mut() {
                delta.insert("logprobs".to_owned(), json!([]));
            }
            events.push(delta);
        }
        events.push(event("response.output_text.done", "text", text.into()));
        events.push(event("response.content_part.done", "part", part(text)));
        Item {
            begun: item("in_progress", json!([])),
            ended: item("completed", json!([part(text)])),
            events,
        }
    }

    fn call(&self, place: usize, call: &super::script::Call) -> Item {
        let id = format!("fc_{}_{place}", self.number);
        let item = |status: &str, arguments: &str| {
            json!({
                "type": "function_call",
                "id": id,
                "call_id": format!("call_{}_{place}", self.number),
                "name": call.name,
                "arguments": arguments,
                "status": status,
            })
        };
        let delta = |piece: String| {
            json!({
                "type": "response.function_call_arguments.delta",
                "item_id": id,
                "output_index": place,
                "delta": piece,
            })
        };
        let mut events: Vec<Value> = pieces(&call.arguments).into_iter().map(delta).collect();
        events.push(json!({
            "type": "response.function_call_arguments.done",
            "item_id": id,
            "output_index": place,
            "name": call.name,
            "arguments": call.arguments,
        }));
        Item {
            begun: item("in_progress", ""),
            ended: item("completed", &call.arguments),
            events,
        }
    }

    fn events(&self) -> Vec<String> {
        let begun = self.response("in_progress", Vec::new(), Value::Null);
        let mut events = vec![
            json!({ "type": "response.created", "response": begun }),
            json!({ "type": "response.in_progress", "response": begun }),
        ];
        for (place, item) in self.items().into_iter().enumerate() {
            let whole = |kind: &str, item: Value| json!({ "type": kind, "output_index": place, "item": item });
            events.push(whole("response.output_item.added", item.begun));
            events.extend(item.events);
            events.push(whole("response.output_item.done", item.ended));
        }
        events.push(json!({ "type": "response.completed", "response": self.whole() }));
        let numbered = |(number, mut event): (usize, Value)| {
            if let Some(event) = event.as_object_mut() {
                event.insert("sequence_number".to_owned(), number.into());
            }
            let kind = event.get("type").and_then(Value::as_str).unwrap_or("");
            format!("event: {kind}\ndata: {event}\n\n")
        };
        events.into_iter().enumerate().map(numbered).collect()
    }
}
