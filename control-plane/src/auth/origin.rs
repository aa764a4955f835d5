//! Refuses what another site's page makes a browser send.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
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
        check(parts, state).map(|()| Self)
    }
}

/// Browsers name the page's origin with every unsafe request; programs name none.
pub fn check(parts: &Parts, state: &AppState) -> Result<(), ApiError> {
    let headers = &parts.headers;
    let site = text(headers.get("sec-fetch-site"));
    let foreign_site = site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let foreign_origin = match headers.get(header::ORIGIN) {
        Some(origin) => !is_ours(text(Some(origin)), parts, &state.base_url),
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

fn is_ours(origin: Option<&str>, parts: &Parts, base_url: &str) -> bool {
    let Some((_, origin_host)) = origin.and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    // HTTP/2 has an authority in place of the Host header.
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let host = authority.or_else(|| text(parts.headers.get(header::HOST)));
    origin == Some(base_url) || host == Some(origin_host)
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok())
}
