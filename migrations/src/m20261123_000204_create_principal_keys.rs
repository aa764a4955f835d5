//! Public keys with which principals sign in by themselves (`private_key_jwt`).

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `principal_keys`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("principal_keys")
                    .col(id())
                    .col(uuid("principal_id"))
                    .col(text("kid"))
                    .col(text("jwk"))
                    .col(text("created_by"))
                    .col(at("created_at"))
                    .col(at_null("last_used_at"))
                    .col(at_null("revoked_at"))
                    .foreign_key(&mut references(
                        "principal_keys",
                        "principal_id",
                        "principals",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("principal_keys_principal_id_idx")
                    .table("principal_keys")
                    .col("principal_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("principal_keys").to_owned())
            .await
    }
}
