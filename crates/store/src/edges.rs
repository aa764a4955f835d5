//! Enrolled edges.

use std::collections::HashMap;

use countersign_model::{EdgeId, EdgeStatus, Timestamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{
        edges::{ActiveModel, Column, Entity, Model},
        join_tokens, journals,
    },
    error::taken,
    policy_settings, rollouts, text,
};

const TABLE: &str = "edges";

/// An enrolled edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeRecord {
    /// Which.
    pub id: EdgeId,
    /// Its name.
    pub name: String,
    /// Its Ed25519 public key, base64.
    pub public_key: String,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it last said anything.
    pub last_seen_at: Option<Timestamp>,
    /// What it last said of itself, and when that arrived.
    pub status: Option<(EdgeStatus, Timestamp)>,
    /// The last record of its newest journal that is committed.
    pub acked_seq: u64,
}

/// An edge to enroll.
#[derive(Debug, Clone)]
pub struct NewEdge {
    /// Its name; the join token's where absent.
    pub name: Option<String>,
    /// Its Ed25519 public key, base64.
    pub public_key: String,
    /// Its software version.
    pub version: String,
}

fn to_record(row: Model, acked_seq: u64) -> Result<EdgeRecord, StoreError> {
    let status = match (&row.status, row.status_at) {
        (Some(status), Some(at)) => Some((
            text::from_json(TABLE, "status", status)?,
            Timestamp::from_millis(at),
        )),
        _ => None,
    };
    Ok(EdgeRecord {
        id: EdgeId::from_uuid(row.id),
        name: row.name,
        public_key: row.public_key,
        enrolled_at: Timestamp::from_millis(row.enrolled_at),
        revoked_at: text::moment(row.revoked_at),
        last_seen_at: text::moment(row.last_seen_at),
        status,
        acked_seq,
    })
}

impl Store {
    /// Uses a join token up and enrolls an edge.
    ///
    /// # Errors
    /// `NotFound` when the token is unknown, used, revoked or expired; `NameTaken`.
    pub async fn enroll_edge(
        &self,
        token_sha256: &str,
        new: NewEdge,
        now: Timestamp,
    ) -> Result<EdgeRecord, StoreError> {
        let mut change = self.change().await?;
        let id = EdgeId::new();
        // One statement decides who was first.
        let used = join_tokens::Entity::update_many()
            .col_expr(join_tokens::Column::UsedAt, Expr::value(now.as_millis()))
            .filter(join_tokens::Column::SecretSha256.eq(token_sha256))
            .filter(join_tokens::Column::UsedAt.is_null())
            .filter(join_tokens::Column::RevokedAt.is_null())
            .filter(join_tokens::Column::ExpiresAt.gt(now.as_millis()))
            .exec(change.db())
            .await?;
        if used.rows_affected != 1 {
            return Err(StoreError::NotFound("join token"));
        }
        let token = join_tokens::Entity::find()
            .filter(join_tokens::Column::SecretSha256.eq(token_sha256))
            .one(change.db())
            .await?
            .ok_or(StoreError::NotFound("join token"))?;
        let row = ActiveModel {
            id: Set(id.as_uuid()),
            name: Set(new.name.unwrap_or(token.name)),
            public_key: Set(new.public_key),
            version: Set(new.version),
            enrolled_at: Set(now.as_millis()),
            revoked_at: Set(None),
            last_seen_at: Set(Some(now.as_millis())),
            status: Set(None),
            status_at: Set(None),
            previous_key: Set(None),
            key_rotated_at: Set(None),
            generation: Set(None),
            instance: Set(None),
            instance_started_at: Set(None),
        };
        let row = row.insert(change.db()).await.map_err(taken("edge"))?;
        join_tokens::Entity::update_many()
            .col_expr(join_tokens::Column::EdgeId, Expr::value(id.as_uuid()))
            .filter(join_tokens::Column::Id.eq(token.id))
            .exec(change.db())
            .await?;
        policy_settings::edges_changed(&mut change).await?;
        change.commit().await?;
        to_record(row, 0)
    }

    /// One edge, revoked or not.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn edge(&self, id: EdgeId) -> Result<EdgeRecord, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .one(&self.read)
            .await?
            .ok_or(StoreError::NotFound("edge"))?;
        let acked = acked(&self.read, &[row.id]).await?;
        let acked_seq = acked.get(&row.id).copied().unwrap_or(0);
        to_record(row, acked_seq)
    }

    /// The public key of an edge that was not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn edge_key(&self, id: EdgeId) -> Result<Option<String>, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .filter(Column::RevokedAt.is_null())
            .one(&self.read)
            .await?;
        Ok(row.map(|row| row.public_key))
    }

    /// Edges in the order of their enrollment, from behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn edges(
        &self,
        after: Option<EdgeId>,
        limit: u64,
    ) -> Result<Vec<EdgeRecord>, StoreError> {
        let mut query = Entity::find().order_by_asc(Column::Id).limit(limit);
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after.as_uuid()));
        }
        let rows = query.all(&self.read).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let acked = acked(&self.read, &ids).await?;
        rows.into_iter()
            .map(|row| {
                let acked_seq = acked.get(&row.id).copied().unwrap_or(0);
                to_record(row, acked_seq)
            })
            .collect()
    }

    /// Keeps what an edge says of itself.
    ///
    /// # Errors
    /// `NotFound` when there is no such edge, or it was revoked.
    pub async fn note_edge_status(
        &self,
        id: EdgeId,
        status: &EdgeStatus,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = self.change().await?;
        let noted = Entity::update_many()
            .col_expr(Column::Status, Expr::value(text::to_json(status)?))
            .col_expr(Column::StatusAt, Expr::value(now.as_millis()))
            .col_expr(Column::LastSeenAt, Expr::value(now.as_millis()))
            .col_expr(Column::Version, Expr::value(status.version.as_str()))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::RevokedAt.is_null())
            .exec(change.db())
            .await?;
        if noted.rows_affected == 0 {
            return Err(StoreError::NotFound("edge"));
        }
        rollouts::note(change.db(), id, status, now).await?;
        change.commit().await
    }

    /// Revokes an edge.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it was revoked already.
    pub async fn revoke_edge(&self, id: EdgeId, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let revoked = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::RevokedAt.is_null())
            .exec(change.db())
            .await?;
        if revoked.rows_affected == 0 {
            return Err(StoreError::NotFound("edge"));
        }
        policy_settings::edges_changed(&mut change).await?;
        change.commit().await
    }
}

/// The last committed record of each edge's newest journal.
async fn acked<C: ConnectionTrait>(
    connection: &C,
    edges: &[Uuid],
) -> Result<HashMap<Uuid, u64>, StoreError> {
    let rows = journals::Entity::find()
        .filter(journals::Column::EdgeId.is_in(edges.iter().copied()))
        .order_by_asc(journals::Column::Epoch)
        .all(connection)
        .await?;
    // Later epochs overwrite earlier ones.
    rows.into_iter()
        .map(|row| {
            Ok((
                row.edge_id,
                text::to_u64("journals", "acked_seq", row.acked_seq)?,
            ))
        })
        .collect()
}
