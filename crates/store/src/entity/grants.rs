//! Time-boxed permissions for stated tasks, from the request on.

use sea_orm::entity::prelude::*;

/// One row of `grants`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    pub principal_id: Uuid,
    #[sea_orm(column_type = "Text", nullable)]
    pub on_behalf_of: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub requested_by: String,
    pub requested_by_user: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub targets: String,
    #[sea_orm(column_type = "Text")]
    pub operations: String,
    #[sea_orm(column_type = "Text")]
    pub task: String,
    pub duration_seconds: i64,
    pub extends: Option<Uuid>,
    pub break_glass: bool,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    #[sea_orm(column_type = "Text")]
    pub decision: String,
    pub quorum: i32,
    pub requested_at: i64,
    pub decide_until: Option<i64>,
    pub decided_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub ended_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub ended_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub end_reason: Option<String>,
    pub updated_at: i64,
}

/// What a row refers to.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::principals::Entity",
        from = "Column::PrincipalId",
        to = "super::principals::Column::Id"
    )]
    Principal,
}

impl Related<super::principals::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Principal.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
