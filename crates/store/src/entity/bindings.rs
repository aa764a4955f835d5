//! Policy versions with their settings and what they cover.

use sea_orm::entity::prelude::*;

/// One row of `bindings`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bindings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub policy_version_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub settings: String,
    #[sea_orm(column_type = "Text")]
    pub selector: String,
    #[sea_orm(column_type = "Text")]
    pub stage: String,
    pub position: i32,
    pub canary_percent: Option<i32>,
    pub replaces: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub guard: Option<String>,
    pub canary_started_at: Option<i64>,
    pub canary_revision: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub revoked_at: Option<i64>,
}

/// What a row refers to.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::policy_versions::Entity",
        from = "Column::PolicyVersionId",
        to = "super::policy_versions::Column::Id"
    )]
    PolicyVersion,
}

impl Related<super::policy_versions::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::PolicyVersion.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
