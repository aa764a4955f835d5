//! Issuers of workload identities, and which principal their tokens stand for.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null},
};

use crate::columns::{at, at_null, id};

/// Creates `trusted_issuers`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("trusted_issuers")
                    .col(id())
                    .col(text("name"))
                    .col(text("issuer"))
                    .col(text_null("jwks_uri"))
                    .col(text("audience"))
                    .col(text("rules"))
                    .col(at("created_at"))
                    .col(at("updated_at"))
                    .col(at_null("revoked_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("trusted_issuers_name_key")
                    .table("trusted_issuers")
                    .col("name")
                    .unique()
                    .and_where(Expr::col("revoked_at").is_null())
                    .to_owned(),
            )
            .await?;
        // One issuer with the same audience twice would make two rules' order matter.
        manager
            .create_index(
                Index::create()
                    .name("trusted_issuers_issuer_key")
                    .table("trusted_issuers")
                    .col("issuer")
                    .col("audience")
                    .unique()
                    .and_where(Expr::col("revoked_at").is_null())
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("trusted_issuers").to_owned())
            .await
    }
}
