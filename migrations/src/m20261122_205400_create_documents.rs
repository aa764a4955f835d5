//! Named data documents that policies look things up in.

use sea_orm_migration::{
    prelude::*,
    schema::{integer_null, text, text_null},
};

use crate::columns::{at, at_null, id};

/// Creates `documents`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("documents")
                    .col(id())
                    .col(text("name"))
                    .col(integer_null("version"))
                    .col(text_null("pull"))
                    .col(at_null("pulled_at"))
                    .col(text_null("pull_error"))
                    .col(at("created_at"))
                    .col(at("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("documents_name_key")
                    .table("documents")
                    .col("name")
                    .unique()
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("documents").to_owned())
            .await
    }
}
