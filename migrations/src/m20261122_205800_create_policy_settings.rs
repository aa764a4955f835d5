//! How policies may be changed: one row.

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, text},
};

use crate::columns::pk_integer;

/// Creates `policy_settings`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("policy_settings")
                    .col(pk_integer("id"))
                    .col(boolean("require_approval"))
                    .col(text("counter_split"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("policy_settings").to_owned())
            .await
    }
}
