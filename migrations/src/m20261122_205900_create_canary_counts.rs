//! What each edge process reports of each run of a canary: where it began, and the latest.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, uuid},
};

use crate::columns::{at, references};

/// Creates `canary_counts`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("canary_counts")
                    .col(uuid("binding_id"))
                    .col(big_integer("canary_revision"))
                    .col(uuid("edge_id"))
                    .col(at("edge_started_at"))
                    .col(text("baseline"))
                    .col(text("latest"))
                    .col(at("updated_at"))
                    .foreign_key(&mut references("canary_counts", "binding_id", "bindings"))
                    .foreign_key(&mut references("canary_counts", "edge_id", "edges"))
                    .primary_key(
                        Index::create()
                            .col("binding_id")
                            .col("canary_revision")
                            .col("edge_id")
                            .col("edge_started_at"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("canary_counts_edge_id_idx")
                    .table("canary_counts")
                    .col("edge_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("canary_counts").to_owned())
            .await
    }
}
