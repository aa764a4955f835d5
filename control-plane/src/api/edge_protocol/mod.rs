//! What edges call.

mod bundle;
mod enroll;
mod events;
mod follow;
mod reviews;
mod rotate_key;
mod status;

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

const TAG: &str = "edge protocol";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(enroll::router())
        .merge(follow::router())
        .merge(bundle::router())
        .merge(events::router())
        .merge(rotate_key::router())
        .merge(status::router())
        .merge(reviews::router())
}
