//! Sessions of people in the dashboard, by the hash of their cookie.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `web_sessions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("web_sessions")
                    .col(id())
                    .col(uuid("user_id"))
                    .col(text("token_sha256"))
                    .col(at("created_at"))
                    .col(at("last_seen_at"))
                    .col(at("expires_at"))
                    .col(at_null("revoked_at"))
                    .foreign_key(&mut references("web_sessions", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("web_sessions_token_sha256_key")
                    .table("web_sessions")
                    .col("token_sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("web_sessions_user_id_idx")
                    .table("web_sessions")
                    .col("user_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("web_sessions").to_owned())
            .await
    }
}
