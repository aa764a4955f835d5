//! Protected things.

use countersign_model::{
    DefaultVerdict, Labels, Target, TargetAccess, TargetId, TargetKind, Timestamp,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::{
    GrantRecord, Store, StoreError,
    entity::targets::{ActiveModel, Column, Entity, Model},
    error::taken,
    grants, text,
};

const TABLE: &str = "targets";

/// A target with what the policies do not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRecord {
    /// What the policies see.
    pub target: Target,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A target to add.
#[derive(Debug, Clone)]
pub struct NewTarget {
    /// The name clients connect to.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// Its labels.
    pub labels: Labels,
    /// What happens when every bound policy abstains.
    pub default_verdict: DefaultVerdict,
    /// What it takes to get in.
    pub access: TargetAccess,
}

/// What to change; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct TargetChange {
    /// The name clients connect to.
    pub name: Option<String>,
    /// Its labels, all of them.
    pub labels: Option<Labels>,
    /// What happens when every bound policy abstains.
    pub default_verdict: Option<DefaultVerdict>,
    /// What it takes to get in.
    pub access: Option<TargetAccess>,
}

impl TryFrom<Model> for TargetRecord {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            target: Target {
                id: TargetId::from_uuid(row.id),
                kind: text::from_name(TABLE, "kind", &row.kind)?,
                labels: text::from_json(TABLE, "labels", &row.labels)?,
                default_verdict: text::from_name(TABLE, "default_verdict", &row.default_verdict)?,
                access: text::from_name(TABLE, "access", &row.access)?,
                name: row.name,
            },
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

impl Store {
    /// Adds a target.
    ///
    /// # Errors
    /// `NameTaken`.
    pub async fn create_target(
        &self,
        new: NewTarget,
        now: Timestamp,
    ) -> Result<TargetRecord, StoreError> {
        let mut change = self.change().await?;
        let row = ActiveModel {
            id: Set(TargetId::new().as_uuid()),
            name: Set(new.name),
            kind: Set(text::to_name(&new.kind)?),
            labels: Set(text::to_json(&new.labels)?),
            default_verdict: Set(text::to_name(&new.default_verdict)?),
            access: Set(text::to_name(&new.access)?),
            created_at: Set(now.as_millis()),
            updated_at: Set(now.as_millis()),
            revoked_at: Set(None),
        };
        let row = row.insert(change.db()).await.map_err(taken("target"))?;
        change.matters_to_edges().await?;
        change.commit().await?;
        row.try_into()
    }

    /// One target.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was removed.
    pub async fn target(&self, id: TargetId) -> Result<TargetRecord, StoreError> {
        find(&self.read, id).await?.try_into()
    }

    /// Targets by name, from behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn targets(
        &self,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<TargetRecord>, StoreError> {
        let mut query = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .order_by_asc(Column::Name)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(Column::Name.gt(after));
        }
        let rows = query.all(&self.read).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The target of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn target_named(&self, name: &str) -> Result<Option<TargetRecord>, StoreError> {
        let found = self.targets_by_name(vec![name.to_owned()]).await?;
        Ok(found.into_iter().next())
    }

    /// Those of these targets that there are, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn targets_by_name(
        &self,
        names: Vec<String>,
    ) -> Result<Vec<TargetRecord>, StoreError> {
        let rows = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .filter(Column::Name.is_in(names))
            .order_by_asc(Column::Name)
            .all(&self.read)
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Changes a target.
    ///
    /// # Errors
    /// `NotFound`, `NameTaken`.
    pub async fn update_target(
        &self,
        id: TargetId,
        to: TargetChange,
        now: Timestamp,
    ) -> Result<TargetRecord, StoreError> {
        let mut change = self.change().await?;
        let mut row = find(change.db(), id).await?.into_active_model();
        if let Some(name) = to.name {
            row.name = Set(name);
        }
        if let Some(labels) = to.labels {
            row.labels = Set(text::to_json(&labels)?);
        }
        if let Some(default_verdict) = to.default_verdict {
            row.default_verdict = Set(text::to_name(&default_verdict)?);
        }
        if let Some(access) = to.access {
            row.access = Set(text::to_name(&access)?);
        }
        row.updated_at = Set(now.as_millis());
        let row = row.update(change.db()).await.map_err(taken("target"))?;
        change.matters_to_edges().await?;
        change.commit().await?;
        row.try_into()
    }

    /// Removes a target. Returns the grants and requests that ended: those that no target is left of.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_target(
        &self,
        id: TargetId,
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<GrantRecord>, StoreError> {
        let mut change = self.change().await?;
        let mut row = find(change.db(), id).await?.into_active_model();
        row.revoked_at = Set(Some(now.as_millis()));
        row.update(change.db()).await?;
        let ended = grants::end_without_targets(&mut change, id, by, now).await?;
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(ended)
    }
}

async fn find<C: ConnectionTrait>(connection: &C, id: TargetId) -> Result<Model, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .filter(Column::RevokedAt.is_null())
        .one(connection)
        .await?
        .ok_or(StoreError::NotFound("target"))
}
