//! What an admin has stopped: locks hold until they are lifted or have expired, and each setting and
//! lifting raises the bundle's revision.

mod subject;

use countersign_model::{Lock, LockId, LockSubject, Principal, PrincipalKind, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use serde_json::json;

use crate::{
    NewAuditEvent, Store, StoreError,
    change::Change,
    entity::{
        locks::{ActiveModel, Column, Entity, Model},
        sessions,
    },
    text,
};

/// A lock, in force or not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRecord {
    /// Which.
    pub id: LockId,
    /// What is locked.
    pub subject: LockSubject,
    /// What people called it when it was locked.
    pub name: String,
    /// Why, as clients are told.
    pub reason: String,
    /// When it was set.
    pub created_at: Timestamp,
    /// Who set it, by e-mail address; nobody where the control plane did by itself.
    pub created_by: Option<String>,
    /// When it lifts itself.
    pub expires_at: Option<Timestamp>,
    /// When it was lifted.
    pub lifted_at: Option<Timestamp>,
    /// Who lifted it; nobody where it expired.
    pub lifted_by: Option<String>,
}

/// A lock to set.
#[derive(Debug, Clone)]
pub struct NewLock {
    /// What is locked.
    pub subject: LockSubject,
    /// Why, as clients are told.
    pub reason: String,
    /// Who sets it; nobody where the control plane does by itself.
    pub by: Option<String>,
    /// When it lifts itself.
    pub expires_at: Option<Timestamp>,
}

impl TryFrom<Model> for LockRecord {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: LockId::from_uuid(row.id),
            subject: subject::read(&row.kind, &row.subject)?,
            name: row.name,
            reason: row.reason,
            created_at: Timestamp::from_millis(row.created_at),
            created_by: row.created_by,
            expires_at: text::moment(row.expires_at),
            lifted_at: text::moment(row.lifted_at),
            lifted_by: row.lifted_by,
        })
    }
}

impl Store {
    /// Locks something that there is. A second lock on the same thing is one more to lift.
    ///
    /// # Errors
    /// `NotFound` when there is no such thing.
    pub async fn create_lock(
        &self,
        new: NewLock,
        now: Timestamp,
    ) -> Result<LockRecord, StoreError> {
        let mut change = self.change().await?;
        let record = create(&mut change, new, now).await?;
        change.commit().await?;
        Ok(record)
    }

    /// Locks, newest first, from behind `after`: those in force, or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn locks(
        &self,
        lifted: bool,
        after: Option<LockId>,
        limit: u64,
        now: Timestamp,
    ) -> Result<Vec<LockRecord>, StoreError> {
        let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
        if !lifted {
            query = query.filter(in_force(now));
        }
        if let Some(after) = after {
            query = query.filter(Column::Id.lt(after.as_uuid()));
        }
        let rows = query.all(&self.read).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Lifts a lock. An edge that was locked for running twice may say anew which instance it is.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was lifted or has expired.
    pub async fn lift_lock(
        &self,
        id: LockId,
        by: &str,
        now: Timestamp,
    ) -> Result<LockRecord, StoreError> {
        let mut change = self.change().await?;
        let row = Entity::find_by_id(id.as_uuid())
            .filter(in_force(now))
            .one(change.db())
            .await?
            .ok_or(StoreError::NotFound("lock in force"))?;
        let record = end(&change, row, Some(by), now).await?;
        if let LockSubject::Edge { id } = &record.subject {
            crate::edge_keys::forget_instance(change.db(), *id).await?;
        }
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(record)
    }

    /// Lifts the locks whose time is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_locks(&self, now: Timestamp) -> Result<Vec<LockRecord>, StoreError> {
        let over = Condition::all()
            .add(Column::LiftedAt.is_null())
            .add(Column::ExpiresAt.lte(now.as_millis()));
        let any = Entity::find().filter(over.clone()).one(&self.read).await?;
        if any.is_none() {
            return Ok(Vec::new());
        }
        let mut change = self.change().await?;
        let mut expired = Vec::new();
        for row in Entity::find().filter(over).all(change.db()).await? {
            expired.push(end(&change, row, None, now).await?);
        }
        if !expired.is_empty() {
            change.matters_to_edges().await?;
        }
        change.commit().await?;
        Ok(expired)
    }

    /// The lock that stops a principal, where one does: on itself, on the human it is or acts for,
    /// or on its owner.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_on(
        &self,
        principal: &Principal,
        now: Timestamp,
    ) -> Result<Option<LockRecord>, StoreError> {
        let mut humans: Vec<&str> = Vec::new();
        if principal.kind == PrincipalKind::Human {
            humans.push(&principal.name);
        }
        humans.extend(principal.on_behalf_of.as_deref());
        humans.extend(principal.owner.as_deref());
        let by_human = Condition::all()
            .add(Column::Kind.eq("human"))
            .add(Column::Subject.is_in(humans));
        let itself = Condition::all()
            .add(Column::Kind.eq("principal"))
            .add(Column::Subject.eq(principal.id.to_string()));
        self.first_lock(Condition::any().add(by_human).add(itself), now)
            .await
    }

    /// The lock that stops a person with this e-mail address, where one does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_on_human(
        &self,
        email: &str,
        now: Timestamp,
    ) -> Result<Option<LockRecord>, StoreError> {
        let human = Condition::all()
            .add(Column::Kind.eq("human"))
            .add(Column::Subject.eq(email));
        self.first_lock(human, now).await
    }

    async fn first_lock(
        &self,
        on: Condition,
        now: Timestamp,
    ) -> Result<Option<LockRecord>, StoreError> {
        let row = Entity::find()
            .filter(on)
            .filter(in_force(now))
            .order_by_asc(Column::Id)
            .one(&self.read)
            .await?;
        row.map(TryInto::try_into).transpose()
    }
}

