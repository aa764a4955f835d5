//! OpenAI's chat completions.

use serde_json::{Value, json};

use super::{
    CREATED, Refused, Script, array, is_streamed, known_model,
    script::{Last, pieces},
    text_of,
};
use crate::HttpAnswer;

/// Answers that a request may ask for at once.
const MOST_CHOICES: u64 = 8;

pub(super) fn answer(body: &Value, number: u64) -> Result<HttpAnswer, Refused> {
    let model = known_model(body)?;
    let script = script(array(body, "messages")?)?;
    let choices = body.get("n").and_then(Value::as_u64).unwrap_or(1);
    if !(1..=MOST_CHOICES).contains(&choices) {
        return Err(Refused::new(400, "`n` must be 1 to 8"));
    }
    let answer = Chat {
        number,
        model,
        script,
        choices,
    };
    if is_streamed(body) {
        let usage = body.pointer("/stream_options/include_usage");
        let usage = usage.is_some_and(|usage| usage == true);
        return Ok(HttpAnswer::events(answer.events(usage)));
    }
    Ok(HttpAnswer::json(200, &answer.whole()))
}

fn script(messages: &[Value]) -> Result<Script, Refused> {
    let role = |message: &Value, wanted: &str| message.get("role").is_some_and(|is| is == wanted);
    let text = |message: &Value| text_of(message.get("content"));
    let results = messages
        .iter()
        .rev()
        .take_while(|message| role(message, "tool"));
    let mut results: Vec<String> = results.map(text).collect();
    results.reverse();
    let last = if results.is_empty() {
        let user = messages.iter().rev().find(|message| role(message, "user"));
        let user = user.ok_or_else(|| Refused::new(400, "there is no user's message"))?;
        Last::User(text(user))
    } else {
        Last::Results(results)
    };
    let prompt: String = messages.iter().map(text).collect();
    Script::new(last, &prompt)
}

struct Chat {
    number: u64,
    model: &'static str,
    script: Script,
    choices: u64,
}

impl Chat {
    fn call_id(&self, choice: u64, index: usize) -> String {
        format!("call_{}_{choice}_{index}", self.number)
    }

    const fn finish(&self) -> &'static str {
        if self.script.calls.is_empty() {
            "stop"
        } else {
            "tool_calls"
        }
    }

    fn usage(&self) -> Value {
        let (input, output) = (self.script.input_tokens, self.script.output_tokens());
        json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": { "cached_tokens": 0 },
        })
    }

    fn whole(&self) -> Value {
        let choices: Vec<Value> = (0..self.choices)
            .map(|choice| self.choice(choice))
            .collect();
        json!({
            "id": format!("chatcmpl-{}", self.number),
            "object": "chat.completion",
            "created": CREATED,
            "model": self.model,
            "choices": choices,
            "usage": self.usage(),
        })
    }

    fn choice(&self, choice: u64) -> Value {
        let mut message = json!({
            "role": "assistant",
            "content": self.script.text,
            "refusal": null,
        });
        let calls: Vec<Value> = (self.script.calls.iter().enumerate())
            .map(|(index, call)| {
                json!({
                    "id": self.call_id(choice, index),
                    "type": "function",
                    "function": { "name": call.name, "arguments": call.arguments },
                })
            })
            .collect();
        if let (false, Some(message)) = (calls.is_empty(), message.as_object_mut()) {
            message.insert("tool_calls".to_owned(), calls.into());
        }
        let finish = self.finish();
        json!({ "index": choice, "message": message, "logprobs": null, "finish_reason": finish })
    }

    fn events(&self, usage: bool) -> Vec<String> {
        let mut events = Vec::new();
        self.all(
            &mut events,
            |_| json!({ "role": "assistant", "content": "" }),
        );
        for piece in pieces(self.script.text.as_deref().unwrap_or("")) {
            self.all(&mut events, |_| json!({ "content": piece }));
        }
        for (index, call) in self.script.calls.iter().enumerate() {
            let begin = |choice| {
                json!({ "tool_calls": [{
                    "index": index,
                    "id": self.call_id(choice, index),
                    "type": "function",
                    "function": { "name": call.name, "arguments": "" },
                }] })
            };
            self.all(&mut events, begin);
            for piece in pieces(&call.arguments) {
                let more = json!({ "index": index, "function": { "arguments": piece } });
                self.all(&mut events, |_| json!({ "tool_calls": [more] }));
            }
        }
        for choice in 0..self.choices {
            let end = json!({ "index": choice, "delta": {}, "finish_reason": self.finish() });
            events.push(self.chunk(&[end], None));
        }
        if usage {
            events.push(self.chunk(&[], Some(self.usage())));
        }
        events.push("data: [DONE]\n\n".to_owned());
        events
    }

    /// One event of each choice, in turn.
    fn all(&self, events: &mut Vec<String>, delta: impl Fn(u64) -> Value) {
        for choice in 0..self.choices {
            let delta = delta(choice);
            let choice = json!({ "index": choice, "delta": delta, "finish_reason": null });
            events.push(self.chunk(&[choice], None));
        }
    }

    fn chunk(&self, choices: &[Value], usage: Option<Value>) -> String {
        let mut chunk = json!({
            "id": format!("chatcmpl-{}", self.number),
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": self.model,
            "choices": choices,
        });
        if let (Some(usage), Some(chunk)) = (usage, chunk.as_object_mut()) {
            chunk.insert("usage".to_owned(), usage);
        }
        format!("data: {chunk}\n\n")
    }
}
