//! The one counter that rises with every change an edge must know.

use sea_orm_migration::{prelude::*, schema::big_integer};

use crate::columns::pk_integer;

/// Creates `bundle_revisions`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("bundle_revisions")
                    .col(pk_integer("id"))
                    .col(big_integer("revision"))
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute(
                &Query::insert()
                    .into_table("bundle_revisions")
                    .columns(["id", "revision"])
                    .values_panic([1.into(), 1.into()])
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("bundle_revisions").to_owned())
            .await
    }
}
