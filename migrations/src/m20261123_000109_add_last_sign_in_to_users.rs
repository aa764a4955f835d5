//! When a person last signed in: who has not for long may not need to any more.

use sea_orm_migration::prelude::*;

use crate::columns::at_null;

/// Extends `users`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("users")
                    .add_column(at_null("last_sign_in_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("users")
                    .drop_column("last_sign_in_at")
                    .to_owned(),
            )
            .await
    }
}
