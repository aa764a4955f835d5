//! Tokens of models, summed up by session, hour, model and grant as outcomes arrive.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, uuid},
};

use crate::columns::at;

/// Creates `token_usage`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("token_usage")
                    .col(uuid("session_id"))
                    .col(uuid("edge_id"))
                    .col(at("hour"))
                    .col(text("model"))
                    .col(uuid("grant_id"))
                    .col(big_integer("answers"))
                    .col(big_integer("input"))
                    .col(big_integer("output"))
                    .col(big_integer("cached"))
                    .primary_key(
                        Index::create()
                            .col("session_id")
                            .col("edge_id")
                            .col("hour")
                            .col("model")
                            .col("grant_id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("token_usage_hour_idx")
                    .table("token_usage")
                    .col("hour")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("token_usage").to_owned())
            .await
    }
}
