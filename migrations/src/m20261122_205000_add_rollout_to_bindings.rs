//! A binding may be a canary that takes another one's place, under a guard.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, integer_null, text_null, uuid_null},
};

/// Extends `bindings`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [
            integer_null("canary_percent"),
            uuid_null("replaces"),
            text_null("guard"),
            big_integer_null("canary_started_at"),
            big_integer_null("canary_revision"),
        ] {
            manager
                .alter_table(
                    Table::alter()
                        .table("bindings")
                        .add_column(column)
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            "canary_percent",
            "replaces",
            "guard",
            "canary_started_at",
            "canary_revision",
        ] {
            manager
                .alter_table(
                    Table::alter()
                        .table("bindings")
                        .drop_column(column)
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
