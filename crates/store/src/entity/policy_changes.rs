//! Every change of what is enforced: proposed, decided, applied.

use sea_orm::entity::prelude::*;

/// One row of `policy_changes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_changes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub before: String,
    #[sea_orm(column_type = "Text")]
    pub after: String,
    pub policy_id: Option<Uuid>,
    pub binding_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub policies: String,
    pub requested_by: Option<Uuid>,
    pub decided_by: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub comment: String,
    #[sea_orm(column_type = "Text")]
    pub decision_comment: String,
    pub revision: Option<i64>,
    pub restores: Option<i64>,
    pub alert: bool,
    pub created_at: i64,
    pub decided_at: Option<i64>,
    pub acknowledged_at: Option<i64>,
    pub acknowledged_by: Option<Uuid>,
}

/// What a row refers to: nothing that is joined.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
