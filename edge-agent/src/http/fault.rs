//! Why a request is not answered as it was meant, in the form that its client understands.

use countersign_inspect::{
    json::Json,
    mcp::{Message, RpcError, code as rpc},
};
use http::StatusCode;
use serde_json::json;

use super::{
    admit::{Pending, Stopped},
    response::Response,
    upstream::NoAnswer,
};
use crate::pipeline::{Refusal, SignInRefused, code};
use countersign_model::{ActionId, ReviewId, TargetKind, Timestamp};

/// A refusal or a failure of the edge's own.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    /// Stable, for programs.
    pub(crate) code: &'static str,
    /// In words.
    pub(crate) message: String,
    pub(crate) action: Option<ActionId>,
    /// The review that is pending, with its end.
    pub(crate) review: Option<(ReviewId, Option<Timestamp>)>,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            action: None,
            review: None,
        }
    }

    /// An action is held; whoever repeats it gets its answer.
    pub(crate) fn pending(pending: Pending) -> Self {
        let Pending {
            action,
            review,
            expires_at,
        } = pending;
        let message = format!(
            "waiting for review {}: repeat the identical request to pick it up",
            review.short()
        );
        Self {
            action: Some(action),
            review: Some((review, Some(expires_at))),
            ..Self::new(StatusCode::ACCEPTED, "review_pending", message)
        }
    }

    /// As a problem document (RFC 9457).
    pub(crate) fn problem(&self) -> Response {
        let mut document = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.message,
            "code": self.code,
        });
        if let Some(action) = self.action {
            document["action_id"] = json!(action);
        }
        if let Some((review, expires_at)) = &self.review {
            document["review"] = json!({"id": review, "short": review.short().to_string()});
            if let Some(at) = expires_at {
                document["review"]["expires_at"] = json!(at);
            }
        }
        let body = document.to_string();
        self.headed(Response::new(self.status, "application/problem+json", body))
    }

    /// In the form of the target's protocol.
    pub(crate) fn render(&self, kind: TargetKind) -> Response {
        match kind {
            TargetKind::Openai => self.openai(),
            TargetKind::Anthropic => self.anthropic(),
            TargetKind::Mcp => self.rpc(),
            _ => self.problem(),
        }
    }

    /// The status for clients that take every 2xx for success.
    fn strict_status(&self) -> StatusCode {
        if self.status.is_success() {
            StatusCode::CONFLICT
        } else {
            self.status
        }
    }

    fn openai(&self) -> Response {
        let kind = match self.status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        let body = json!({"error": {
            "message": self.message, "type": kind, "param": null, "code": self.code,
        }});
        self.headed(Response::json(self.strict_status(), &body))
    }

    fn anthropic(&self) -> Response {
        let kind = match self.status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 => "overloaded_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        let body = json!({"type": "error", "error": {"type": kind, "message": self.message}});
        self.headed(Response::json(self.strict_status(), &body))
    }

    /// As an error of JSON-RPC that answers no request in particular.
    fn rpc(&self) -> Response {
        let number = match self.status.as_u16() {
            401 | 403 => rpc::REFUSED,
            500.. => rpc::UPSTREAM,
            _ => rpc::INVALID_REQUEST,
        };
        let error = RpcError::new(number, self.message.clone());
        let data = Json::object([("code", Json::text(self.code))]);
        let message = Message::error(None, &error, Some(data));
        self.headed(Response::new(
            self.strict_status(),
            "application/json",
            message.to_bytes(),
        ))
    }

    /// With what any client may look at, and with word to the SDKs not to repeat what was refused.
    fn headed(&self, response: Response) -> Response {
        let mut response = response.with(header("x-countersign-code"), self.code);
        if let Some(action) = self.action {
            response = response.with(header("x-countersign-action"), &action.to_string());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response = response.with(
                http::header::WWW_AUTHENTICATE,
                "Bearer realm=\"countersign\"",
            );
        }
        if self.status.is_server_error() || self.review.is_some_and(|(_, open)| open.is_some()) {
            return response;
        }
        response.with(header("x-should-retry"), "false")
    }
}

const fn header(name: &'static str) -> http::HeaderName {
    http::HeaderName::from_static(name)
}

impl From<&Refusal> for Fault {
    fn from(refusal: &Refusal) -> Self {
        let status = match refusal.code {
            code::UNPARSEABLE => StatusCode::BAD_REQUEST,
            code::UNSUPPORTED => StatusCode::NOT_FOUND,
            code::BUNDLE_EXPIRED | code::JOURNAL_UNAVAILABLE | code::REVIEW_UNAVAILABLE => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            code::VERDICT_OUTDATED => StatusCode::SERVICE_UNAVAILABLE,
            code::NOT_ENFORCEABLE => StatusCode::BAD_GATEWAY,
            _ => StatusCode::FORBIDDEN,
        };
        Self {
            action: Some(refusal.action_id),
            review: refusal.review_id.map(|review| (review, None)),
            ..Self::new(status, refusal.code, refusal.reason.clone())
        }
    }
}

impl From<&SignInRefused> for Fault {
    fn from(refused: &SignInRefused) -> Self {
        let status = match refused.code {
            "unknown_target" | "no_upstream" => StatusCode::NOT_FOUND,
            code::LOCKED | code::NO_GRANT | code::GRANT_ENDED | code::GRANT_EXPIRED => {
                StatusCode::FORBIDDEN
            }
            code::BUNDLE_EXPIRED | code::JOURNAL_UNAVAILABLE => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        };
        let message = match refused.advice {
            Some(advice) => format!("{refused}. {advice}"),
            None => refused.to_string(),
        };
        Self::new(status, refused.code, message)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::from(&refusal)
    }
}

impl From<Stopped> for Fault {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Refused(refusal) => refusal.into(),
            Stopped::Pending(pending) => Self::pending(pending),
        }
    }
}

impl NoAnswer {
    /// As the client is told.
    pub(crate) fn fault(self, action: ActionId) -> Fault {
        let (status, code) = match self {
            Self::Late => (StatusCode::GATEWAY_TIMEOUT, "upstream_timeout"),
            Self::Unreachable => (StatusCode::BAD_GATEWAY, "upstream_unavailable"),
        };
        Fault {
            action: Some(action),
            ..Fault::new(status, code, self.to_string())
        }
    }
}
