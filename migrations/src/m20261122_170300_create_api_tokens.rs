//! API tokens that act as a person, by their hash.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `api_tokens`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("api_tokens")
                    .col(id())
                    .col(uuid("user_id"))
                    .col(text("name"))
                    .col(text("token_sha256"))
                    .col(at("created_at"))
                    .col(at_null("expires_at"))
                    .col(at_null("revoked_at"))
                    .foreign_key(&mut references("api_tokens", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("api_tokens_token_sha256_key")
                    .table("api_tokens")
                    .col("token_sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("api_tokens_user_id_idx")
                    .table("api_tokens")
                    .col("user_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("api_tokens").to_owned())
            .await
    }
}
