//! Whole answers of models.

use std::collections::BTreeMap;

use countersign_model::TokenUsage;
use serde_json::Value;

use super::hide::{Hide, Restore};
use super::stream::MAX_SAID;
use super::texts::{Texts, every_text};
use super::{
    Api, CallId, LlmError, Provider, TokenMap, anthropic, openai_chat, openai_responses, refusal,
};
use crate::json::{self, Json};
use crate::mask::{TextMasker, stream::Counts};

/// A call of a tool that the model wants the client to make.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// Which of the answer's calls it is.
    pub id: CallId,
    /// The provider's id of it.
    pub call_id: String,
    /// The tool.
    pub name: String,
    /// The arguments; `None` where they are not JSON that every parser reads alike: refuse it.
    pub arguments: Option<Value>,
}

/// A call before it has a number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) call_id: String,
    pub(super) name: String,
    pub(super) arguments: Option<Value>,
}

impl Call {
    /// With arguments that are written as a text.
    pub(super) fn written(call_id: &str, name: &str, written: &str) -> Self {
        let arguments = match written.trim() {
            // Some servers write nothing where a tool takes nothing.
            "" => Some(Json::Object(Vec::new())),
            written => json::parse(written.as_bytes()).ok(),
        };
        Self {
            call_id: call_id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.map(|document| document.to_value()),
        }
    }

    /// With a text in no form.
    pub(super) fn free(call_id: &str, name: &str, input: &str) -> Self {
        Self::given(call_id, name, &Json::object([("input", Json::text(input))]))
    }

    /// With arguments that are JSON.
    pub(super) fn given(call_id: &str, name: &str, arguments: &Json) -> Self {
        Self {
            call_id: call_id.to_owned(),
            name: name.to_owned(),
            arguments: Some(arguments.to_value()),
        }
    }

    pub(super) fn numbered(self, id: CallId) -> ToolCall {
        ToolCall {
            id,
            call_id: self.call_id,
            name: self.name,
            arguments: self.arguments,
        }
    }
}

/// What calls are looked for in must be what it is to every client.
fn check(document: &Json, api: Api) -> Result<(), LlmError> {
    if !matches!(document, Json::Object(_)) {
        return Err(LlmError::NoObject);
    }
    match api {
        Api::Chat => {
            let choices = list(document, "choices")?;
            let messages = choices.iter().filter_map(|choice| choice.get("message"));
            for message in messages {
                list(message, "tool_calls")?;
            }
        }
        Api::Messages => {
            list(document, "content")?;
        }
        Api::Responses => {
            list(document, "output")?;
        }
        _ => {}
    }
    Ok(())
}

/// The items of a member that is a list where it is there.
fn list<'a>(document: &'a Json, name: &'static str) -> Result<&'a [Json], LlmError> {
    match document.get(name) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(items)) => Ok(items),
        Some(_) => Err(LlmError::Field(name)),
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct LlmResponse {
    document: Json,
    api: Api,
    refused: BTreeMap<usize, String>,
}

impl LlmResponse {
    /// Reads the body of an answer.
    ///
    /// # Errors
    /// When it is not a JSON object that every parser reads alike, or calls are not where they must be.
    pub fn parse(_: Provider, api: Api, body: &[u8]) -> Result<Self, LlmError> {
        let document = json::parse(body)?;
        check(&document, api)?;
        Ok(Self {
            document,
            api,
            refused: BTreeMap::new(),
        })
    }

    /// The answer as it is by now; what was refused is taken out only by [`Self::body`].
    #[must_use]
    pub fn document(&self) -> &Json {
        &self.document
    }

    /// Masks the answer's texts, then puts the values of tokens back, there and in the arguments of
    /// calls. Calls are not masked, but judged. Errors are masked too.
    pub fn mask(&mut self, masker: Option<&TextMasker>, tokens: &TokenMap) -> Counts {
        let mut counts = Counts::new();
        if let Some(masker) = masker {
            let mut hide = Hide {
                masker,
                counts: Counts::new(),
            };
            self.texts(&mut hide);
            counts = hide.counts;
            match self.api {
                Api::Chat => openai_chat::drop_probabilities(&mut self.document),
                Api::Responses => openai_responses::drop_probabilities(&mut self.document),
                _ => {}
            }
        }
        if !tokens.is_empty() {
            let mut restore = Restore(tokens);
            self.texts(&mut restore);
            let api = self.api;
            self.each_call(&mut |_, call, _| restore_call(api, call, &mut restore));
        }
        counts
    }

