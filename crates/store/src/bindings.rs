//! Policy versions with their settings and what they cover. They change by `changes` alone.

use countersign_model::{BindingId, PolicyId, PolicyVersionId, Selector, Stage, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Guard, Store, StoreError,
    entity::{
        bindings::{Column, Entity, Model},
        policies, policy_versions,
    },
    policies::version_number,
    text,
};

const TABLE: &str = "bindings";

/// A binding with the names of what it binds.
#[derive(Debug, Clone, PartialEq)]
pub struct BindingRecord {
    /// Which.
    pub id: BindingId,
    /// The policy.
    pub policy_id: PolicyId,
    /// The policy's name.
    pub policy: String,
    /// The version.
    pub policy_version_id: PolicyVersionId,
    /// The version, as people count it.
    pub version: u32,
    /// The version's digest.
    pub digest: String,
    /// Settings.
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// How far it has come.
    pub stage: Stage,
    /// Of a canary: its part of the sessions.
    pub canary_percent: Option<u8>,
    /// The binding whose place a canary takes.
    pub replaces: Option<BindingId>,
    /// When a canary is taken back by itself.
    pub guard: Option<Guard>,
    /// When it last began as a canary, and with which revision of the bundle.
    pub canary_started_at: Option<Timestamp>,
    /// The revision with which it last began as a canary.
    pub canary_revision: Option<u64>,
    /// Its place in the order of evaluation.
    pub position: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Store {
    /// One binding.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was removed.
    pub async fn binding(&self, id: BindingId) -> Result<BindingRecord, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .filter(Column::RevokedAt.is_null())
            .one(&self.read)
            .await?
            .ok_or(StoreError::NotFound("binding"))?;
        let version = policy_versions::Entity::find_by_id(row.policy_version_id)
            .find_also_related(policies::Entity)
            .one(&self.read)
            .await?;
        let (version, policy) = version.map_or((None, None), |(v, p)| (Some(v), p));
        to_record(row, version, policy)
    }

    /// Every binding, in the order of evaluation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bindings(&self) -> Result<Vec<BindingRecord>, StoreError> {
        all(&self.read).await
    }
}

/// Every binding, in the order of evaluation.
pub(crate) async fn all<C: ConnectionTrait>(
    connection: &C,
) -> Result<Vec<BindingRecord>, StoreError> {
    let rows = Entity::find()
        .filter(Column::RevokedAt.is_null())
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .find_also_related(policy_versions::Entity)
        .and_also_related(policies::Entity)
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|(row, version, policy)| to_record(row, version, policy))
        .collect()
}

fn to_record(
    row: Model,
    version: Option<policy_versions::Model>,
    policy: Option<policies::Model>,
) -> Result<BindingRecord, StoreError> {
    let version = version.ok_or(StoreError::NotFound("policy version"))?;
    let policy = policy.ok_or(StoreError::NotFound("policy"))?;
    let revision = row.canary_revision;
    Ok(BindingRecord {
        id: BindingId::from_uuid(row.id),
        policy_id: PolicyId::from_uuid(policy.id),
        policy: policy.name,
        policy_version_id: PolicyVersionId::from_uuid(version.id),
        version: version_number(version.version)?,
        digest: version.digest,
        settings: text::from_json(TABLE, "settings", &row.settings)?,
        selector: text::from_json(TABLE, "selector", &row.selector)?,
        stage: text::from_name(TABLE, "stage", &row.stage)?,
        canary_percent: row.canary_percent.map(percent).transpose()?,
        replaces: row.replaces.map(BindingId::from_uuid),
        guard: row
            .guard
            .map(|guard| text::from_json(TABLE, "guard", &guard))
            .transpose()?,
        canary_started_at: text::moment(row.canary_started_at),
        canary_revision: revision
            .map(|revision| text::to_u64(TABLE, "canary_revision", revision))
            .transpose()?,
        position: row.position,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}

fn percent(percent: i32) -> Result<u8, StoreError> {
    u8::try_from(percent).map_err(|error| StoreError::Unreadable {
        table: TABLE,
        column: "canary_percent",
        source: Some(Box::new(error)),
    })
}
