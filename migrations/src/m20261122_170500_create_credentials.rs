//! Principals' credentials, by the hash of their secret.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `credentials`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("credentials")
                    .col(id())
                    .col(uuid("principal_id"))
                    .col(text("secret_sha256"))
                    .col(at("created_at"))
                    .col(at("expires_at"))
                    .col(at_null("revoked_at"))
                    .foreign_key(&mut references("credentials", "principal_id", "principals"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("credentials_secret_sha256_key")
                    .table("credentials")
                    .col("secret_sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("credentials_principal_id_idx")
                    .table("credentials")
                    .col("principal_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("credentials").to_owned())
            .await
    }
}
