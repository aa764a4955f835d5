//! Refusals of the token endpoint, as OAuth clients expect them (RFC 6749, 5.2).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_store::StoreError;
use serde_json::json;

use crate::api_error::ApiError;

/// Why no token is given.
#[derive(Debug)]
pub struct TokenError {
    /// The HTTP status.
    pub status: StatusCode,
    /// RFC 6749's code: `invalid_request`, `invalid_client`, `invalid_grant`, ….
    pub code: &'static str,
    /// For people; never says what would help who guesses.
    pub description: String,
}

impl TokenError {
    /// 400 with this code.
    pub fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            description: description.into(),
        }
    }

    /// The request lacks something, or says it twice.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    /// What was shown is not accepted.
    pub fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// Who asks may not have this.
    pub fn unauthorized_client(description: impl Into<String>) -> Self {
        Self::new("unauthorized_client", description)
    }

    /// A target is not there, or not for who asks (RFC 8693, 2.2.2).
    pub fn invalid_target(description: impl Into<String>) -> Self {
        Self::new("invalid_target", description)
    }

    /// The client did not prove who it is.
    pub fn invalid_client() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: "invalid_client",
            description: "The client's assertion is not accepted.".to_owned(),
        }
    }
}

impl From<ApiError> for TokenError {
    fn from(error: ApiError) -> Self {
        let status = error.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Self {
                status,
                code: "temporarily_unavailable",
                description: "Too many requests. Try again later.".to_owned(),
            };
        }
        if status == StatusCode::FORBIDDEN {
            // A lock: nothing else forbids who has proved who they are.
            return Self::unauthorized_client(
                "An administrator has locked who asks, whom they act for, or a target.",
            );
        }
        // Its own answer logs the cause; nothing of it is for the client.
        let _ = error.into_response();
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "server_error",
            description: "Something went wrong on the server.".to_owned(),
        }
    }
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        ApiError::internal(error).into()
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = json!({
            "error": self.code,
            "error_description": self.description,
        });
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
