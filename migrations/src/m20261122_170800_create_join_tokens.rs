//! Single-use tokens that enroll an edge, by the hash of their secret.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid_null},
};

use crate::columns::{at, at_null, id, references};

/// Creates `join_tokens`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("join_tokens")
                    .col(id())
                    .col(text("name"))
                    .col(text("secret_sha256"))
                    .col(at("created_at"))
                    .col(at("expires_at"))
                    .col(at_null("used_at"))
                    .col(uuid_null("edge_id"))
                    .col(at_null("revoked_at"))
                    .foreign_key(&mut references("join_tokens", "edge_id", "edges"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("join_tokens_secret_sha256_key")
                    .table("join_tokens")
                    .col("secret_sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("join_tokens_edge_id_idx")
                    .table("join_tokens")
                    .col("edge_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("join_tokens").to_owned())
            .await
    }
}