/// Locks something within a change, which then matters to edges.
pub(crate) async fn create(
    change: &mut Change,
    new: NewLock,
    now: Timestamp,
) -> Result<LockRecord, StoreError> {
    let name = subject::name(change.db(), &new.subject).await?;
    let by = new.by.clone();
    let (kind, subject) = subject::write(&new.subject);
    let row = ActiveModel {
        id: Set(LockId::new().as_uuid()),
        kind: Set(kind.to_owned()),
        subject: Set(subject),
        name: Set(name),
        reason: Set(new.reason),
        created_at: Set(now.as_millis()),
        created_by: Set(new.by),
        expires_at: Set(new.expires_at.map(|at| at.as_millis())),
        lifted_at: Set(None),
        lifted_by: Set(None),
    };
    let row = row.insert(change.db()).await?;
    change.matters_to_edges().await?;
    let record = row.try_into()?;
    audit(change, "lock.set", by, &record, now).await?;
    Ok(record)
}

/// The locks in force that stop an edge.
pub(crate) async fn of_edge<C: ConnectionTrait>(
    connection: &C,
    id: countersign_model::EdgeId,
    now: Timestamp,
) -> Result<Vec<LockRecord>, StoreError> {
    let rows = Entity::find()
        .filter(Column::Kind.eq("edge"))
        .filter(Column::Subject.eq(id.to_string()))
        .filter(in_force(now))
        .all(connection)
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// What edges are told: every lock in force, save for those on sessions that have ended.
pub(crate) async fn for_bundle<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
) -> Result<Vec<Lock>, StoreError> {
    let rows = Entity::find()
        .filter(in_force(now))
        .order_by_asc(Column::Id)
        .all(connection)
        .await?;
    let records: Vec<LockRecord> = rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<Result<_, _>>()?;
    let sessions = records.iter().filter_map(|record| match record.subject {
        LockSubject::Session { id } => Some(id.as_uuid()),
        _ => None,
    });
    let sessions: Vec<_> = sessions.collect();
    let ended: Vec<uuid::Uuid> = if sessions.is_empty() {
        Vec::new()
    } else {
        sessions::Entity::find()
            .select_only()
            .column(sessions::Column::Id)
            .filter(sessions::Column::Id.is_in(sessions))
            .filter(sessions::Column::ClosedAt.is_not_null())
            .into_tuple()
            .all(connection)
            .await?
    };
    let tells = |record: &LockRecord| !matches!(record.subject, LockSubject::Session { id } if ended.contains(&id.as_uuid()));
    Ok(records
        .into_iter()
        .filter(tells)
        .map(|record| Lock {
            id: record.id,
            subject: record.subject,
            reason: record.reason,
        })
        .collect())
}

async fn end(
    change: &Change,
    row: Model,
    by: Option<&str>,
    now: Timestamp,
) -> Result<LockRecord, StoreError> {
    let mut row = row.into_active_model();
    row.lifted_at = Set(Some(now.as_millis()));
    row.lifted_by = Set(by.map(str::to_owned));
    let record = row.update(change.db()).await?.try_into()?;
    audit(change, "lock.lifted", by.map(str::to_owned), &record, now).await?;
    Ok(record)
}

async fn audit(
    change: &Change,
    kind: &str,
    actor: Option<String>,
    lock: &LockRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = NewAuditEvent {
        kind: kind.to_owned(),
        actor,
        subject: Some(lock.name.clone()),
        detail: json!({ "lock_id": lock.id, "subject": lock.subject, "reason": lock.reason }),
    };
    crate::audit::insert(change.db(), event, now).await?;
    Ok(())
}

fn in_force(now: Timestamp) -> Condition {
    Condition::all().add(Column::LiftedAt.is_null()).add(
        Condition::any()
            .add(Column::ExpiresAt.is_null())
            .add(Column::ExpiresAt.gt(now.as_millis())),
    )
}
