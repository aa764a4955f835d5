//! Programs without a browser that wait until their person has typed a code into one (RFC 8628).

use sea_orm_migration::{
    prelude::*,
    schema::{integer, text, uuid_null},
};

use crate::columns::{at, at_null, id};

/// Creates `device_logins`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("device_logins")
                    .col(id())
                    .col(text("device_sha256"))
                    .col(text("user_code_sha256"))
                    .col(text("client_id"))
                    .col(text("state"))
                    .col(uuid_null("user_id"))
                    .col(uuid_null("web_session_id"))
                    .col(integer("interval_seconds"))
                    .col(at("created_at"))
                    .col(at("expires_at"))
                    .col(at_null("polled_at"))
                    .to_owned(),
            )
            .await?;
        for (name, column) in [
            ("device_logins_device_sha256_key", "device_sha256"),
            ("device_logins_user_code_sha256_key", "user_code_sha256"),
        ] {
            manager
                .create_index(
                    Index::create()
                        .name(name)
                        .table("device_logins")
                        .col(column)
                        .unique()
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("device_logins").to_owned())
            .await
    }
}
