//! A stand-in for a model's provider, for tests and the demo: OpenAI's and Anthropic's wire formats on
//! one port, with answers that follow from the request. There is no model in it.
//!
//! It says `You said: …` with the last user's words. A line `use tool NAME with {json}` makes it call
//! that tool, several lines several at once; after the tools' results it says `Done: …`. A line
//! `fail with 429` is answered with that status, and for `recite a customer` it says personal data of its
//! own.

mod anthropic;
mod chat;
mod embeddings;
mod responses;
mod script;

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use serde_json::{Value, json};

use crate::{HttpAnswer, HttpRequest, HttpServer};
use script::Script;

/// Its models. It has no others.
const MODELS: [&str; 2] = ["stand-in-small", "stand-in-large"];

/// A running stand-in. Ends when dropped.
#[derive(Debug)]
pub struct LlmStandIn {
    server: HttpServer,
}

impl LlmStandIn {
    /// The key it asks for, as `authorization: Bearer …` or as `x-api-key`.
    pub const KEY: &str = "stand-in-key";

    /// A model that it has.
    pub const MODEL: &str = MODELS[0];

    /// Starts one on a free port.
    pub fn start() -> Result<Self> {
        let count = AtomicU64::new(1);
        let server = HttpServer::start(move |request| {
            answer(request, count.fetch_add(1, Ordering::Relaxed))
        })?;
        Ok(Self { server })
    }

    /// Where it is: the base URL of Anthropic's SDKs; OpenAI's have `/v1` behind it.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What it got so far, in order: what left the perimeter.
    #[must_use]
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.server.requests()
    }
}

/// A request that is not served.
#[derive(Debug)]
struct Refused {
    status: u16,
    message: String,
}

impl Refused {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// The word that each provider has for the status.
    fn kind(&self, anthropic: bool) -> &'static str {
        match (self.status, anthropic) {
            (401, true) => "authentication_error",
            (404, true) => "not_found_error",
            (429, true) => "rate_limit_error",
            (500.., true) => "api_error",
            (429, false) => "rate_limit_exceeded",
            (500.., false) => "server_error",
            _ => "invalid_request_error",
        }
    }

    fn render(&self, anthropic: bool) -> HttpAnswer {
        let kind = self.kind(anthropic);
        let message = &self.message;
        let body = if anthropic {
            json!({ "type": "error", "error": { "type": kind, "message": message } })
        } else {
            json!({ "error": { "message": message, "type": kind, "param": null, "code": null } })
        };
        HttpAnswer::json(self.status, &body)
    }
}

fn answer(request: &HttpRequest, number: u64) -> HttpAnswer {
    let anthropic = request.header("anthropic-version").is_some();
    serve(request, anthropic, number).unwrap_or_else(|refused| refused.render(anthropic))
}

fn serve(request: &HttpRequest, anthropic: bool, number: u64) -> Result<HttpAnswer, Refused> {
    let bearer = request.header("authorization");
    let key = match bearer.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(key) => Some(key),
        None => request.header("x-api-key"),
    };
    if key != Some(LlmStandIn::KEY) {
        return Err(Refused::new(401, "the key is not the stand-in's"));
    }
    let body = request.json();
    match (request.method.as_str(), request.route()) {
        ("GET", "/v1/models") => Ok(models(anthropic)),
        ("GET", route) => match route.strip_prefix("/v1/models/") {
            Some(name) => model(name, anthropic),
            None => Err(unknown(route)),
        },
        ("POST", "/v1/chat/completions") => chat::answer(&body, number),
        ("POST", "/v1/responses") => responses::answer(&body, number),
        ("POST", "/v1/embeddings") => embeddings::answer(&body),
        ("POST", "/v1/messages") => anthropic::answer(&body, number),
        ("POST", "/v1/messages/count_tokens") => anthropic::count(&body),
        (_, route) => Err(unknown(route)),
    }
}

fn unknown(route: &str) -> Refused {
    Refused::new(404, format!("there is no {route}"))
}

fn models(anthropic: bool) -> HttpAnswer {
    let data: Vec<Value> = MODELS.iter().map(|name| entry(name, anthropic)).collect();
    let body = if anthropic {
        json!({ "data": data, "has_more": false, "first_id": MODELS[0], "last_id": MODELS[1] })
    } else {
        json!({ "object": "list", "data": data })
    };
    HttpAnswer::json(200, &body)
}

fn model(name: &str, anthropic: bool) -> Result<HttpAnswer, Refused> {
    let body = json!({ "model": name });
    Ok(HttpAnswer::json(
        200,
        &entry(known_model(&body)?, anthropic),
    ))
}

fn entry(name: &str, anthropic: bool) -> Value {
    if anthropic {
        let created = "2026-01-01T00:00:00Z";
        json!({ "type": "model", "id": name, "display_name": name, "created_at": created })
    } else {
        json!({ "object": "model", "id": name, "created": CREATED, "owned_by": "stand-in" })
    }
}

/// When everything was made.
const CREATED: u64 = 1_767_225_600;

/// The request's model, when it is one of those.
fn known_model(body: &Value) -> Result<&'static str, Refused> {
    let Some(wanted) = body.get("model").and_then(Value::as_str) else {
        return Err(Refused::new(400, "the request names no model"));
    };
    let known = MODELS.into_iter().find(|known| *known == wanted);
    known.ok_or_else(|| Refused::new(404, format!("there is no model {wanted}")))
}

/// The array of this name in a request.
fn array<'a>(body: &'a Value, name: &str) -> Result<&'a [Value], Refused> {
    let array = body.get(name).and_then(Value::as_array);
    let array = array.ok_or_else(|| Refused::new(400, format!("`{name}` is no array")))?;
    Ok(array)
}

fn is_streamed(body: &Value) -> bool {
    body.get("stream").is_some_and(|stream| stream == true)
}

/// The text of a message's content, which is a text or blocks.
fn text_of(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => {
            let texts = blocks
                .iter()
                .filter_map(|block| block.get("text")?.as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
