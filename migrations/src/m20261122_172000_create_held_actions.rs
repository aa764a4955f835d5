//! Actions that were held for people: their outcomes, which come later, do not say so.

use sea_orm_migration::{
    prelude::*,
    schema::{pk_uuid, uuid},
};

/// Creates `held_actions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("held_actions")
                    .col(pk_uuid("action_id"))
                    .col(uuid("session_id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("held_actions_session_id_idx")
                    .table("held_actions")
                    .col("session_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("held_actions").to_owned())
            .await
    }
}
