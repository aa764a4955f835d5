//! One row a recorded session, summed up from its events as they arrive.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, text, text_null, uuid},
};

use crate::columns::{at, at_null, id, references};

/// Creates `sessions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("sessions")
                    .col(id())
                    .col(uuid("edge_id"))
                    .col(uuid("credential_id"))
                    .col(text("principal_name"))
                    .col(text("principal"))
                    .col(uuid("target_id"))
                    .col(text("target"))
                    .col(text("labels"))
                    .col(text("protocol"))
                    .col(text("client"))
                    .col(text_null("application"))
                    .col(boolean("tls"))
                    .col(at("opened_at"))
                    .col(at_null("closed_at"))
                    .col(text_null("close_reason"))
                    .col(at("last_event_at"))
                    .col(big_integer("actions"))
                    .col(big_integer("allowed"))
                    .col(big_integer("masked"))
                    .col(big_integer("held"))
                    .col(big_integer("denied"))
                    .col(big_integer("failed"))
                    .col(big_integer("rows"))
                    .col(big_integer("masked_values"))
                    .foreign_key(&mut references("sessions", "edge_id", "edges"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_opened_at_idx")
                    .table("sessions")
                    .col("opened_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_principal_name_idx")
                    .table("sessions")
                    .col("principal_name")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_target_idx")
                    .table("sessions")
                    .col("target")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_edge_id_idx")
                    .table("sessions")
                    .col("edge_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("sessions").to_owned())
            .await
    }
}
