//! What requests to models and their answers hold, in the wire formats of OpenAI and Anthropic.
//!
//! A body is parsed strictly and what is sent on is written from what was parsed. Texts are masked, or
//! replaced by tokens that the answer gets its values back for; calls of tools are taken out to be judged
//! and put back, or refused in words that the client's loop understands.

mod anthropic;
mod error;
mod hide;
mod openai_chat;
mod openai_responses;
mod request;
mod response;
pub mod stream;
mod texts;
mod tokens;

pub use error::{LlmError, error_body};
pub use request::{LlmRequest, parse_request};
pub use response::{LlmResponse, ToolCall};
pub use tokens::{StreamRestorer, TokenMap};

/// Whose wire format it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// OpenAI's, and that of servers like it.
    Openai,
    /// Anthropic's.
    Anthropic,
}

impl Provider {
    /// Its name in operations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
        }
    }
}

/// What is asked of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// OpenAI's chat completions.
    Chat,
    /// OpenAI's responses.
    Responses,
    /// OpenAI's embeddings.
    Embeddings,
    /// The models there are.
    Models,
    /// Anthropic's messages.
    Messages,
    /// How many tokens Anthropic's messages would take.
    CountTokens,
    /// Anything else.
    Other,
}

impl Api {
    /// Its name in operations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Embeddings => "embeddings",
            Self::Models => "models",
            Self::Messages => "messages",
            Self::CountTokens => "count_tokens",
            Self::Other => "other",
        }
    }

    /// What a request is, by its method and path; the path may have a prefix, as `/v1` or a server's own.
    #[must_use]
    pub fn of(provider: Provider, method: &str, path: &str) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let has = |part: &str| segments.contains(&part);
        match (provider, method, segments.as_slice()) {
            (_, "GET" | "HEAD", [.., "models"] | [.., "models", _]) => Self::Models,
            (Provider::Openai, "POST", [.., "chat", "completions"]) => Self::Chat,
            (Provider::Openai, "POST", [.., "embeddings"]) => Self::Embeddings,
            (Provider::Openai, "POST", [.., "responses"]) => Self::Responses,
            // What was stored comes back as it was answered.
            (Provider::Openai, "GET", [.., "completions", _]) if has("chat") => Self::Chat,
            (Provider::Openai, "GET", [.., "responses", _]) => Self::Responses,
            (Provider::Openai, "POST", [.., "responses", _, "cancel"]) => Self::Responses,
            (Provider::Anthropic, "POST", [.., "messages"]) => Self::Messages,
            (Provider::Anthropic, "POST", [.., "messages", "count_tokens"]) => Self::CountTokens,
            _ => Self::Other,
        }
    }
}

/// One call of a tool within an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub(crate) usize);

/// What a client reads where a call was.
pub(crate) fn refusal(tool: &str, reason: &str) -> String {
    format!("The call of the tool `{tool}` was refused by policy: {reason}")
}
