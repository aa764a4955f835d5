//! What an admin has stopped, and when it was let go again.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null},
};

use crate::columns::{at, at_null, id};

/// Creates `locks`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("locks")
                    .col(id())
                    .col(text("kind"))
                    .col(text("subject"))
                    .col(text("name"))
                    .col(text("reason"))
                    .col(at("created_at"))
                    .col(text_null("created_by"))
                    .col(at_null("expires_at"))
                    .col(at_null("lifted_at"))
                    .col(text_null("lifted_by"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("locks_subject_kind_idx")
                    .table("locks")
                    .col("subject")
                    .col("kind")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("locks_lifted_at_idx")
                    .table("locks")
                    .col("lifted_at")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("locks").to_owned())
            .await
    }
}
