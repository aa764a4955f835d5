//! Not only SQL is held.

use sea_orm_migration::{prelude::*, schema::text};

/// Extends `reviews`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("reviews")
                    .add_column(text("kind").default("sql"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("reviews")
                    .drop_column("kind")
                    .to_owned(),
            )
            .await
    }
}
