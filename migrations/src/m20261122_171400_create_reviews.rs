//! Actions held for people.

use sea_orm_migration::{
    prelude::*,
    schema::{integer, text, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `reviews`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("reviews")
                    .col(id())
                    .col(uuid("edge_id"))
                    .col(uuid("session_id"))
                    .col(text("state"))
                    .col(text("digest"))
                    .col(integer("quorum"))
                    .col(text("header"))
                    .col(text("request"))
                    .col(at("requested_at"))
                    .col(at("expires_at"))
                    .col(at("created_at"))
                    .col(at("updated_at"))
                    .col(at_null("decided_at"))
                    .foreign_key(&mut references("reviews", "edge_id", "edges"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("reviews_state_expires_at_idx")
                    .table("reviews")
                    .col("state")
                    .col("expires_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("reviews_session_id_idx")
                    .table("reviews")
                    .col("session_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("reviews_edge_id_idx")
                    .table("reviews")
                    .col("edge_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("reviews").to_owned())
            .await
    }
}
