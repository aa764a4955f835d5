//! A version says what it is written in and where its source is.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null},
};

/// Extends `policy_versions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [
            text("language").default("rust").take(),
            text_null("source_url"),
        ] {
            manager
                .alter_table(
                    Table::alter()
                        .table("policy_versions")
                        .add_column(column)
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["language", "source_url"] {
            manager
                .alter_table(
                    Table::alter()
                        .table("policy_versions")
                        .drop_column(column)
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
