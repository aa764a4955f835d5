//! Requests to models.

use std::sync::Arc;

use countersign_model::{LlmMessage, LlmOperation};

use super::hide::{Conceal, Read};
use super::texts::{Texts, every_text};
use super::{Api, LlmError, Provider, TokenMap, anthropic, openai_chat, openai_responses};
use crate::json::{self, Json};
use crate::mask::{TextMasker, stream::Counts};

/// A request to a model: what policies see of it, and what is sent on.
#[derive(Debug, Clone)]
pub struct LlmRequest {
    /// What policies see.
    pub operation: LlmOperation,
    /// The body, where there is one.
    pub document: Option<Json>,
    api: Api,
}

/// Reads a request. `path` is the upstream's, with or without a prefix such as `/v1`.
///
/// # Errors
/// When its body is not JSON that every parser reads alike, or a field that decides about it is not of
/// its type.
pub fn parse_request(
    provider: Provider,
    method: &str,
    path: &str,
    body: &[u8],
) -> Result<LlmRequest, LlmError> {
    let api = Api::of(provider, method, path);
    let document = match body {
        [] => None,
        body => Some(json::parse(body)?),
    };
    if let Some(document) = &document {
        check(document, api)?;
    }
    let operation = LlmOperation {
        provider: provider.name().to_owned(),
        api: api.name().to_owned(),
        model: named_model(document.as_ref(), api, path),
        ..LlmOperation::default()
    };
    let mut request = LlmRequest {
        operation,
        document,
        api,
    };
    request.read();
    Ok(request)
}

/// What decides how a request is judged.
const DECISIVE: [&str; 14] = [
    "model",
    "messages",
    "input",
    "instructions",
    "system",
    "prompt",
    "tools",
    "functions",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "previous_response_id",
];

/// Fields that decide how a request is judged must be what they are to every server.
fn check(document: &Json, api: Api) -> Result<(), LlmError> {
    if api == Api::Other {
        return Ok(());
    }
    if !matches!(document, Json::Object(_)) {
        return Err(LlmError::NoObject);
    }
    if document.respells(&DECISIVE) {
        return Err(LlmError::Respelt);
    }
    let is = |name: &'static str, fits: fn(&Json) -> bool| match document.get(name) {
        Some(value) if !value.is_null() && !fits(value) => Err(LlmError::Field(name)),
        _ => Ok(()),
    };
    let array: fn(&Json) -> bool = |value| matches!(value, Json::Array(_));
    is("stream", |value| value.as_bool().is_some())?;
    is("model", |value| value.as_str().is_some())?;
    is("messages", array)?;
    is("tools", array)?;
    is("functions", array)
}

fn named_model(document: Option<&Json>, api: Api, path: &str) -> Option<String> {
    if api == Api::Models {
        let id = path.split(['?', '#']).next()?.rsplit_once("/models/")?.1;
        return (!id.is_empty()).then(|| id.to_owned());
    }
    document?.str_of("model").map(str::to_owned)
}

impl LlmRequest {
    /// What is asked for.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api
    }

    /// The body to send on.
    #[must_use]
    pub fn body(&self) -> Arc<str> {
        self.operation.body.clone().unwrap_or_default()
    }

    /// Hides what must not go to the model: what `words` finds, with no way back, and what `tokens`
    /// finds, behind tokens; the map brings those values back in the answer.
    pub fn hide(
        &mut self,
        words: Option<&TextMasker>,
        tokens: Option<&TextMasker>,
    ) -> (TokenMap, Counts) {
        let Some(mut conceal) = Conceal::new(words, tokens) else {
            return (TokenMap::default(), Counts::new());
        };
        self.texts(&mut conceal);
        let (values, counts) = (conceal.values, conceal.counts);
        if !counts.is_empty() {
            self.read();
        }
        (TokenMap::new(values), counts)
    }

    /// Asks for the tokens used to be told at the end of a stream, where that must be asked for. Whether
    /// the client did not ask for it itself.
    pub fn ask_for_usage(&mut self) -> bool {
        let asks = self.api == Api::Chat && self.operation.stream;
        let Some(document) = self.document.as_mut().filter(|_| asks) else {
            return false;
        };
        if !matches!(document.get("stream_options"), Some(Json::Object(_))) {
            document.set("stream_options", Json::Object(Vec::new()));
        }
        let Some(options) = document.get_mut("stream_options") else {
            return false;
        };
        let asked = options.get("include_usage").and_then(Json::as_bool) == Some(true);
        options.set("include_usage", Json::Bool(true));
        self.read();
        !asked
    }

    /// Reads the operation from the document.
    fn read(&mut self) {
        let mut read = Read::default();
        self.texts(&mut read);
        let messages: Vec<LlmMessage> = read.messages;
        self.operation.messages = messages.into();
        let Some(document) = &self.document else {
            return;
        };
        let flag = document.get("stream").and_then(Json::as_bool);
        self.operation.stream = flag.unwrap_or(false);
        self.operation.tools = match self.api {
            Api::Chat => openai_chat::tools(document),
            Api::Responses => openai_responses::tools(document),
            Api::Messages | Api::CountTokens => anthropic::tools(document),
            _ => Vec::new(),
        };
        let limits = ["max_completion_tokens", "max_output_tokens", "max_tokens"];
        let mut limits = limits
            .iter()
            .filter_map(|name| document.get(name)?.as_u64());
        self.operation.max_output_tokens = limits.next();
        let body = String::from_utf8(document.to_bytes()).unwrap_or_default();
        self.operation.body = Some(Arc::from(body));
    }

    fn texts(&mut self, texts: &mut dyn Texts) {
        let Some(document) = &mut self.document else {
            return;
        };
        match self.api {
            Api::Chat => openai_chat::request_texts(document, texts),
            Api::Responses => openai_responses::request_texts(document, texts),
            Api::Messages | Api::CountTokens => anthropic::request_texts(document, texts),
            Api::Embeddings => {
                texts.begin("user");
                if let Some(input) = document.get_mut("input") {
                    every_text(input, &mut |text| texts.text(text));
                }
            }
            Api::Models | Api::Other => {
                texts.begin("user");
                every_text(document, &mut |text| texts.text(text));
            }
        }
    }
}