    /// The calls that the client is to make.
    #[must_use]
    pub fn tool_calls(&mut self) -> Vec<ToolCall> {
        let mut calls = Vec::new();
        self.each_call(&mut |index, _, call| calls.push(call.numbered(CallId(index))));
        calls
    }

    /// What the answer says, apart by blank lines, and no more than the first 64 KiB.
    #[must_use]
    pub fn text(&mut self) -> String {
        let mut said = Said(String::new());
        self.texts(&mut said);
        said.0
    }

    /// Refuses a call: the client reads why instead.
    pub fn refuse(&mut self, id: CallId, reason: &str) {
        let mut name = None;
        self.each_call(&mut |index, _, call| {
            if index == id.0 {
                name = Some(call.name);
            }
        });
        if let Some(name) = name {
            self.refused.insert(id.0, refusal(&name, reason));
        }
    }

    /// What the answer says that it took.
    #[must_use]
    pub fn usage(&self) -> Option<TokenUsage> {
        match self.api {
            Api::Chat | Api::Embeddings => openai_chat::usage(&self.document),
            Api::Responses => openai_responses::usage(&self.document),
            Api::Messages => anthropic::usage(&self.document),
            Api::CountTokens | Api::Models | Api::Other => None,
        }
    }

    /// The model that answered.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.document.str_of("model")
    }

    /// The body for the client.
    #[must_use]
    pub fn body(mut self) -> Vec<u8> {
        let refused = std::mem::take(&mut self.refused);
        if !refused.is_empty() {
            match self.api {
                Api::Chat => openai_chat::settle(&mut self.document, &refused),
                api => {
                    self.each_call(&mut |index, call, _| {
                        if let Some(text) = refused.get(&index) {
                            *call = match api {
                                Api::Messages => anthropic::refusal_block(text),
                                _ => {
                                    let id = format!("msg_refused_{index}");
                                    openai_responses::refusal_item(&id, text)
                                }
                            };
                        }
                    });
                    if api == Api::Messages {
                        anthropic::settle(&mut self.document);
                    }
                }
            }
        }
        self.document.to_bytes()
    }

    fn each_call(&mut self, each: &mut dyn FnMut(usize, &mut Json, Call)) {
        let mut index = 0;
        let mut counted = |call: &mut Json, read: Call| {
            each(index, call, read);
            index += 1;
        };
        match self.api {
            Api::Chat => openai_chat::calls(&mut self.document, &mut counted),
            Api::Responses => openai_responses::calls(&mut self.document, &mut counted),
            Api::Messages => anthropic::calls(&mut self.document, &mut counted),
            _ => {}
        }
    }

    fn texts(&mut self, texts: &mut dyn Texts) {
        let document = &mut self.document;
        if let Some(error) = document.get_mut("error") {
            texts.begin("assistant");
            super::texts::walk(error, texts);
        }
        match self.api {
            Api::Chat => openai_chat::response_texts(document, texts),
            Api::Responses => openai_responses::response_texts(document, texts),
            Api::Messages => anthropic::response_texts(document, texts),
            Api::Embeddings | Api::Models | Api::CountTokens => {}
            Api::Other => {
                texts.begin("assistant");
                every_text(document, &mut |text| texts.text(text));
            }
        }
    }
}

/// Collects texts.
struct Said(String);

impl Texts for Said {
    fn begin(&mut self, _: &str) {}

    fn text(&mut self, text: &mut String) {
        let between = if self.0.is_empty() || text.is_empty() {
            ""
        } else {
            "\n\n"
        };
        let left = MAX_SAID.saturating_sub(self.0.len() + between.len());
        self.0.push_str(between);
        let kept = text.get(..text.floor_char_boundary(left));
        self.0.push_str(kept.unwrap_or_default());
    }

    fn document(&mut self, _: &mut Json) {}
}

fn restore_call(api: Api, call: &mut Json, texts: &mut dyn Texts) {
    match api {
        Api::Chat => openai_chat::restore_call(call, texts),
        Api::Responses => openai_responses::restore_call(call, texts),
        _ => anthropic::restore_call(call, texts),
    }
}
