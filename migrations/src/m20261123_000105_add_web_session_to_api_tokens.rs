//! A token may come of a session in the dashboard, whose end at the identity provider is its end.

use sea_orm_migration::{prelude::*, schema::uuid_null};

/// Extends `api_tokens`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("api_tokens")
                    .add_column(uuid_null("web_session_id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("api_tokens_web_session_id_idx")
                    .table("api_tokens")
                    .col("web_session_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("api_tokens_web_session_id_idx")
                    .table("api_tokens")
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table("api_tokens")
                    .drop_column("web_session_id")
                    .to_owned(),
            )
            .await
    }
}
