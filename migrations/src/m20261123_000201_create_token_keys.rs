//! Keys that sign credentials: the public halves, of every control plane.

use sea_orm_migration::{prelude::*, schema::text};

use crate::columns::{at, at_null, pk_text};

/// Creates `token_keys`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("token_keys")
                    .col(pk_text("kid"))
                    .col(text("public_key"))
                    .col(at("created_at"))
                    .col(at_null("retires_at"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("token_keys").to_owned())
            .await
    }
}
