//! Time-boxed permissions for stated tasks, from the request on.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, integer, text, text_null, uuid, uuid_null},
};

use crate::columns::{at, at_null, id, references};

/// Creates `grants`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("grants")
                    .col(id())
                    .col(text("state"))
                    .col(uuid("principal_id"))
                    .col(text_null("on_behalf_of"))
                    .col(text("requested_by"))
                    .col(uuid_null("requested_by_user"))
                    .col(text("targets"))
                    .col(text("operations"))
                    .col(text("task"))
                    .col(big_integer("duration_seconds"))
                    .col(uuid_null("extends"))
                    .col(boolean("break_glass"))
                    .col(text("reason"))
                    .col(text("decision"))
                    .col(integer("quorum"))
                    .col(at("requested_at"))
                    .col(at_null("decide_until"))
                    .col(at_null("decided_at"))
                    .col(at_null("expires_at"))
                    .col(at_null("ended_at"))
                    .col(text_null("ended_by"))
                    .col(text_null("end_reason"))
                    .col(at("updated_at"))
                    .foreign_key(&mut references("grants", "principal_id", "principals"))
                    .foreign_key(&mut references("grants", "requested_by_user", "users"))
                    .foreign_key(&mut references("grants", "extends", "grants"))
                    .to_owned(),
            )
            .await?;
        for (name, columns) in [
            ("grants_state_expires_at_idx", vec!["state", "expires_at"]),
            (
                "grants_state_decide_until_idx",
                vec!["state", "decide_until"],
            ),
            ("grants_principal_id_idx", vec!["principal_id"]),
            ("grants_requested_by_user_idx", vec!["requested_by_user"]),
            ("grants_extends_idx", vec!["extends"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("grants");
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("grants").to_owned())
            .await
    }
}
