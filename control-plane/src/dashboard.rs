//! The dashboard, embedded: one binary serves all. Built without `web/dist`, it is a page that says
//! how to build it.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::api_error::ApiError;

/// `web/dist`, or the page that says how to build it; compressed twins end in `.gz`. `build.rs` puts
/// them there.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/dashboard"]
struct Assets;

const INDEX: &str = "index.html";

/// Files whose names hold a hash of their content.
const IMMUTABLE: &str = "assets/";

/// Serves a file of the dashboard. A path that names none is one of the dashboard's own routes and
/// answers its page, except under `/api`.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return ApiError::not_found("resource").into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = if path.is_empty() { INDEX } else { path };
    match Assets::get(path) {
        Some(_) if path.ends_with(".gz") => StatusCode::NOT_FOUND.into_response(),
        Some(file) => answer(path, file, request.headers()),
        // A missing asset must not come as a page.
        None if path.starts_with(IMMUTABLE) => StatusCode::NOT_FOUND.into_response(),
        None => match Assets::get(INDEX) {
            Some(file) => answer(INDEX, file, request.headers()),
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

fn answer(path: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let cache = if path.starts_with(IMMUTABLE) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let etag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    if has(request, header::IF_NONE_MATCH, &etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    if let Ok(value) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    let compressed = has(request, header::ACCEPT_ENCODING, "gzip")
        .then(|| Assets::get(&format!("{path}.gz")))
        .flatten();
    if let Some(compressed) = compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return (headers, compressed.data).into_response();
    }
    (headers, file.data).into_response()
}

/// Whether a list-valued header has an entry, weak validators and weights left aside.
fn has(headers: &HeaderMap, name: header::HeaderName, wanted: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|entry| entry.split(';').next())
        .any(|entry| entry.trim().trim_start_matches("W/") == wanted)
}
