//! Every change of what is enforced: proposed, decided, applied.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, boolean, text, uuid_null},
};

use crate::columns::{at, at_null, id, references};

/// Creates `policy_changes`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("policy_changes")
                    .col(id())
                    .col(text("kind"))
                    .col(text("summary"))
                    .col(text("state"))
                    .col(text("before"))
                    .col(text("after"))
                    .col(uuid_null("policy_id"))
                    .col(uuid_null("binding_id"))
                    .col(text("policies"))
                    .col(uuid_null("requested_by"))
                    .col(uuid_null("decided_by"))
                    .col(text("comment"))
                    .col(text("decision_comment"))
                    .col(big_integer_null("revision"))
                    .col(big_integer_null("restores"))
                    .col(boolean("alert"))
                    .col(at("created_at"))
                    .col(at_null("decided_at"))
                    .col(at_null("acknowledged_at"))
                    .col(uuid_null("acknowledged_by"))
                    .foreign_key(&mut references("policy_changes", "requested_by", "users"))
                    .foreign_key(&mut references("policy_changes", "decided_by", "users"))
                    .foreign_key(&mut references(
                        "policy_changes",
                        "acknowledged_by",
                        "users",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_changes_state_idx")
                    .table("policy_changes")
                    .col("state")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_changes_alert_idx")
                    .table("policy_changes")
                    .col("created_at")
                    .and_where(
                        Expr::col("acknowledged_at")
                            .is_null()
                            .and(Expr::col("alert")),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_changes_requested_by_idx")
                    .table("policy_changes")
                    .col("requested_by")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_changes_decided_by_idx")
                    .table("policy_changes")
                    .col("decided_by")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("policy_changes_acknowledged_by_idx")
                    .table("policy_changes")
                    .col("acknowledged_by")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("policy_changes").to_owned())
            .await
    }
}
