//! What happened at the control plane: who signed in, asked, approved, locked, and who was refused.

use countersign_model::{AuditEventId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::Value;

use crate::{
    Store, StoreError,
    entity::audit_events::{ActiveModel, Column, Entity, Model},
    text,
};

const TABLE: &str = "audit_events";

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEventRecord {
    /// Which; later ones are greater.
    pub id: AuditEventId,
    /// What happened, such as `sign_in.refused`.
    pub kind: String,
    /// Who did it: a person's e-mail address or a principal's name; `None` where nobody is known.
    pub actor: Option<String>,
    /// What it was done to, by name or id.
    pub subject: Option<String>,
    /// More of it; never a secret.
    pub detail: Value,
    /// When.
    pub at: Timestamp,
}

/// Something that happened, to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEvent {
    /// What happened, such as `sign_in.refused`.
    pub kind: String,
    /// Who did it: a person's e-mail address or a principal's name; `None` where nobody is known.
    pub actor: Option<String>,
    /// What it was done to, by name or id.
    pub subject: Option<String>,
    /// More of it; never a secret.
    pub detail: Value,
}

/// Which events are asked for.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Of this kind, or of a family of kinds where it ends with a dot (`sign_in.`).
    pub kind: Option<String>,
    /// Later than this.
    pub after: Option<Timestamp>,
    /// Earlier than this one.
    pub before_id: Option<AuditEventId>,
    /// At most so many.
    pub limit: u64,
}

impl TryFrom<Model> for AuditEventRecord {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: AuditEventId::from_uuid(row.id),
            detail: text::from_json(TABLE, "detail", &row.detail)?,
            kind: row.kind,
            actor: row.actor,
            subject: row.subject,
            at: Timestamp::from_millis(row.created_at),
        })
    }
}

impl Store {
    /// Keeps what happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_audit(
        &self,
        new: NewAuditEvent,
        now: Timestamp,
    ) -> Result<AuditEventRecord, StoreError> {
        let change = self.change().await?;
        let event = insert(change.db(), new, now).await?;
        change.commit().await?;
        Ok(event)
    }

    /// What happened, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_events(
        &self,
        query: &AuditQuery,
    ) -> Result<Vec<AuditEventRecord>, StoreError> {
        let mut select = Entity::find().order_by_desc(Column::Id).limit(query.limit);
        match query.kind.as_deref() {
            Some(family) if family.ends_with('.') => {
                select = select.filter(Column::Kind.starts_with(family));
            }
            Some(kind) => select = select.filter(Column::Kind.eq(kind)),
            None => {}
        }
        if let Some(after) = query.after {
            select = select.filter(Column::CreatedAt.gt(after.as_millis()));
        }
        if let Some(before) = query.before_id {
            select = select.filter(Column::Id.lt(before.as_uuid()));
        }
        let rows = select.all(&self.read).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

/// Keeps what happened, as a part of the change that made it happen.
pub(crate) async fn insert<C: ConnectionTrait>(
    connection: &C,
    new: NewAuditEvent,
    now: Timestamp,
) -> Result<AuditEventRecord, StoreError> {
    let row = ActiveModel {
        id: Set(AuditEventId::new().as_uuid()),
        kind: Set(new.kind),
        actor: Set(new.actor),
        subject: Set(new.subject),
        detail: Set(text::to_json(&new.detail)?),
        created_at: Set(now.as_millis()),
    };
    row.insert(connection).await?.try_into()
}
