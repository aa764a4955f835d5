//! Which batches hold events of which session, so that a replay reads no others.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, uuid},
};

/// Creates `session_batches`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("session_batches")
                    .col(uuid("session_id"))
                    .col(uuid("edge_id"))
                    .col(big_integer("epoch"))
                    .col(big_integer("first_seq"))
                    .primary_key(
                        Index::create()
                            .col("session_id")
                            .col("edge_id")
                            .col("epoch")
                            .col("first_seq"),
                    )
                    .to_owned(),
            )
            .await?;

        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("session_batches").to_owned())
            .await
    }
}
