//! Policy versions with their settings and what they cover.

use sea_orm_migration::{
    prelude::*,
    schema::{integer, text, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `bindings`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("bindings")
                    .col(id())
                    .col(uuid("policy_version_id"))
                    .col(text("settings"))
                    .col(text("selector"))
                    .col(text("stage"))
                    .col(integer("position"))
                    .col(at("created_at"))
                    .col(at("updated_at"))
                    .col(at_null("revoked_at"))
                    .foreign_key(&mut references(
                        "bindings",
                        "policy_version_id",
                        "policy_versions",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("bindings_position_idx")
                    .table("bindings")
                    .col("position")
                    .and_where(Expr::col("revoked_at").is_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("bindings_policy_version_id_idx")
                    .table("bindings")
                    .col("policy_version_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("bindings").to_owned())
            .await
    }
}
