//! What people decided, one decision a person and review.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{at, id, references};

/// Creates `review_decisions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("review_decisions")
                    .col(id())
                    .col(uuid("review_id"))
                    .col(uuid("user_id"))
                    .col(text("decision"))
                    .col(text("comment"))
                    .col(at("decided_at"))
                    .foreign_key(&mut references("review_decisions", "review_id", "reviews"))
                    .foreign_key(&mut references("review_decisions", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("review_decisions_review_id_user_id_key")
                    .table("review_decisions")
                    .col("review_id")
                    .col("user_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("review_decisions_user_id_idx")
                    .table("review_decisions")
                    .col("user_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("review_decisions").to_owned())
            .await
    }
}
