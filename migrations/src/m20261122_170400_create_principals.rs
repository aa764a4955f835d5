//! Who acts on targets. A removed one keeps its row, and its name is free again.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null},
};

use crate::columns::{at, at_null, id};

/// Creates `principals`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("principals")
                    .col(id())
                    .col(text("name"))
                    .col(text("kind"))
                    .col(text("groups"))
                    .col(text("claims"))
                    .col(text_null("on_behalf_of"))
                    .col(at("created_at"))
                    .col(at("updated_at"))
                    .col(at_null("revoked_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("principals_name_key")
                    .table("principals")
                    .col("name")
                    .unique()
                    .and_where(Expr::col("revoked_at").is_null())
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("principals").to_owned())
            .await
    }
}
