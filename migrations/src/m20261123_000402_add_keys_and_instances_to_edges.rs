//! An edge's key may be rotated, and its data folder may have been started twice.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, text_null},
};

/// Extends `edges`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [
            text_null("previous_key"),
            big_integer_null("key_rotated_at"),
            big_integer_null("generation"),
            text_null("instance"),
            big_integer_null("instance_started_at"),
        ] {
            manager
                .alter_table(Table::alter().table("edges").add_column(column).to_owned())
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            "previous_key",
            "key_rotated_at",
            "generation",
            "instance",
            "instance_started_at",
        ] {
            manager
                .alter_table(Table::alter().table("edges").drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
