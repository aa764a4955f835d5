//! What happened at the control plane: who signed in, asked, approved, locked, and who was refused.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null},
};

use crate::columns::{at, id};

/// Creates `audit_events`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit_events")
                    .col(id())
                    .col(text("kind"))
                    .col(text_null("actor"))
                    .col(text_null("subject"))
                    .col(text("detail"))
                    .col(at("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("audit_events_kind_id_idx")
                    .table("audit_events")
                    .col("kind")
                    .col("id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("audit_events").to_owned())
            .await
    }
}
