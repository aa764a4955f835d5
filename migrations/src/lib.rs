//! The database schema, for SQLite and PostgreSQL alike: one change a migration, in the order of
//! their names. A migration never changes once it has shipped, and never knows the entities.
//!
//! Habits: ids are UUIDs; `*_at` are milliseconds since the Unix epoch, because SQLite has no time
//! type and its texts of unequal precision do not sort; a nullable `revoked_at` says that a thing is
//! gone and since when; documents that are never searched are JSON in `text`, because `jsonb`
//! refuses `\u0000`; every foreign key has an index.

use sea_orm_migration::prelude::*;

mod columns;
mod m20261122_170000_create_users;
mod m20261122_170100_create_sign_in_links;
mod m20261122_170200_create_web_sessions;
mod m20261122_170300_create_api_tokens;
mod m20261122_170400_create_principals;
mod m20261122_170500_create_credentials;
mod m20261122_170600_create_targets;
mod m20261122_170700_create_edges;
mod m20261122_170800_create_join_tokens;
mod m20261122_170900_create_policies;
mod m20261122_171000_create_modules;
mod m20261122_171100_create_policy_versions;
mod m20261122_171200_create_bindings;
mod m20261122_171300_create_bundle_revisions;
mod m20261122_171400_create_reviews;
mod m20261122_171500_create_review_decisions;
mod m20261122_171600_create_sessions;
mod m20261122_171700_create_journals;
mod m20261122_171800_create_event_batches;
mod m20261122_171900_create_session_batches;
mod m20261122_172000_create_held_actions;
mod m20261122_205000_add_rollout_to_bindings;
mod m20261122_205100_add_language_to_policy_versions;
mod m20261122_205200_create_policy_changes;
mod m20261122_205300_create_policy_sets;
mod m20261122_205400_create_documents;
mod m20261122_205500_create_document_contents;
mod m20261122_205600_create_document_versions;
mod m20261122_205700_create_version_signatures;
mod m20261122_205800_create_policy_settings;
mod m20261122_205900_create_canary_counts;
mod m20261122_210000_create_replays;
mod m20261122_210100_index_event_batches_by_time;
mod m20261122_210200_create_session_snapshots;
mod m20261123_000001_add_roles_and_owners;
mod m20261123_000101_create_audit_events;
mod m20261123_000102_add_provider_to_users;
mod m20261123_000103_create_sign_in_attempts;
mod m20261123_000104_add_provider_to_web_sessions;
mod m20261123_000105_add_web_session_to_api_tokens;
mod m20261123_000106_create_seen_tokens;
mod m20261123_000107_create_authorization_codes;
mod m20261123_000108_create_device_logins;
mod m20261123_000109_add_last_sign_in_to_users;
mod m20261123_000201_create_token_keys;
mod m20261123_000202_create_issued_tokens;
mod m20261123_000204_create_principal_keys;
mod m20261123_000205_create_trusted_issuers;
mod m20261123_000301_create_grants;
mod m20261123_000302_create_grant_votes;
mod m20261123_000401_create_locks;
mod m20261123_000402_add_keys_and_instances_to_edges;
mod m20261123_000403_add_grant_to_sessions;
mod m20261123_000501_add_api_token_to_issued_tokens;
mod m20261123_000510_add_kind_to_reviews;
mod m20261123_000511_create_token_usage;
mod m20261123_000512_create_tool_definitions;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_170000_create_users::Migration),
            Box::new(m20261122_170100_create_sign_in_links::Migration),
            Box::new(m20261122_170200_create_web_sessions::Migration),
            Box::new(m20261122_170300_create_api_tokens::Migration),
            Box::new(m20261122_170400_create_principals::Migration),
            Box::new(m20261122_170500_create_credentials::Migration),
            Box::new(m20261122_170600_create_targets::Migration),
            Box::new(m20261122_170700_create_edges::Migration),
            Box::new(m20261122_170800_create_join_tokens::Migration),
            Box::new(m20261122_170900_create_policies::Migration),
            Box::new(m20261122_171000_create_modules::Migration),
            Box::new(m20261122_171100_create_policy_versions::Migration),
            Box::new(m20261122_171200_create_bindings::Migration),
            Box::new(m20261122_171300_create_bundle_revisions::Migration),
            Box::new(m20261122_171400_create_reviews::Migration),
            Box::new(m20261122_171500_create_review_decisions::Migration),
            Box::new(m20261122_171600_create_sessions::Migration),
            Box::new(m20261122_171700_create_journals::Migration),
            Box::new(m20261122_171800_create_event_batches::Migration),
            Box::new(m20261122_171900_create_session_batches::Migration),
            Box::new(m20261122_172000_create_held_actions::Migration),
            Box::new(m20261122_205000_add_rollout_to_bindings::Migration),
            Box::new(m20261122_205100_add_language_to_policy_versions::Migration),
            Box::new(m20261122_205200_create_policy_changes::Migration),
            Box::new(m20261122_205300_create_policy_sets::Migration),
            Box::new(m20261122_205400_create_documents::Migration),
            Box::new(m20261122_205500_create_document_contents::Migration),
            Box::new(m20261122_205600_create_document_versions::Migration),
            Box::new(m20261122_205700_create_version_signatures::Migration),
            Box::new(m20261122_205800_create_policy_settings::Migration),
            Box::new(m20261122_205900_create_canary_counts::Migration),
            Box::new(m20261122_210000_create_replays::Migration),
            Box::new(m20261122_210100_index_event_batches_by_time::Migration),
            Box::new(m20261122_210200_create_session_snapshots::Migration),
            Box::new(m20261123_000001_add_roles_and_owners::Migration),
            Box::new(m20261123_000101_create_audit_events::Migration),
            Box::new(m20261123_000102_add_provider_to_users::Migration),
            Box::new(m20261123_000103_create_sign_in_attempts::Migration),
            Box::new(m20261123_000104_add_provider_to_web_sessions::Migration),
            Box::new(m20261123_000105_add_web_session_to_api_tokens::Migration),
            Box::new(m20261123_000106_create_seen_tokens::Migration),
            Box::new(m20261123_000107_create_authorization_codes::Migration),
            Box::new(m20261123_000108_create_device_logins::Migration),
            Box::new(m20261123_000109_add_last_sign_in_to_users::Migration),
            Box::new(m20261123_000201_create_token_keys::Migration),
            Box::new(m20261123_000202_create_issued_tokens::Migration),
            Box::new(m20261123_000204_create_principal_keys::Migration),
            Box::new(m20261123_000205_create_trusted_issuers::Migration),
            Box::new(m20261123_000301_create_grants::Migration),
            Box::new(m20261123_000302_create_grant_votes::Migration),
            Box::new(m20261123_000401_create_locks::Migration),
            Box::new(m20261123_000402_add_keys_and_instances_to_edges::Migration),
            Box::new(m20261123_000403_add_grant_to_sessions::Migration),
            Box::new(m20261123_000501_add_api_token_to_issued_tokens::Migration),
            Box::new(m20261123_000510_add_kind_to_reviews::Migration),
            Box::new(m20261123_000511_create_token_usage::Migration),
            Box::new(m20261123_000512_create_tool_definitions::Migration),
        ]
    }
}
