//! The REST API: one module a resource, each with its DTOs and its operations.

pub mod actions;
pub mod activity;
pub mod audit_events;
pub mod bindings;
pub mod documents;
pub mod edge_protocol;
pub mod edges;
pub mod grants;
pub mod locks;
pub mod logins;
mod page;
pub mod policies;
pub mod policy_changes;
pub mod policy_sets;
pub mod policy_settings;
pub mod policy_trials;
pub mod principals;
pub mod replays;
pub mod reviews;
mod rules;
pub mod service;
pub mod sessions;
pub mod sign_in;
pub mod targets;
pub mod tool_definitions;
pub mod trusted_issuers;
pub mod usage;
pub mod users;

pub use page::{Page, PageQuery};
use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

/// Every operation, under `/api/v1`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(sign_in::router())
        .merge(logins::router())
        .merge(audit_events::router())
        .merge(users::router())
        .merge(principals::router())
        .merge(targets::router())
        .merge(tool_definitions::router())
        .merge(trusted_issuers::router())
        .merge(edges::router())
        .merge(grants::router())
        .merge(locks::router())
        .merge(policies::router())
        .merge(bindings::router())
        .merge(policy_changes::router())
        .merge(policy_sets::router())
        .merge(policy_settings::router())
        .merge(documents::router())
        .merge(policy_trials::router())
        .merge(activity::router())
        .merge(replays::router())
        .merge(reviews::router())
        .merge(sessions::router())
        .merge(usage::router())
        .merge(actions::router())
        .merge(service::router())
        .merge(edge_protocol::router())
}
