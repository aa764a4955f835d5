//! Ways to the identity provider and back, each of which ends once.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null, uuid_null},
};

use crate::columns::{at, at_null, id};

/// Creates `sign_in_attempts`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("sign_in_attempts")
                    .col(id())
                    .col(text("state_sha256"))
                    .col(text("browser_sha256"))
                    .col(text("return_to"))
                    // An admin who only tries the provider; no session comes of it.
                    .col(uuid_null("test_by"))
                    .col(text_null("test_result"))
                    .col(at("created_at"))
                    .col(at("expires_at"))
                    .col(at_null("used_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sign_in_attempts_state_sha256_key")
                    .table("sign_in_attempts")
                    .col("state_sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sign_in_attempts_expires_at_idx")
                    .table("sign_in_attempts")
                    .col("expires_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("sign_in_attempts").to_owned())
            .await
    }
}
