//! Columns that many tables have.

use sea_orm_migration::{prelude::*, schema};

/// `id`, the primary key.
pub fn id() -> ColumnDef {
    schema::pk_uuid("id")
}

/// A text that is the primary key.
pub fn pk_text(name: &'static str) -> ColumnDef {
    schema::text(name).primary_key().take()
}

/// An integer that is the primary key and not generated.
pub fn pk_integer(name: &'static str) -> ColumnDef {
    schema::integer(name).primary_key().take()
}

/// A moment.
pub fn at(name: &'static str) -> ColumnDef {
    schema::big_integer(name)
}

/// A moment that may not have come.
pub fn at_null(name: &'static str) -> ColumnDef {
    schema::big_integer_null(name)
}

/// `table.column` names a row of `to` by its id.
pub fn references(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, column)
        .to(to, "id")
        .to_owned()
}
