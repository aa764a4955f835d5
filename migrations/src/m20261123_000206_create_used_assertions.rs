//! Assertions that were shown and must not be shown again, by their hash, until they end.

use sea_orm_migration::prelude::*;

use crate::columns::{at, pk_text};

/// Creates `used_assertions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("used_assertions")
                    .col(pk_text("sha256"))
                    .col(at("expires_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("used_assertions_expires_at_idx")
                    .table("used_assertions")
                    .col("expires_at")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("used_assertions").to_owned())
            .await
    }
}
