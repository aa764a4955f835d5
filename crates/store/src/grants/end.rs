//! Ending a grant, or a request for one.

use std::collections::HashSet;

use countersign_model::{GrantId, GrantState, TargetId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};
use uuid::Uuid;

use super::{
    GrantRecord, TABLE,
    event::{self, Step},
    read, vote,
};
use crate::{
    Store, StoreError,
    change::Change,
    entity::{
        grants::{ActiveModel, Column, Entity, Model},
        targets,
    },
    text,
};

/// Grants that one sweep ends.
const SWEEP: u64 = 500;

/// An end that somebody makes.
#[derive(Debug, Clone)]
pub struct GrantEnd {
    /// How it ends: `withdrawn` a request, `revoked` or `completed` a grant in force.
    pub to: GrantState,
    /// Who ends it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

/// Why something does not end.
#[derive(Debug, thiserror::Error)]
pub enum EndGrantError {
    /// It stands where it cannot end so.
    #[error("the grant cannot end so from where it stands")]
    WrongState(GrantState),
    /// The database failed.
    #[error("the grant was not ended")]
    Store(#[from] StoreError),
}

impl Store {
    /// Ends a grant or a request; of all callers one succeeds. What was asked for to follow on a
    /// revoked grant ends with it. Returns all that ended, the named one first.
    ///
    /// # Errors
    /// `WrongState` when it has ended, or is not yet in force.
    pub async fn end_grant(
        &self,
        id: GrantId,
        end: GrantEnd,
        now: Timestamp,
    ) -> Result<Vec<GrantRecord>, EndGrantError> {
        let mut change = self.change().await?;
        let row = vote::lock(change.db(), id).await?;
        let state = state(&row, now)?;
        let from = match end.to {
            GrantState::Withdrawn => GrantState::Requested,
            _ => GrantState::Active,
        };
        if state != from {
            return Err(EndGrantError::WrongState(state));
        }
        let mut ended = vec![row.id];
        let (by, why) = (Some(end.by), end.reason);
        finish(change.db(), row.id, end.to, by.clone(), why.clone(), now).await?;
        if end.to == GrantState::Revoked {
            for follower in followers(change.db(), row.id).await? {
                finish(change.db(), follower, end.to, by.clone(), why.clone(), now).await?;
                ended.push(follower);
            }
        }
        if state == GrantState::Active {
            change.matters_to_edges().await?;
        }
        let records = read::these(change.db(), &ended).await?;
        for record in &records {
            event::keep(change.db(), record, Step::Came, by.as_deref(), now).await?;
        }
        change.commit().await?;
        Ok(records)
    }

