//! A person may be known by who they are at the identity provider, which never changes, rather than
//! by their e-mail address, which may.

use sea_orm_migration::{prelude::*, schema::text_null};

const COLUMNS: [&str; 2] = ["issuer", "provider_subject"];

/// Extends `users`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in COLUMNS {
            manager
                .alter_table(
                    Table::alter()
                        .table("users")
                        .add_column(text_null(column))
                        .to_owned(),
                )
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("users_issuer_provider_subject_key")
                    .table("users")
                    .col("issuer")
                    .col("provider_subject")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("users_issuer_provider_subject_key")
                    .table("users")
                    .to_owned(),
            )
            .await?;
        for column in COLUMNS {
            manager
                .alter_table(Table::alter().table("users").drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
