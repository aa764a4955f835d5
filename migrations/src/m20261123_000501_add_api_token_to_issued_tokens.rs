//! A credential may rest on a person's token, and end with it.

use sea_orm_migration::{prelude::*, schema::uuid_null};

/// Extends `issued_tokens`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("issued_tokens")
                    .add_column(uuid_null("api_token_id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("issued_tokens_api_token_id_idx")
                    .table("issued_tokens")
                    .col("api_token_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("issued_tokens_api_token_id_idx")
                    .table("issued_tokens")
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table("issued_tokens")
                    .drop_column("api_token_id")
                    .to_owned(),
            )
            .await
    }
}
