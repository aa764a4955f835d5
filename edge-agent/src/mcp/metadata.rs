//! What standard clients need to sign in by themselves (RFC 9728): whose tokens this endpoint takes.

use http::{StatusCode, header};
use serde_json::json;

use crate::http::{Request, Shared, response::Response};

/// The path under which a resource describes itself.
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource/";

/// The URL of this listener, as clients know it.
fn base(shared: &Shared, request: &Request) -> Option<String> {
    if let Some(url) = &shared.mcp.public_url {
        return Some(url.clone());
    }
    let host = request.headers.get(header::HOST)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let scheme = if request.tls { "https" } else { "http" };
    host.bytes()
        .all(plain)
        .then(|| format!("{scheme}://{host}"))
}

/// The document of a target. It is the same for any name: who has no credential does not learn which
/// targets there are.
pub(crate) fn protected_resource(
    shared: &Shared,
    request: &Request,
    path: &str,
) -> Option<Response> {
    let name = path.strip_prefix(WELL_KNOWN)?;
    let name = name.strip_suffix("/mcp").unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name == "-" || !name.bytes().all(plain) {
        return None;
    }
    let resource = format!("{}/{name}", base(shared, request)?);
    let document = json!({
        "resource": resource,
        "authorization_servers": [shared.mcp.plane],
        "bearer_methods_supported": ["header"],
        "resource_name": name,
    });
    Some(Response::json(StatusCode::OK, &document))
}

/// A refusal that tells a client where it gets a token, or that its token is not enough.
pub(crate) fn challenged(
    shared: &Shared,
    request: &Request,
    target: &str,
    response: Response,
) -> Response {
    let error = match response.status {
        StatusCode::UNAUTHORIZED if request.headers.contains_key(header::AUTHORIZATION) => {
            "error=\"invalid_token\", "
        }
        StatusCode::UNAUTHORIZED => "",
        StatusCode::FORBIDDEN => "error=\"insufficient_scope\", ",
        _ => return response,
    };
    let Some(base) = base(shared, request) else {
        return response;
    };
    let challenge = format!("Bearer {error}resource_metadata=\"{base}{WELL_KNOWN}{target}\"");
    response.with(header::WWW_AUTHENTICATE, &challenge)
}
