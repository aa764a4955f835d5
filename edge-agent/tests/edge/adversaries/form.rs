//! The form in which each protocol tells that something was refused.

use serde_json::Value;

use super::wire::Answer;

/// How a protocol's errors look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A problem document (RFC 9457).
    Problem,
    Openai,
    Anthropic,
    /// An error of JSON-RPC.
    Rpc,
}

impl Form {
    /// Panics unless the answer is an error of this form.
    pub fn check(self, answer: &Answer, case: &str) {
        let body: Value = serde_json::from_slice(&answer.body)
            .unwrap_or_else(|error| panic!("{case}: {error}: {answer:?}"));
        let kind = match self {
            Self::Problem => "application/problem+json",
            _ => "application/json",
        };
        assert_eq!(
            answer.header("content-type"),
            Some(kind),
            "{case}: {answer:?}"
        );
        assert!(self.is_error(&body), "{case}: {answer:?}");
        if self == Self::Problem {
            assert_eq!(body["status"], answer.status, "{case}");
        }
    }

    /// Whether a document is an error of this form, as its SDKs read it.
    pub fn is_error(self, body: &Value) -> bool {
        let said = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        let error = &body["error"];
        match self {
            Self::Problem => said(&body["title"]) && said(&body["detail"]) && said(&body["code"]),
            Self::Openai => {
                said(&error["message"]) && said(&error["type"]) && error["param"].is_null()
            }
            Self::Anthropic => {
                body["type"] == "error" && said(&error["message"]) && said(&error["type"])
            }
            Self::Rpc => {
                body["jsonrpc"] == "2.0"
                    && body.get("id").is_some()
                    && error["code"].is_i64()
                    && said(&error["message"])
            }
        }
    }
}
