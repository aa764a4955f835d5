//! Enrolled edges, with what they last said of themselves.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null},
};

use crate::columns::{at, at_null, id};

/// Creates `edges`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("edges")
                    .col(id())
                    .col(text("name"))
                    .col(text("public_key"))
                    .col(text("version"))
                    .col(at("enrolled_at"))
                    .col(at_null("revoked_at"))
                    .col(at_null("last_seen_at"))
                    .col(text_null("status"))
                    .col(at_null("status_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("edges_name_key")
                    .table("edges")
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
            .drop_table(Table::drop().table("edges").to_owned())
            .await
    }
}