    /// Ends what nobody decided in time, and grants whose time is over; tells which.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_grants(&self, now: Timestamp) -> Result<Vec<GrantRecord>, StoreError> {
        let due = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(due(now))
            .order_by_asc(Column::Id)
            .limit(SWEEP);
        let ids: Vec<Uuid> = due.into_tuple().all(&self.read).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut change = self.change().await?;
        // Another control plane may sweep at the same moment.
        let rows = Entity::find()
            .filter(Column::Id.is_in(ids))
            .filter(self::due(now))
            .order_by_asc(Column::Id)
            .lock(LockType::Update)
            .all(change.db())
            .await?;
        let expired: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        for row in rows {
            let was = text::from_name::<GrantState>(TABLE, "state", &row.state)?;
            let why = match was {
                GrantState::Requested => "nobody decided in time",
                _ => "its time is over",
            };
            let why = Some(why.to_owned());
            finish(change.db(), row.id, GrantState::Expired, None, why, now).await?;
            if was == GrantState::Active {
                change.matters_to_edges().await?;
            }
        }
        let records = read::these(change.db(), &expired).await?;
        for record in &records {
            event::keep(change.db(), record, Step::Came, None, now).await?;
        }
        change.commit().await?;
        Ok(records)
    }
}

/// Whose time has come.
fn due(now: Timestamp) -> Condition {
    let until = now.as_millis();
    let undecided = Column::State
        .eq(GrantState::Requested.as_str())
        .and(Column::DecideUntil.lte(until));
    let over = Column::State
        .eq(GrantState::Active.as_str())
        .and(Column::ExpiresAt.lte(until));
    Condition::any().add(undecided).add(over)
}

/// Where a row stands at `now`, whether or not a sweep has seen it.
fn state(row: &Model, now: Timestamp) -> Result<GrantState, StoreError> {
    let state = text::from_name(TABLE, "state", &row.state)?;
    let until = match state {
        GrantState::Requested => row.decide_until,
        GrantState::Active => row.expires_at,
        _ => None,
    };
    let over = until.is_some_and(|until| until <= now.as_millis());
    Ok(if over { GrantState::Expired } else { state })
}

/// Writes an end down; the row is locked by this change.
pub(super) async fn finish<C: ConnectionTrait>(
    connection: &C,
    id: Uuid,
    to: GrantState,
    by: Option<String>,
    why: Option<String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut row = ActiveModel {
        id: Set(id),
        state: Set(to.as_str().to_owned()),
        ended_at: Set(Some(now.as_millis())),
        ended_by: Set(by),
        end_reason: Set(why),
        updated_at: Set(now.as_millis()),
        ..Default::default()
    };
    if to == GrantState::Denied {
        row.decided_at = Set(Some(now.as_millis()));
    }
    row.update(connection).await?;
    Ok(())
}

/// Ends grants and requests because what they rest on is gone: a grant is revoked, a request
/// withdrawn. Returns those that ended.
pub(crate) async fn end_all(
    change: &mut Change,
    which: Condition,
    end: Gone<'_>,
    now: Timestamp,
) -> Result<Vec<GrantRecord>, StoreError> {
    let rows = Entity::find()
        .filter(which)
        .filter(is_open())
        .order_by_asc(Column::Id)
        .lock(LockType::Update)
        .all(change.db())
        .await?;
    let mut ended = Vec::new();
    for row in rows {
        let to = match state(&row, now)? {
            GrantState::Requested => GrantState::Withdrawn,
            GrantState::Active => GrantState::Revoked,
            // The next sweep says so.
            _ => continue,
        };
        let why = Some(end.why.to_owned());
        finish(change.db(), row.id, to, end.by.map(str::to_owned), why, now).await?;
        ended.push(row.id);
    }
    if !ended.is_empty() {
        change.matters_to_edges().await?;
    }
    let records = read::these(change.db(), &ended).await?;
    for record in &records {
        event::keep(change.db(), record, Step::Came, end.by, now).await?;
    }
    Ok(records)
}

/// Why something that grants rest on is gone, and by whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gone<'a> {
    /// Who did it.
    pub by: Option<&'a str>,
    /// What happened.
    pub why: &'a str,
}

/// Ends what no target is left of, now that this one was removed.
pub(crate) async fn end_without_targets(
    change: &mut Change,
    removed: TargetId,
    by: &str,
    now: Timestamp,
) -> Result<Vec<GrantRecord>, StoreError> {
    // The list is JSON, and an id is like no other text in it.
    let named = Column::Targets.contains(removed.as_uuid().to_string());
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(named)
        .filter(is_open())
        .into_tuple()
        .all(change.db())
        .await?;
    let live: HashSet<Uuid> = targets::Entity::find()
        .select_only()
        .column(targets::Column::Id)
        .filter(targets::Column::RevokedAt.is_null())
        .into_tuple::<Uuid>()
        .all(change.db())
        .await?
        .into_iter()
        .collect();
    let grants = read::these(change.db(), &ids).await?;
    let is_over = |grant: &&GrantRecord| {
        let mut targets = grant.targets.iter();
        !targets.any(|target| live.contains(&target.id.as_uuid()))
    };
    let over = grants
        .iter()
        .filter(is_over)
        .map(|grant| grant.id.as_uuid());
    let over = Condition::all().add(Column::Id.is_in(over));
    let end = Gone {
        by: Some(by),
        why: "the target was removed",
    };
    end_all(change, over, end, now).await
}

/// What has not ended.
fn is_open() -> Condition {
    let open = [GrantState::Requested.as_str(), GrantState::Active.as_str()];
    Condition::all().add(Column::State.is_in(open))
}

/// What follows on a grant, directly or not, and has not ended.
async fn followers<C: ConnectionTrait>(
    connection: &C,
    first: Uuid,
) -> Result<Vec<Uuid>, StoreError> {
    let open = [GrantState::Requested.as_str(), GrantState::Active.as_str()];
    let mut found: Vec<Uuid> = Vec::new();
    let mut of = vec![first];
    while !of.is_empty() {
        // One that ended may still have followers that did not.
        let next = Entity::find()
            .filter(Column::Extends.is_in(of))
            .order_by_asc(Column::Id)
            .lock(LockType::Update)
            .all(connection)
            .await?;
        of = next.iter().map(|row| row.id).collect();
        let live = next.iter().filter(|row| open.contains(&row.state.as_str()));
        found.extend(live.map(|row| row.id));
    }
    Ok(found)
}
