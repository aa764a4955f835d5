//! The API browser: Swagger UI with its assets inside the binary, so that it works offline.

use axum::Router;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::state::AppState;

/// Where it is.
pub const PATH: &str = "/api/docs";

/// The browser's routes. The document is the API's own.
pub fn router() -> Router<AppState> {
    let config = Config::new(["/api/v1/openapi.json"])
        .persist_authorization(false)
        .display_request_duration(true)
        .validator_url("none");
    SwaggerUi::new(PATH).config(config).into()
}
