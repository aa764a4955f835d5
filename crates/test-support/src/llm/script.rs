//! What is answered, whatever the wire format.

use serde_json::Value;

use super::Refused;

/// What a model might know of somebody whom the prompt does not name.
const CUSTOMER: &str = "Jane Roe, jane.roe@example.com, card 4111 1111 1111 1111";

/// What the last message of a conversation is.
#[derive(Debug)]
pub(super) enum Last {
    /// A person's words.
    User(String),
    /// What tools returned.
    Results(Vec<String>),
}

/// The answer.
#[derive(Debug)]
pub(super) struct Script {
    pub text: Option<String>,
    pub calls: Vec<Call>,
    pub input_tokens: usize,
}

/// A tool that the answer calls.
#[derive(Debug)]
pub(super) struct Call {
    pub name: String,
    /// JSON, as the user wrote it.
    pub arguments: String,
}

impl Script {
    /// What follows from the conversation. `prompt` is all of it, to be counted.
    pub(super) fn new(last: Last, prompt: &str) -> Result<Self, Refused> {
        let input_tokens = tokens(prompt);
        let words = match last {
            Last::User(words) => words,
            Last::Results(results) => {
                return Ok(Self {
                    text: Some(format!("Done: {}", results.join("; "))),
                    calls: Vec::new(),
                    input_tokens,
                });
            }
        };
        let mut calls = Vec::new();
        let mut said = Vec::new();
        for line in words.lines() {
            if let Some(call) = call(line) {
                calls.push(call);
            } else if line == "recite a customer" {
                said.push(CUSTOMER);
            } else if let Some(status) = line.strip_prefix("fail with ") {
                let status = status.trim().parse().unwrap_or(500);
                return Err(Refused::new(status, "it was asked to fail"));
            } else {
                said.push(line);
            }
        }
        let said = said.join("\n");
        let silent = said.trim().is_empty() && !calls.is_empty();
        Ok(Self {
            text: (!silent).then(|| format!("You said: {said}")),
            calls,
            input_tokens,
        })
    }

    pub(super) fn output_tokens(&self) -> usize {
        let called = |call: &Call| tokens(&call.name) + tokens(&call.arguments);
        let text = self.text.as_deref().map_or(0, tokens);
        text + self.calls.iter().map(called).sum::<usize>()
    }
}

/// `use tool NAME with {json}`
fn call(line: &str) -> Option<Call> {
    let (name, arguments) = line
        .trim()
        .strip_prefix("use tool ")?
        .split_once(" with ")?;
    serde_json::from_str::<Value>(arguments).ok()?;
    Some(Call {
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    })
}

/// Four characters are a token here.
pub(super) fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

/// The text in pieces of 3 to 9 characters, the same every time.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut characters = text.chars().peekable();
    while characters.peek().is_some() {
        let length = 3 + pieces.len() * 5 % 7;
        pieces.push(characters.by_ref().take(length).collect());
    }
    pieces
}
