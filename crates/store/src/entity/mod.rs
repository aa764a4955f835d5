//! Tables as sea-orm sees them. Private: the typed structs of the aggregates are what leaves this
//! crate.

pub mod api_tokens;
pub mod bindings;
pub mod bundle_revisions;
pub mod canary_counts;
pub mod credentials;
pub mod document_contents;
pub mod document_versions;
pub mod documents;
pub mod edges;
pub mod event_batches;
pub mod held_actions;
pub mod join_tokens;
pub mod journals;
pub mod modules;
pub mod policies;
pub mod policy_changes;
pub mod policy_sets;
pub mod policy_settings;
pub mod policy_versions;
pub mod principals;
pub mod replays;
pub mod review_decisions;
pub mod reviews;
pub mod session_batches;
pub mod session_snapshots;
pub mod sessions;
pub mod sign_in_links;
pub mod targets;
pub mod users;
pub mod version_signatures;
pub mod web_sessions;
