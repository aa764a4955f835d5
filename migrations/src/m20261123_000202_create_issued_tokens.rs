//! Signed credentials that were issued: what they are for, never themselves.

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, text, uuid, uuid_null},
};

use crate::columns::{at, at_null, id, references};

/// Creates `issued_tokens`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("issued_tokens")
                    .col(id())
                    .col(uuid("principal_id"))
                    .col(uuid_null("human_id"))
                    .col(uuid_null("grant_id"))
                    .col(text("targets"))
                    .col(text("via"))
                    .col(boolean("once"))
                    .col(at("issued_at"))
                    .col(at("expires_at"))
                    .col(at_null("revoked_at"))
                    .col(at_null("last_used_at"))
                    .foreign_key(&mut references(
                        "issued_tokens",
                        "principal_id",
                        "principals",
                    ))
                    .foreign_key(&mut references("issued_tokens", "human_id", "principals"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("issued_tokens_principal_id_idx")
                    .table("issued_tokens")
                    .col("principal_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("issued_tokens_human_id_idx")
                    .table("issued_tokens")
                    .col("human_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("issued_tokens_grant_id_idx")
                    .table("issued_tokens")
                    .col("grant_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("issued_tokens_expires_at_idx")
                    .table("issued_tokens")
                    .col("expires_at")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("issued_tokens").to_owned())
            .await
    }
}
