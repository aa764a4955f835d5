//! Tools of MCP servers, as edges see them: what is pinned of each, and what its server gives now where
//! that is something else. What a person accepts is pinned from then on, on every edge.

use countersign_model::{
    TargetId, Timestamp, ToolDefinition, ToolDefinitionChanged, ToolDefinitionId, ToolPin,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};

use crate::{
    Store, StoreError,
    entity::{
        targets,
        tool_definitions::{ActiveModel, Column, Entity, Model},
    },
    text,
};

/// A tool of an MCP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolDefinitionRecord {
    /// Which.
    pub id: ToolDefinitionId,
    /// The target.
    pub target_id: TargetId,
    /// The target's name when it was seen last.
    pub target: String,
    /// The server, by the operator's name for it.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// What is pinned.
    pub pinned: ToolDefinition,
    /// Since when.
    pub pinned_at: Timestamp,
    /// Who accepted it; nobody where it is what was seen first.
    pub accepted_by: Option<String>,
    /// What the server gives now, where that is something else.
    pub seen: Option<ToolDefinition>,
    /// When it was seen first.
    pub seen_at: Option<Timestamp>,
}

impl From<Model> for ToolDefinitionRecord {
    fn from(row: Model) -> Self {
        let seen = row.seen_digest.zip(row.seen);
        Self {
            id: ToolDefinitionId::from_uuid(row.id),
            target_id: TargetId::from_uuid(row.target_id),
            target: row.target,
            server: row.server,
            tool: row.tool,
            pinned: ToolDefinition {
                digest: row.pinned_digest,
                text: row.pinned.into(),
            },
            pinned_at: Timestamp::from_millis(row.pinned_at),
            accepted_by: row.accepted_by,
            seen: seen.map(|(digest, text)| ToolDefinition {
                digest,
                text: text.into(),
            }),
            seen_at: text::moment(row.seen_at),
        }
    }
}

/// Why a definition is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// It is not what the server gives now.
    #[error("the server gives another definition by now")]
    Stale,
    /// The database failed.
    #[error("the definition was not accepted")]
    Store(#[from] StoreError),
}

impl Store {
    /// The tools of servers: those that changed first, then by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tool_definitions(
        &self,
        changed: Option<bool>,
        limit: u64,
    ) -> Result<Vec<ToolDefinitionRecord>, StoreError> {
        let changed = changed.map(|changed| match changed {
            true => Column::SeenDigest.is_not_null(),
            false => Column::SeenDigest.is_null(),
        });
        let rows = Entity::find()
            .filter(sea_orm::Condition::all().add_option(changed))
            .filter(Column::TargetId.in_subquery(live_targets()))
            .order_by_asc(Column::SeenDigest.is_null())
            .order_by_asc(Column::Target)
            .order_by_asc(Column::Server)
            .order_by_asc(Column::Tool)
            .limit(limit)
            .all(&self.read)
            .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Pins what a server gives now: what has this digest.
    ///
    /// # Errors
    /// `Stale` when the server gives something else by now; `NotFound`.
    pub async fn accept_tool_definition(
        &self,
        id: ToolDefinitionId,
        digest: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<ToolDefinitionRecord, AcceptError> {
        let mut change = self.change().await?;
        let row = Entity::find_by_id(id.as_uuid())
            .lock(LockType::Update)
            .one(change.db())
            .await
            .map_err(StoreError::from)?
            .ok_or(StoreError::NotFound("tool definition"))?;
        let (Some(seen_digest), Some(seen)) = (row.seen_digest.clone(), row.seen.clone()) else {
            return Err(AcceptError::Stale);
        };
        if seen_digest != digest {
            return Err(AcceptError::Stale);
        }
        let mut row = row.into_active_model();
        row.pinned_digest = Set(seen_digest);
        row.pinned = Set(seen);
        row.pinned_at = Set(now.as_millis());
        row.accepted_by = Set(Some(by.to_owned()));
        row.seen_digest = Set(None);
        row.seen = Set(None);
        row.seen_at = Set(None);
        let row = row.update(change.db()).await.map_err(StoreError::from)?;
        change.matters_to_edges().await?;
        change.commit().await?;
        Ok(row.into())
    }
}

fn live_targets() -> sea_orm::sea_query::SelectStatement {
    use sea_orm::QueryTrait;
    targets::Entity::find()
        .select_only()
        .column(targets::Column::Id)
        .filter(targets::Column::RevokedAt.is_null())
        .into_query()
}

/// What people have accepted, for edges.
pub(crate) async fn accepted<C: ConnectionTrait>(db: &C) -> Result<Vec<ToolPin>, StoreError> {
    let rows = Entity::find()
        .filter(Column::AcceptedBy.is_not_null())
        .filter(Column::TargetId.in_subquery(live_targets()))
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let pin = |row: Model| ToolPin {
        target_id: TargetId::from_uuid(row.target_id),
        server: row.server,
        tool: row.tool,
        digest: row.pinned_digest,
    };
    Ok(rows.into_iter().map(pin).collect())
}

/// Notes what an edge has seen. What was pinned first stays, whichever edge sees what.
pub(crate) async fn note<C: ConnectionTrait>(
    db: &C,
    event: &ToolDefinitionChanged,
    at: Timestamp,
) -> Result<(), StoreError> {
    let known = Entity::find()
        .filter(Column::TargetId.eq(event.target_id.as_uuid()))
        .filter(Column::Server.eq(storable(&event.server)))
        .filter(Column::Tool.eq(storable(&event.tool)))
        .one(db)
        .await?;
    let after = &event.after;
    let Some(known) = known else {
        return insert(db, event, at).await;
    };
    let is_pinned = known.pinned_digest == after.digest;
    let is_known = known.seen_digest.as_deref() == Some(after.digest.as_str());
    if is_known || (is_pinned && known.seen_digest.is_none()) {
        return Ok(());
    }
    let mut row = known.into_active_model();
    row.target = Set(storable(&event.target));
    row.seen_digest = Set((!is_pinned).then(|| after.digest.clone()));
    row.seen = Set((!is_pinned).then(|| storable(&after.text)));
    row.seen_at = Set((!is_pinned).then(|| at.as_millis()));
    row.update(db).await?;
    Ok(())
}

async fn insert<C: ConnectionTrait>(
    db: &C,
    event: &ToolDefinitionChanged,
    at: Timestamp,
) -> Result<(), StoreError> {
    let changed = event.before.is_some();
    let after = &event.after;
    let pinned = event.before.as_ref().unwrap_or(after);
    let row = ActiveModel {
        id: Set(ToolDefinitionId::new().as_uuid()),
        target_id: Set(event.target_id.as_uuid()),
        target: Set(storable(&event.target)),
        server: Set(storable(&event.server)),
        tool: Set(storable(&event.tool)),
        pinned_digest: Set(pinned.digest.clone()),
        pinned: Set(storable(&pinned.text)),
        pinned_at: Set(at.as_millis()),
        seen_digest: Set(changed.then(|| after.digest.clone())),
        seen: Set(changed.then(|| storable(&after.text))),
        seen_at: Set(changed.then(|| at.as_millis())),
        accepted_by: Set(None),
    };
    // Two edges may see a tool for the first time at once.
    Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// PostgreSQL's `text` refuses NUL.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
