//! Codes with which a program on the person's machine fetches its token, once.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid, uuid_null},
};

use crate::columns::{at, at_null, id, references};

/// Creates `authorization_codes`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("authorization_codes")
                    .col(id())
                    .col(text("code_sha256"))
                    .col(uuid("user_id"))
                    .col(uuid("web_session_id"))
                    .col(text("client_id"))
                    .col(text("redirect_uri"))
                    .col(text("challenge"))
                    .col(at("created_at"))
                    .col(at("expires_at"))
                    .col(at_null("used_at"))
                    .col(uuid_null("api_token_id"))
                    .foreign_key(&mut references("authorization_codes", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("authorization_codes_code_sha256_key")
                    .table("authorization_codes")
                    .col("code_sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("authorization_codes_user_id_idx")
                    .table("authorization_codes")
                    .col("user_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("authorization_codes").to_owned())
            .await
    }
}
