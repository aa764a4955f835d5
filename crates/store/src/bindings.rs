//! Policy versions with their settings and what they cover.

use countersign_model::{BindingId, PolicyId, PolicyVersionId, Selector, Stage, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::{
    Store, StoreError,
    entity::{
        bindings::{ActiveModel, Column, Entity, Model},
        policies, policy_versions,
    },
    policies::version_number,
    text,
};

const TABLE: &str = "bindings";

/// Room between positions for later insertions.
const POSITION_STEP: i32 = 10;

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
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// Settings.
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// Whether it is obeyed.
    pub stage: Stage,
    /// Its place in the order of evaluation.
    pub position: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A binding to make.
#[derive(Debug, Clone)]
pub struct NewBinding {
    /// The version.
    pub policy_version_id: PolicyVersionId,
    /// Settings, checked by the caller.
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// Whether it is obeyed.
    pub stage: Stage,
    /// Its place in the order of evaluation; last where absent.
    pub position: Option<i32>,
}

/// What to change; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct BindingChange {
    /// Another version, checked by the caller to be of the same policy.
    pub policy_version_id: Option<PolicyVersionId>,
    /// Settings, checked by the caller.
    pub settings: Option<serde_json::Value>,
    /// What it covers.
    pub selector: Option<Selector>,
    /// Whether it is obeyed.
    pub stage: Option<Stage>,
    /// Its place in the order of evaluation.
    pub position: Option<i32>,
}

impl Store {
    /// Makes a binding.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_binding(
        &self,
        new: NewBinding,
        now: Timestamp,
    ) -> Result<BindingRecord, StoreError> {
        let mut change = self.change().await?;
        // First, for its lock: two bindings made at once must not get one position.
        change.matters_to_edges().await?;
        let position = match new.position {
            Some(position) => position,
            None => next_position(change.db()).await?,
        };
        let row = ActiveModel {
            id: Set(BindingId::new().as_uuid()),
            policy_version_id: Set(new.policy_version_id.as_uuid()),
            settings: Set(text::to_json(&new.settings)?),
            selector: Set(text::to_json(&new.selector)?),
            stage: Set(text::to_name(&new.stage)?),
            position: Set(position),
            created_at: Set(now.as_millis()),
            updated_at: Set(now.as_millis()),
            revoked_at: Set(None),
        };
        let row = row.insert(change.db()).await?;
        let record = name(change.db(), row).await?;
        change.commit().await?;
        Ok(record)
    }

    /// One binding.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was removed.
    pub async fn binding(&self, id: BindingId) -> Result<BindingRecord, StoreError> {
        let row = find(&self.read, id).await?;
        name(&self.read, row).await
    }

    /// Every binding, in the order of evaluation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bindings(&self) -> Result<Vec<BindingRecord>, StoreError> {
        all(&self.read).await
    }

    /// Changes a binding.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn update_binding(
        &self,
        id: BindingId,
        to: BindingChange,
        now: Timestamp,
    ) -> Result<BindingRecord, StoreError> {
        let mut change = self.change().await?;
        let mut row = find(change.db(), id).await?.into_active_model();
        if let Some(version) = to.policy_version_id {
            row.policy_version_id = Set(version.as_uuid());
        }
        if let Some(settings) = to.settings {
            row.settings = Set(text::to_json(&settings)?);
        }
        if let Some(selector) = to.selector {
            row.selector = Set(text::to_json(&selector)?);
        }
        if let Some(stage) = to.stage {
            row.stage = Set(text::to_name(&stage)?);
        }
        if let Some(position) = to.position {
            row.position = Set(position);
        }
        row.updated_at = Set(now.as_millis());
        let row = row.update(change.db()).await?;
        let record = name(change.db(), row).await?;
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(record)
    }

    /// Removes a binding.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_binding(&self, id: BindingId, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let mut row = find(change.db(), id).await?.into_active_model();
        row.revoked_at = Set(Some(now.as_millis()));
        row.update(change.db()).await?;
        change.matters_to_edges().await?;
        change.commit().await
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

async fn find<C: ConnectionTrait>(connection: &C, id: BindingId) -> Result<Model, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .filter(Column::RevokedAt.is_null())
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("binding"))
}

async fn next_position<C: ConnectionTrait>(connection: &C) -> Result<i32, StoreError> {
    let last: Option<i32> = Entity::find()
        .select_only()
        .column_as(Column::Position.max(), "last")
        .filter(Column::RevokedAt.is_null())
        .into_tuple::<Option<i32>>()
        .one(connection)
        .await?
        .flatten();
    Ok(last.unwrap_or(0).saturating_add(POSITION_STEP))
}

async fn name<C: ConnectionTrait>(connection: &C, row: Model) -> Result<BindingRecord, StoreError> {
    let version = policy_versions::Entity::find_by_id(row.policy_version_id)
        .find_also_related(policies::Entity)
        .one(connection)
        .await?;
    let (version, policy) = version.map_or((None, None), |(v, p)| (Some(v), p));
    to_record(row, version, policy)
}

fn to_record(
    row: Model,
    version: Option<policy_versions::Model>,
    policy: Option<policies::Model>,
) -> Result<BindingRecord, StoreError> {
    let version = version.ok_or(StoreError::NotFound("policy version"))?;
    let policy = policy.ok_or(StoreError::NotFound("policy"))?;
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
        position: row.position,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}
