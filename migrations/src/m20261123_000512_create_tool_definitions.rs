//! Tools of MCP servers: what is pinned of each, and what its server gives now.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null, uuid},
};

use crate::columns::{at, at_null, id};

/// Creates `tool_definitions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("tool_definitions")
                    .col(id())
                    .col(uuid("target_id"))
                    .col(text("target"))
                    .col(text("server"))
                    .col(text("tool"))
                    .col(text("pinned_digest"))
                    .col(text("pinned"))
                    .col(at("pinned_at"))
                    .col(text_null("seen_digest"))
                    .col(text_null("seen"))
                    .col(at_null("seen_at"))
                    .col(text_null("accepted_by"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("tool_definitions_target_id_server_tool_key")
                    .table("tool_definitions")
                    .col("target_id")
                    .col("server")
                    .col("tool")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("tool_definitions").to_owned())
            .await
    }
}
