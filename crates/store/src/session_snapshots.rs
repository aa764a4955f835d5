//! Who acted, and on what, from which record of a session on: as it opened, and after each change.

use countersign_model::{
    DefaultVerdict, EdgeId, Event, EventBody, Labels, Principal, SessionId, Target, TargetId,
    TargetKind, Timestamp,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};

use crate::{
    Store, StoreError,
    entity::{
        session_snapshots::{ActiveModel, Column, Entity},
        sessions,
    },
    text::{self, to_i64},
};

const TABLE: &str = "session_snapshots";

/// Who acted, and on what.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionSnapshot {
    /// The edge that served the session.
    pub edge_id: EdgeId,
    /// Who.
    pub principal: Principal,
    /// On what.
    pub target: Target,
}

/// A snapshot as a record tells it.
#[derive(Debug)]
pub(crate) struct NewSnapshot {
    session: SessionId,
    seq: u64,
    at: Timestamp,
    principal: Principal,
    target: String,
    labels: Labels,
    default_verdict: DefaultVerdict,
}

impl NewSnapshot {
    /// What an opening or a change tells.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let (session, principal, target, labels, default_verdict) = match &event.body {
            EventBody::SessionOpened(opened) => (
                opened.session_id,
                &opened.principal,
                &opened.target,
                &opened.labels,
                opened.default_verdict,
            ),
            EventBody::SessionChanged(changed) => (
                changed.session_id,
                &changed.principal,
                &changed.target,
                &changed.labels,
                changed.default_verdict,
            ),
            _ => return None,
        };
        Some(Self {
            session,
            seq: event.seq,
            at: event.at,
            principal: principal.clone(),
            target: target.clone(),
            labels: labels.clone(),
            default_verdict,
        })
    }
}

/// Keeps snapshots of an edge's sessions.
pub(crate) async fn insert<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    snapshots: &[NewSnapshot],
) -> Result<(), StoreError> {
    let rows: Vec<ActiveModel> = snapshots
        .iter()
        .map(|new| {
            Ok(ActiveModel {
                session_id: Set(new.session.as_uuid()),
                edge_id: Set(edge.as_uuid()),
                seq: Set(to_i64(new.seq)),
                at: Set(new.at.as_millis()),
                principal: Set(text::to_json(&new.principal)?),
                // As JSON: PostgreSQL's `text` refuses NUL.
                target: Set(text::to_json(&new.target)?),
                labels: Set(text::to_json(&new.labels)?),
                default_verdict: Set(text::to_name(&new.default_verdict)?),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    // Another epoch of the edge may name the same session only by mistake.
    Entity::insert_many(rows)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

impl Store {
    /// Who acted in a session, and on what, as of a record of it.
    ///
    /// # Errors
    /// `NotFound` when there is no such session.
    pub async fn session_snapshot(
        &self,
        session: SessionId,
        seq: u64,
    ) -> Result<SessionSnapshot, StoreError> {
        let opened = sessions::Entity::find_by_id(session.as_uuid())
            .one(&self.read)
            .await?
            .ok_or(StoreError::NotFound("session"))?;
        let newest = Entity::find()
            .filter(Column::SessionId.eq(session.as_uuid()))
            .filter(Column::EdgeId.eq(opened.edge_id))
            .filter(Column::Seq.lte(to_i64(seq)))
            .order_by_desc(Column::Seq)
            .one(&self.read)
            .await?;
        let id = TargetId::from_uuid(opened.target_id);
        let kind: TargetKind = text::from_name("sessions", "protocol", &opened.protocol)?;
        let edge_id = EdgeId::from_uuid(opened.edge_id);
        let Some(row) = newest else {
            // Recorded before snapshots were kept.
            return Ok(SessionSnapshot {
                edge_id,
                principal: text::from_json("sessions", "principal", &opened.principal)?,
                target: Target {
                    id,
                    name: opened.target,
                    kind,
                    labels: text::from_json("sessions", "labels", &opened.labels)?,
                    default_verdict: DefaultVerdict::default(),
                    access: countersign_model::TargetAccess::Standing,
                },
            });
        };
        Ok(SessionSnapshot {
            edge_id,
            principal: text::from_json(TABLE, "principal", &row.principal)?,
            target: Target {
                id,
                name: text::from_json(TABLE, "target", &row.target)?,
                kind,
                labels: text::from_json(TABLE, "labels", &row.labels)?,
                default_verdict: text::from_name(TABLE, "default_verdict", &row.default_verdict)?,
                access: countersign_model::TargetAccess::Standing,
            },
        })
    }
}
