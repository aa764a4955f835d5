//! The bytes of documents, by their SHA-256.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob},
};

use crate::columns::{at, pk_text};

/// Creates `document_contents`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("document_contents")
                    .col(pk_text("digest"))
                    .col(blob("bytes"))
                    .col(big_integer("size"))
                    .col(at("created_at"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("document_contents").to_owned())
            .await
    }
}
