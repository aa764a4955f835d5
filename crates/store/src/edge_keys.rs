//! Whether an edge is the one that enrolled: the keys it may sign with, and which start of its data
//! folder it is. A folder that was copied, or restored from an older copy, shows in that.

use countersign_model::{EdgeId, EdgeInstance, LockSubject, Timestamp};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

use serde_json::json;

use crate::{
    LockRecord, NewAuditEvent, NewLock, Store, StoreError, audit,
    change::Change,
    entity::edges::{Column, Entity, Model},
    locks, text,
};

/// The keys of an edge that was not revoked, base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeKeys {
    /// What it signs with.
    pub current: String,
    /// What it signed with before the last rotation, and when that was.
    pub previous: Option<(String, Timestamp)>,
}

/// What an edge's word on its instance came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceNote {
    /// It is the one that is known, or a later start.
    Fine,
    /// It was sent before a later start began, and says nothing.
    Late,
    /// Two run, or an older copy does: the edge is locked, since now where there is a lock.
    Cloned(Option<LockRecord>),
}

impl Store {
    /// The keys of an edge that was not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn edge_keys(&self, id: EdgeId) -> Result<Option<EdgeKeys>, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .filter(Column::RevokedAt.is_null())
            .one(&self.read)
            .await?;
        Ok(row.map(|row| EdgeKeys {
            current: row.public_key,
            previous: row.previous_key.zip(text::moment(row.key_rotated_at)),
        }))
    }

    /// Puts the key `to` in place of `from`; whether it did: an edge that did not hear the answer
    /// asks again.
    ///
    /// # Errors
    /// `NotFound` when the edge signs with another key by now.
    pub async fn rotate_edge_key(
        &self,
        id: EdgeId,
        from: &str,
        to: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let change = self.change().await?;
        let row = find(&change, id).await?;
        if row.public_key == to {
            return Ok(false);
        }
        if row.public_key != from {
            return Err(StoreError::NotFound("edge with this key"));
        }
        Entity::update_many()
            .col_expr(Column::PreviousKey, Expr::value(from))
            .col_expr(Column::PublicKey, Expr::value(to))
            .col_expr(Column::KeyRotatedAt, Expr::value(now.as_millis()))
            .filter(Column::Id.eq(row.id))
            .exec(change.db())
            .await?;
        let event = NewAuditEvent {
            kind: "edge.key_rotated".to_owned(),
            actor: None,
            subject: Some(row.name),
            detail: json!({ "edge_id": id, "public_key": to }),
        };
        audit::insert(change.db(), event, now).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Notes which start of its data folder an edge says that it is, at `at` by its own clock; one
    /// that began at `started_at`. Where two run, or an older copy does, the edge is locked.
    ///
    /// # Errors
    /// `NotFound` when there is no such edge, or it was revoked.
    pub async fn note_edge_instance(
        &self,
        id: EdgeId,
        seen: &EdgeInstance,
        started_at: Timestamp,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<InstanceNote, StoreError> {
        let known = Entity::find_by_id(id.as_uuid()).one(&self.read).await?;
        if known.is_some_and(|row| judge(&row, seen, at) == Judgement::Same) {
            return Ok(InstanceNote::Fine);
        }
        let mut change = self.change().await?;
        let row = find(&change, id).await?;
        match judge(&row, seen, at) {
            Judgement::Same => Ok(InstanceNote::Fine),
            Judgement::Late => Ok(InstanceNote::Late),
            Judgement::Newer => {
                Entity::update_many()
                    .col_expr(
                        Column::Generation,
                        Expr::value(text::to_i64(seen.generation)),
                    )
                    .col_expr(Column::Instance, Expr::value(seen.id.as_str()))
                    .col_expr(
                        Column::InstanceStartedAt,
                        Expr::value(started_at.as_millis()),
                    )
                    .filter(Column::Id.eq(row.id))
                    .exec(change.db())
                    .await?;
                change.commit().await?;
                Ok(InstanceNote::Fine)
            }
            Judgement::Cloned => {
                let lock = lock_clone(&mut change, id, TWICE, now).await?;
                change.commit().await?;
                Ok(InstanceNote::Cloned(lock))
            }
        }
    }

    /// Locks an edge whose former key was used after it had been replaced; `None` where it is
    /// locked for that already.
    ///
    /// # Errors
    /// `NotFound` when there is no such edge, or it was revoked.
    pub async fn lock_old_key(
        &self,
        id: EdgeId,
        now: Timestamp,
    ) -> Result<Option<LockRecord>, StoreError> {
        let mut change = self.change().await?;
        let lock = lock_clone(&mut change, id, OLD_KEY, now).await?;
        change.commit().await?;
        Ok(lock)
    }
}

/// What clients of a locked edge are told.
const TWICE: &str = "this edge's data folder was started twice, or restored from an older copy";
const OLD_KEY: &str = "a key of this edge was used that it had replaced: an older copy of it runs";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judgement {
    Same,
    Newer,
    Late,
    Cloned,
}

/// Each start of a data folder counts one up and takes a new id, before anybody hears of it. So an
/// edge that is killed comes back higher; a copy comes to the same number, or to a lower one.
fn judge(known: &Model, seen: &EdgeInstance, at: Timestamp) -> Judgement {
    let generation = text::to_i64(seen.generation);
    let (Some(highest), Some(instance)) = (known.generation, &known.instance) else {
        return Judgement::Newer;
    };
    if generation > highest {
        return Judgement::Newer;
    }
    if generation == highest && *instance == seen.id {
        return Judgement::Same;
    }
    // The last words of a killed edge may arrive after those of its next start, which is later by
    // the same machine's clock.
    let began = known.instance_started_at.unwrap_or(i64::MIN);
    if generation < highest && at.as_millis() <= began {
        return Judgement::Late;
    }
    Judgement::Cloned
}

/// Lifted, a lock lets whichever of the two comes first be the one.
pub(crate) async fn forget_instance<C: ConnectionTrait>(
    connection: &C,
    id: EdgeId,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Generation, Expr::value(None::<i64>))
        .col_expr(Column::Instance, Expr::value(None::<String>))
        .col_expr(Column::InstanceStartedAt, Expr::value(None::<i64>))
        .filter(Column::Id.eq(id.as_uuid()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Locks the edge, unless the control plane did so before and nobody lifted it.
async fn lock_clone(
    change: &mut Change,
    id: EdgeId,
    reason: &str,
    now: Timestamp,
) -> Result<Option<LockRecord>, StoreError> {
    let there = locks::of_edge(change.db(), id, now).await?;
    if there.iter().any(|lock| lock.created_by.is_none()) {
        return Ok(None);
    }
    let new = NewLock {
        subject: LockSubject::Edge { id },
        reason: reason.to_owned(),
        by: None,
        expires_at: None,
    };
    let lock = locks::create(change, new, now).await?;
    let event = NewAuditEvent {
        kind: "edge.cloned".to_owned(),
        actor: None,
        subject: Some(lock.name.clone()),
        detail: json!({ "edge_id": id, "lock_id": lock.id, "reason": reason }),
    };
    audit::insert(change.db(), event, now).await?;
    Ok(Some(lock))
}

async fn find(change: &Change, id: EdgeId) -> Result<Model, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .filter(Column::RevokedAt.is_null())
        .lock(LockType::Update)
        .one(change.db())
        .await?
        .ok_or(StoreError::NotFound("edge"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_shows_and_a_killed_edge_does_not() {
        let known = Model {
            id: EdgeId::new().as_uuid(),
            name: "edge-1".to_owned(),
            public_key: String::new(),
            version: String::new(),
            enrolled_at: 0,
            revoked_at: None,
            last_seen_at: None,
            status: None,
            status_at: None,
            previous_key: None,
            key_rotated_at: None,
            generation: Some(5),
            instance: Some("a".to_owned()),
            instance_started_at: Some(1_000),
        };
        let fresh = Model {
            generation: None,
            instance: None,
            instance_started_at: None,
            ..known.clone()
        };
        let cases = [
            ("the first word", &fresh, 1, "x", 0, Judgement::Newer),
            ("the same", &known, 5, "a", 2_000, Judgement::Same),
            ("the next start", &known, 6, "b", 2_000, Judgement::Newer),
            (
                "starts that never spoke",
                &known,
                9,
                "b",
                2_000,
                Judgement::Newer,
            ),
            ("two of one copy", &known, 5, "b", 2_000, Judgement::Cloned),
            ("an older copy", &known, 3, "b", 2_000, Judgement::Cloned),
            (
                "the one it was copied from",
                &known,
                4,
                "c",
                2_000,
                Judgement::Cloned,
            ),
            (
                "the last words of a killed one",
                &known,
                4,
                "c",
                999,
                Judgement::Late,
            ),
        ];
        for (name, known, generation, id, at, expected) in cases {
            let seen = EdgeInstance {
                id: id.to_owned(),
                generation,
            };
            let judged = judge(known, &seen, Timestamp::from_millis(at));
            assert_eq!(judged, expected, "{name}");
        }
    }
}
