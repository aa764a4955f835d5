//! Who acted, and on what, from which record of a session on: its opening, and every change since.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, uuid},
};

use crate::columns::at;

/// Creates `session_snapshots`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("session_snapshots")
                    .col(uuid("session_id"))
                    .col(big_integer("seq"))
                    .col(uuid("edge_id"))
                    .col(at("at"))
                    .col(text("principal"))
                    .col(text("target"))
                    .col(text("labels"))
                    .col(text("default_verdict"))
                    .primary_key(Index::create().col("session_id").col("edge_id").col("seq"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("session_snapshots").to_owned())
            .await
    }
}
