//! Refuses what another site's page makes a browser send.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};

use crate::{api_error::ApiError, state::AppState};

/// A request that no other site's page caused, as far as its browser says.
pub struct SameOrigin;

impl FromRequestParts<AppState> for SameOrigin {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        check(&parts.headers, state).map(|()| Self)
    }
}

/// Browsers name the page's origin with every unsafe request; programs name none.
pub fn check(headers: &HeaderMap, state: &AppState) -> Result<(), ApiError> {
    let site = text(headers.get("sec-fetch-site"));
    let foreign_site = site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let foreign_origin = match headers.get(header::ORIGIN) {
        Some(origin) => !is_ours(text(Some(origin)), headers, &state.base_url),
        None => false,
    };
    if foreign_site || foreign_origin {
        return Err(ApiError::forbidden(
            "foreign_origin",
            "The request comes from another site.",
        ));
    }
    Ok(())
}

fn is_ours(origin: Option<&str>, headers: &HeaderMap, base_url: &str) -> bool {
    let Some(origin) = origin else {
        return false;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    origin == base_url || (host.is_some() && host == text(headers.get(header::HOST)))
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok())
}
