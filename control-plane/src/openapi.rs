//! The OpenAPI document, from the routes themselves. Each operation says in `x-roles` who may call
//! it; its security, its description and its refusals follow from that here, so that they cannot
//! contradict it.

use countersign_model::{Event, FollowEvent};
use utoipa::{
    OpenApi as _,
    openapi::{
        ContentBuilder, OpenApi, Ref, ResponseBuilder,
        path::{Operation, PathItem},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{api, api_error::Problem, state::AppState};

/// The extension that names who may call an operation.
pub const ROLES: &str = "x-roles";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Policies, reviews, recorded sessions and edges. Lists have `items` and \
            `next_cursor`; refusals are `application/problem+json` with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Problem, FollowEvent, Event))
)]
struct Outline;

/// The routes of every operation, and the document that describes them.
pub fn split() -> (axum::Router<AppState>, OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Outline::openapi())
        .nest("/api/v1", api::router())
        .split_for_parts();
    for item in document.paths.paths.values_mut() {
        operations(item).into_iter().for_each(complete);
    }
    let components = document.components.get_or_insert_default();
    for (name, scheme) in schemes() {
        components.add_security_scheme(name, scheme);
    }
    (router, document)
}

/// The document as its snapshot and `/api/v1/openapi.json` have it.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn document() -> Result<String, serde_json::Error> {
    let (_, document) = split();
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn operations(item: &mut PathItem) -> Vec<&mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.patch,
        &mut item.put,
        &mut item.delete,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
    .collect()
}

/// Adds what follows from `x-roles`.
fn complete(operation: &mut Operation) {
    let roles: Vec<String> = operation
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.get(ROLES))
        .and_then(|roles| serde_json::from_value(roles.clone()).ok())
        .unwrap_or_default();
    let names: Vec<&str> = roles.iter().map(String::as_str).collect();
    let (who, security) = match names.as_slice() {
        ["anyone"] => (
            "Anyone may call it.".to_owned(),
            vec![SecurityRequirement::default()],
        ),
        ["edge"] => (
            "For enrolled edges.".to_owned(),
            vec![requirement("edge_token")],
        ),
        names => (
            format!("For: {}.", names.join(", ")),
            ways_of_people(names.contains(&"principal")),
        ),
    };
    operation.security = Some(security);
    operation.description = Some(match operation.description.take() {
        Some(description) => format!("{description}\n\n{who}"),
        None => who,
    });
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    operation.responses.responses.insert(
        "default".to_owned(),
        ResponseBuilder::new()
            .description("Refused, and why")
            .content("application/problem+json", problem)
            .build()
            .into(),
    );
}

/// How people show who they are, and how principals do where they may call too.
fn ways_of_people(or_principals: bool) -> Vec<SecurityRequirement> {
    let mut ways = vec![requirement("session_cookie"), requirement("api_token")];
    if or_principals {
        ways.push(requirement("principal_credential"));
    }
    ways
}

fn requirement(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new(scheme, Vec::<String>::new())
}

fn schemes() -> [(&'static str, SecurityScheme); 4] {
    let bearer = |format: &str, description: &str| {
        let http = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format(format)
            .description(Some(description))
            .build();
        SecurityScheme::Http(http)
    };
    [
        (
            "session_cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "countersign_session",
                "Set by `POST /api/v1/session`. Unsafe requests must also carry `X-CSRF-Token`.",
            ))),
        ),
        ("api_token", bearer("cst", "A person's API token.")),
        (
            "principal_credential",
            bearer(
                "JWT",
                "A principal's signed credential for the API, from `POST /oauth/token`.",
            ),
        ),
        (
            "edge_token",
            bearer("JWT", "Signed by the edge's own key; lives a minute."),
        ),
    ]
}
