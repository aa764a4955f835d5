//! Journal records as they were shipped: the exact lines, compressed, with their place in the chain.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, text, uuid},
};

use crate::columns::{at, references};

/// Creates `event_batches`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("event_batches")
                    .col(uuid("edge_id"))
                    .col(big_integer("epoch"))
                    .col(big_integer("first_seq"))
                    .col(big_integer("last_seq"))
                    .col(text("prev_hash"))
                    .col(text("last_hash"))
                    .col(at("first_at"))
                    .col(at("last_at"))
                    .col(blob("records"))
                    .col(at("created_at"))
                    .foreign_key(&mut references("event_batches", "edge_id", "edges"))
                    .primary_key(Index::create().col("edge_id").col("epoch").col("first_seq"))
                    .to_owned(),
            )
            .await?;

        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("event_batches").to_owned())
            .await
    }
}
