//! How far each edge's journal is committed, an epoch a row.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, uuid},
};

use crate::columns::{at, references};

/// Creates `journals`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("journals")
                    .col(uuid("edge_id"))
                    .col(big_integer("epoch"))
                    .col(big_integer("acked_seq"))
                    .col(text("last_hash"))
                    .col(at("updated_at"))
                    .foreign_key(&mut references("journals", "edge_id", "edges"))
                    .primary_key(Index::create().col("edge_id").col("epoch"))
                    .to_owned(),
            )
            .await?;

        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("journals").to_owned())
            .await
    }
}
