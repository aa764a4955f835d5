//! Protected things. A removed one keeps its row, and its name is free again.

use sea_orm_migration::{prelude::*, schema::text};

use crate::columns::{at, at_null, id};

/// Creates `targets`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("targets")
                    .col(id())
                    .col(text("name"))
                    .col(text("kind"))
                    .col(text("labels"))
                    .col(text("default_verdict"))
                    .col(at("created_at"))
                    .col(at("updated_at"))
                    .col(at_null("revoked_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("targets_name_key")
                    .table("targets")
                    .col("name")
                    .unique()
                    .and_where(Expr::col("revoked_at").is_null())
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("targets").to_owned())
            .await
    }
}
