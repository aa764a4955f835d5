//! Authors' signatures on policy versions.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{at, references};

/// Creates `version_signatures`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("version_signatures")
                    .col(uuid("policy_version_id"))
                    .col(text("key"))
                    .col(text("signature"))
                    .col(uuid("created_by"))
                    .col(at("created_at"))
                    .foreign_key(&mut references(
                        "version_signatures",
                        "policy_version_id",
                        "policy_versions",
                    ))
                    .foreign_key(&mut references("version_signatures", "created_by", "users"))
                    .primary_key(Index::create().col("policy_version_id").col("key"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("version_signatures_created_by_idx")
                    .table("version_signatures")
                    .col("created_by")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("version_signatures").to_owned())
            .await
    }
}
