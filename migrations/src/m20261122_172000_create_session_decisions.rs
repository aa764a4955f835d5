//! The effects of decisions that were recorded in full, for the actions that refer to them.

use sea_orm_migration::{
    prelude::*,
    schema::{pk_uuid, text, uuid},
};

/// Creates `session_decisions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("session_decisions")
                    .col(pk_uuid("action_id"))
                    .col(uuid("session_id"))
                    .col(text("effect"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("session_decisions_session_id_idx")
                    .table("session_decisions")
                    .col("session_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("session_decisions").to_owned())
            .await
    }
}
