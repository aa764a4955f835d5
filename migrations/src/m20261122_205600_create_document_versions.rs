//! Immutable versions of documents.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, text, text_null, uuid, uuid_null},
};

use crate::columns::{at, references};

/// Creates `document_versions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("document_versions")
                    .col(uuid("document_id"))
                    .col(integer("version"))
                    .col(text("digest"))
                    .col(text("format"))
                    .col(text_null("key_column"))
                    .col(big_integer("keys"))
                    .col(big_integer("size"))
                    .col(uuid_null("created_by"))
                    .col(at("created_at"))
                    .foreign_key(&mut references(
                        "document_versions",
                        "document_id",
                        "documents",
                    ))
                    .foreign_key(&mut references("document_versions", "created_by", "users"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("document_versions", "digest")
                            .to("document_contents", "digest"),
                    )
                    .primary_key(Index::create().col("document_id").col("version"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("document_versions_digest_idx")
                    .table("document_versions")
                    .col("digest")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("document_versions_created_by_idx")
                    .table("document_versions")
                    .col("created_by")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("document_versions").to_owned())
            .await
    }
}
