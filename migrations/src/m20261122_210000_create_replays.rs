//! Recorded decisions judged again: what was asked, and what came of it.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `replays`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("replays")
                    .col(id())
                    .col(text("state"))
                    .col(text("request"))
                    .col(text_null("result"))
                    .col(text_null("error"))
                    .col(uuid("requested_by"))
                    .col(at("started_at"))
                    .col(at_null("finished_at"))
                    .foreign_key(&mut references("replays", "requested_by", "users"))
                    .to_owned(),
            )
            .await?;

        manager
            .create_index(
                Index::create()
                    .name("replays_requested_by_idx")
                    .table("replays")
                    .col("requested_by")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("replays").to_owned())
            .await
    }
}
