//! What people decided on requests for access, one decision a person and request.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{at, id, references};

/// Creates `grant_votes`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("grant_votes")
                    .col(id())
                    .col(uuid("grant_id"))
                    .col(uuid("user_id"))
                    .col(text("decision"))
                    .col(text("comment"))
                    .col(at("decided_at"))
                    .foreign_key(&mut references("grant_votes", "grant_id", "grants"))
                    .foreign_key(&mut references("grant_votes", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("grant_votes_grant_id_user_id_key")
                    .table("grant_votes")
                    .col("grant_id")
                    .col("user_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("grant_votes_user_id_idx")
                    .table("grant_votes")
                    .col("user_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("grant_votes").to_owned())
            .await
    }
}
