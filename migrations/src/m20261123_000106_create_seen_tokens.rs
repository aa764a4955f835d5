//! Tokens that may be used once, by a hash, until they would have expired.

use sea_orm_migration::prelude::*;

use crate::columns::{at, pk_text};

/// Creates `seen_tokens`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("seen_tokens")
                    .col(pk_text("key"))
                    .col(at("expires_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("seen_tokens_expires_at_idx")
                    .table("seen_tokens")
                    .col("expires_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("seen_tokens").to_owned())
            .await
    }
}
