//! What a client is told when something does not run, in words that a model's loop understands.

use countersign_inspect::{
    json::Json,
    mcp::{Message, RpcError, code},
};
use countersign_model::ReviewId;

use crate::{
    http::admit::{Pending, Stopped},
    pipeline::Refusal,
};

const ACTION: &str = "countersign/action";
const REVIEW: &str = "countersign/review";

/// How a request is answered that does not run.
pub(super) struct Unrun {
    words: String,
    code: i64,
    meta: Vec<(String, Json)>,
}

impl Unrun {
    pub(super) fn of(stopped: &Stopped) -> Self {
        match stopped {
            Stopped::Refused(refusal) => Self::refused(refusal),
            Stopped::Pending(pending) => Self::pending(*pending),
        }
    }

    pub(super) fn refused(refusal: &Refusal) -> Self {
        let mut meta = vec![text(ACTION, refusal.action_id)];
        meta.extend(refusal.review_id.map(|review| text(REVIEW, review)));
        Self {
            words: format!(
                "Countersign did not let this run ({}): {}. Nothing was done. \
                 The same request will be refused again; do something else or ask a person.",
                refusal.code, refusal.reason
            ),
            code: code::REFUSED,
            meta,
        }
    }

    /// For what is no request that anybody could judge.
    pub(super) fn nonsense() -> Self {
        Self {
            words: "This is no request that a client answers.".to_owned(),
            code: code::INVALID_REQUEST,
            meta: Vec::new(),
        }
    }

    fn pending(pending: Pending) -> Self {
        let Pending {
            action,
            review,
            expires_at,
        } = pending;
        Self {
            words: format!(
                "This waits for a person's review ({}) until {expires_at}. Nothing was done yet. \
                 Repeat the identical request later: once it is approved, that runs it and answers.",
                review.short()
            ),
            code: code::REFUSED,
            meta: vec![text(ACTION, action), text(REVIEW, review)],
        }
    }

    /// The answer as an error, whatever was asked.
    pub(super) fn error(self, request: &Message) -> Message {
        let id = request.id().cloned().unwrap_or(Json::Null);
        let error = RpcError::new(self.code, self.words);
        Message::error(Some(id), &error, Some(Json::Object(self.meta)))
    }

    /// The answer: to a tool call a result that says it failed, so that the model reads why; to
    /// anything else an error.
    pub(super) fn answer(self, request: &Message, stateless: bool) -> Message {
        if request.method() != Some("tools/call") {
            return self.error(request);
        }
        let id = request.id().cloned().unwrap_or(Json::Null);
        let content = Json::object([
            ("type", Json::text("text")),
            ("text", Json::text(&self.words)),
        ]);
        let mut result = vec![
            ("content".to_owned(), Json::Array(vec![content])),
            ("isError".to_owned(), Json::Bool(true)),
            ("_meta".to_owned(), Json::Object(self.meta)),
        ];
        if stateless {
            result.push(("resultType".to_owned(), Json::text("complete")));
        }
        Message::result(id, Json::Object(result))
    }
}

fn text(name: &str, value: impl ToString) -> (String, Json) {
    (name.to_owned(), Json::String(value.to_string()))
}

/// What a client that opens links for its user is told of a pending review.
pub(super) fn link(request: &Message, review: ReviewId, url: &str, stateless: bool) -> Message {
    let id = request.id().cloned().unwrap_or(Json::Null);
    let words = format!("A person has to review this first ({}).", review.short());
    let mut asked = vec![
        ("mode".to_owned(), Json::text("url")),
        ("url".to_owned(), Json::text(url)),
        ("message".to_owned(), Json::text(&words)),
    ];
    if stateless {
        let request = Json::object([
            ("method", Json::text("elicitation/create")),
            ("params", Json::Object(asked)),
        ]);
        let result = Json::object([
            ("resultType", Json::text("input_required")),
            ("inputRequests", Json::object([(super::OWN_INPUT, request)])),
        ]);
        return Message::result(id, result);
    }
    asked.push(("elicitationId".to_owned(), Json::String(review.to_string())));
    let data = Json::object([("elicitations", Json::Array(vec![Json::Object(asked)]))]);
    let words = format!("{words} Repeat the identical request once it is approved.");
    let error = RpcError::new(code::URL_ELICITATION_REQUIRED, words);
    Message::error(Some(id), &error, Some(data))
}

#[cfg(test)]
mod tests {
    use countersign_model::ActionId;

    use super::*;

    #[test]
    fn a_tool_call_is_answered_with_words_and_anything_else_with_an_error() {
        let refusal = Refusal {
            code: "denied",
            reason: "refunds over 100 need a person".to_owned(),
            action_id: ActionId::new(),
            review_id: None,
            position: None,
        };
        let parse = |text: &str| Message::parse(text.as_bytes()).expect("a message");
        let call = parse(r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a"}}"#);
        let answer = Unrun::refused(&refusal).answer(&call, false);
        let result = answer.answer().expect("a result");
        assert_eq!(result.get("isError").and_then(Json::as_bool), Some(true));
        assert!(result.to_string().contains("refunds over 100"), "{result}");
        assert_eq!(answer.id().map(ToString::to_string).as_deref(), Some("7"));
        let read =
            parse(r#"{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"a:b"}}"#);
        let answer = Unrun::refused(&refusal).answer(&read, false);
        assert!(answer.fault().is_some() && answer.answer().is_none());
    }

    #[test]
    fn a_link_is_what_the_version_has_for_it() {
        let call = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a"}}"#;
        let call = Message::parse(call.as_bytes()).expect("a message");
        let old = link(&call, ReviewId::new(), "https://plane/reviews/1", false);
        let error = old.fault().expect("an error");
        assert_eq!(
            error.get("code").map(ToString::to_string).as_deref(),
            Some("-32042")
        );
        let new = link(&call, ReviewId::new(), "https://plane/reviews/1", true);
        let result = new.answer().expect("a result");
        assert_eq!(result.str_of("resultType"), Some("input_required"));
    }
}
