//! One-time sign-in links; the token itself is never stored.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `sign_in_links`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("sign_in_links")
                    .col(id())
                    .col(uuid("user_id"))
                    .col(text("token_sha256"))
                    .col(at("created_at"))
                    .col(at("expires_at"))
                    .col(at_null("used_at"))
                    .foreign_key(&mut references("sign_in_links", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sign_in_links_token_sha256_key")
                    .table("sign_in_links")
                    .col("token_sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sign_in_links_user_id_idx")
                    .table("sign_in_links")
                    .col("user_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("sign_in_links").to_owned())
            .await
    }
}
