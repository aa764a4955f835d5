//! A person may have several roles and a scope; an agent has an owner and a purpose; a target says
//! what it takes to get in.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null},
};

/// Extends `users`, `principals` and `targets`.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn columns() -> [(&'static str, ColumnDef); 5] {
    [
        ("users", text("roles").default("[]").take()),
        ("users", text_null("review_scope")),
        ("principals", text_null("owner")),
        ("principals", text("purpose").default("").take()),
        ("targets", text("access").default("standing").take()),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for (table, column) in columns() {
            manager
                .alter_table(Table::alter().table(table).add_column(column).to_owned())
                .await?;
        }
        manager
            .get_connection()
            .execute_unprepared(r#"UPDATE users SET roles = '["' || role || '"]'"#)
            .await?;
        manager
            .alter_table(Table::alter().table("users").drop_column("role").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("users")
                    .add_column(text("role").default("auditor").take())
                    .to_owned(),
            )
            .await?;
        for (role, pattern) in [("reviewer", "%\"reviewer\"%"), ("admin", "%\"admin\"%")] {
            let change = format!("UPDATE users SET role = '{role}' WHERE roles LIKE '{pattern}'");
            manager.get_connection().execute_unprepared(&change).await?;
        }
        for (table, column) in [
            ("users", "roles"),
            ("users", "review_scope"),
            ("principals", "owner"),
            ("principals", "purpose"),
            ("targets", "access"),
        ] {
            manager
                .alter_table(Table::alter().table(table).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
