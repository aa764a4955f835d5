//! Immutable versions of policies.

use sea_orm_migration::{
    prelude::*,
    schema::{integer, text, uuid},
};

use crate::columns::{at, id, references};

/// Creates `policy_versions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("policy_versions")
                    .col(id())
                    .col(uuid("policy_id"))
                    .col(integer("version"))
                    .col(text("digest"))
                    .col(text("manifest"))
                    .col(text("imports"))
                    .col(text("changelog"))
                    .col(uuid("created_by"))
                    .col(at("created_at"))
                    .foreign_key(&mut references("policy_versions", "policy_id", "policies"))
                    .foreign_key(&mut references("policy_versions", "created_by", "users"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("policy_versions", "digest")
                            .to("modules", "digest"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_versions_policy_id_version_key")
                    .table("policy_versions")
                    .col("policy_id")
                    .col("version")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_versions_digest_key")
                    .table("policy_versions")
                    .col("digest")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_versions_created_by_idx")
                    .table("policy_versions")
                    .col("created_by")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("policy_versions").to_owned())
            .await
    }
}
