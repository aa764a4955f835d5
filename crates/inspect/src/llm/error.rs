//! Refusals in the providers' own form.

use super::Provider;
use crate::json::{Json, JsonError};

/// Why a request or an answer is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// The body is not what JSON may be.
    #[error("the body cannot be read: {0}")]
    Json(JsonError),
    /// The body is no object.
    #[error("the body is not a JSON object")]
    NoObject,
    /// A field is not of its type.
    #[error("the field `{0}` is not what it must be")]
    Field(&'static str),
    /// A field that decides has capitals of its own, which only some servers read.
    #[error("the name of a field has capitals that it must not have")]
    Respelt,
}

impl From<JsonError> for LlmError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// The body of an error as the provider's SDKs read it.
#[must_use]
pub fn error_body(provider: Provider, status: u16, message: &str) -> Vec<u8> {
    error_object(provider, status, message).to_bytes()
}

pub(crate) fn error_object(provider: Provider, status: u16, message: &str) -> Json {
    match provider {
        Provider::Openai => Json::object([("error", openai(status, message))]),
        Provider::Anthropic => Json::object([
            ("type", Json::text("error")),
            (
                "error",
                Json::object([
                    ("type", Json::text(anthropic_kind(status))),
                    ("message", Json::text(message)),
                ]),
            ),
        ]),
    }
}

fn openai(status: u16, message: &str) -> Json {
    let (kind, code) = match status {
        400 | 413 | 415 | 422 => ("invalid_request_error", "invalid_request"),
        401 => ("invalid_request_error", "invalid_api_key"),
        403 => ("invalid_request_error", "policy_denied"),
        404 => ("invalid_request_error", "not_found"),
        429 => ("rate_limit_error", "rate_limit_exceeded"),
        _ => ("server_error", "server_error"),
    };
    Json::object([
        ("message", Json::text(message)),
        ("type", Json::text(kind)),
        ("param", Json::Null),
        ("code", Json::text(code)),
    ])
}

fn anthropic_kind(status: u16) -> &'static str {
    match status {
        400 | 415 | 422 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_look_like_the_providers() {
        let text = |provider, status| {
            String::from_utf8(error_body(provider, status, "no")).unwrap_or_default()
        };
        assert_eq!(
            text(Provider::Openai, 403),
            r#"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":"policy_denied"}}"#
        );
        assert_eq!(
            text(Provider::Anthropic, 403),
            r#"{"type":"error","error":{"type":"permission_error","message":"no"}}"#
        );
    }
}
