//! What was enforced as of each revision at which that changed, whole.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, uuid_null},
};

use crate::columns::{at, references};

/// Creates `policy_sets`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("policy_sets")
                    .col(big_integer("revision").primary_key().take())
                    .col(text("state"))
                    .col(text("kind"))
                    .col(text("summary"))
                    .col(text("comment"))
                    .col(uuid_null("change_id"))
                    .col(uuid_null("created_by"))
                    .col(at("created_at"))
                    .foreign_key(&mut references("policy_sets", "created_by", "users"))
                    .foreign_key(&mut references(
                        "policy_sets",
                        "change_id",
                        "policy_changes",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_sets_created_by_idx")
                    .table("policy_sets")
                    .col("created_by")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_sets_change_id_idx")
                    .table("policy_sets")
                    .col("change_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("policy_sets").to_owned())
            .await
    }
}
