//! Tools of MCP servers: what is pinned of each, and what its server gives now.

use sea_orm::entity::prelude::*;

/// One row of `tool_definitions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_definitions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub target_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub target: String,
    #[sea_orm(column_type = "Text")]
    pub server: String,
    #[sea_orm(column_type = "Text")]
    pub tool: String,
    #[sea_orm(column_type = "Text")]
    pub pinned_digest: String,
    #[sea_orm(column_type = "Text")]
    pub pinned: String,
    pub pinned_at: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub seen_digest: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub seen: Option<String>,
    pub seen_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub accepted_by: Option<String>,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
