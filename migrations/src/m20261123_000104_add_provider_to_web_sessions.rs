//! A session may have begun at the identity provider, which may end it.

use sea_orm_migration::{prelude::*, schema::text_null};

const COLUMNS: [&str; 4] = ["issuer", "provider_subject", "provider_session", "id_token"];

/// Extends `web_sessions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in COLUMNS {
            manager
                .alter_table(
                    Table::alter()
                        .table("web_sessions")
                        .add_column(text_null(column))
                        .to_owned(),
                )
                .await?;
        }
        for (name, column) in [
            ("web_sessions_provider_subject_idx", "provider_subject"),
            ("web_sessions_provider_session_idx", "provider_session"),
        ] {
            manager
                .create_index(
                    Index::create()
                        .name(name)
                        .table("web_sessions")
                        .col(column)
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [
            "web_sessions_provider_subject_idx",
            "web_sessions_provider_session_idx",
        ] {
            manager
                .drop_index(Index::drop().name(name).table("web_sessions").to_owned())
                .await?;
        }
        for column in COLUMNS {
            manager
                .alter_table(
                    Table::alter()
                        .table("web_sessions")
                        .drop_column(column)
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
