//! Recorded sessions, summed up as their events arrive.

use countersign_model::{
    CredentialId, EdgeId, Effect, GrantId, GrantRef, Labels, Principal, SessionId, SessionOpened,
    TargetId, Timestamp,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, Func, LikeExpr, SimpleExpr},
};

use crate::{
    Store, StoreError,
    entity::{
        edges,
        sessions::{ActiveModel, Column, Entity, Model},
    },
    ingest::SessionDelta,
    text::{self, to_i64, to_u64},
};

const TABLE: &str = "sessions";

/// What happened in a session, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionCounts {
    /// Actions tried; each is one of allowed, masked, held or denied.
    pub actions: u64,
    /// Ran, and nothing that came back was masked.
    pub allowed: u64,
    /// Ran, and at least one value that came back was masked.
    pub masked: u64,
    /// Held for people, however that ended.
    pub held: u64,
    /// Refused without asking people.
    pub denied: u64,
    /// Ran, and the server answered with an error.
    pub failed: u64,
    /// Rows returned.
    pub rows: u64,
    /// Values masked.
    pub masked_values: u64,
}

impl SessionCounts {
    /// The columns with what is added to them; `masked` of the actions that ran move from allowed.
    fn deltas(self, masked: u64) -> [(Column, i64); 8] {
        [
            (Column::Actions, to_i64(self.actions)),
            (Column::Allowed, to_i64(self.allowed) - to_i64(masked)),
            (Column::Masked, to_i64(masked)),
            (Column::Held, to_i64(self.held)),
            (Column::Denied, to_i64(self.denied)),
            (Column::Failed, to_i64(self.failed)),
            (Column::Rows, to_i64(self.rows)),
            (Column::MaskedValues, to_i64(self.masked_values)),
        ]
    }
}

/// A recorded session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRecord {
    /// Which.
    pub id: SessionId,
    /// The edge that served it.
    pub edge_id: EdgeId,
    /// Its name.
    pub edge: String,
    /// The credential that opened it.
    pub credential_id: CredentialId,
    /// Who.
    pub principal: Principal,
    /// To what.
    pub target_id: TargetId,
    /// The target's name.
    pub target: String,
    /// The target's labels at that time.
    pub labels: Labels,
    /// `postgres`.
    pub protocol: String,
    /// The client's address.
    pub client: String,
    /// What the client calls itself.
    pub application: Option<String>,
    /// Whether the client's connection is encrypted.
    pub tls: bool,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
    /// Why it ended.
    pub close_reason: Option<String>,
    /// Its last event.
    pub last_event_at: Timestamp,
    /// The grant under which it began.
    pub grant: Option<GrantRef>,
    /// What happened.
    pub counts: SessionCounts,
}

/// Which sessions.
#[derive(Debug, Clone, Default)]
pub struct SessionQuery {
    /// The principal's name.
    pub principal: Option<String>,
    /// The target's name.
    pub target: Option<String>,
    /// The kind of the target, such as `openai`.
    pub kind: Option<String>,
    /// Only those with at least one action that ended so.
    pub effect: Option<Effect>,
    /// Only open ones, or only closed ones.
    pub open: Option<bool>,
    /// Only those that began at or after this time.
    pub since: Option<Timestamp>,
    /// Only those whose principal, target, application or client contains this.
    pub contains: Option<String>,
    /// Only those that began under this grant.
    pub grant: Option<GrantId>,
    /// Only those older than this one.
    pub before: Option<SessionId>,
}

impl Store {
    /// One session.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn session(&self, id: SessionId) -> Result<SessionRecord, StoreError> {
        let found = Entity::find_by_id(id.as_uuid())
            .find_also_related(edges::Entity)
            .one(&self.read)
            .await?;
        let (row, edge) = found.ok_or(StoreError::NotFound("session"))?;
        to_record(row, edge)
    }

    /// Sessions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(
        &self,
        query: &SessionQuery,
        limit: u64,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        // Ids are made when a session opens and sort by that time.
        let rows = Entity::find()
            .filter(condition(query))
            .order_by_desc(Column::Id)
            .limit(limit)
            .find_also_related(edges::Entity)
            .all(&self.read)
            .await?;
        rows.into_iter()
            .map(|(row, edge)| to_record(row, edge))
            .collect()
    }
}

fn condition(query: &SessionQuery) -> Condition {
    let effect = query.effect.map(|effect| match effect {
        Effect::Allow => Column::Allowed,
        Effect::Mask => Column::Masked,
        Effect::Review => Column::Held,
        Effect::Deny => Column::Denied,
    });
    let open = query.open.map(|open| {
        if open {
            Column::ClosedAt.is_null()
        } else {
            Column::ClosedAt.is_not_null()
        }
    });
    let principal = query.principal.as_deref();
    let target = query.target.as_deref();
    Condition::all()
        .add_option(principal.map(|name| Column::PrincipalName.eq(name)))
        .add_option(target.map(|name| Column::Target.eq(name)))
        .add_option(query.kind.as_deref().map(|kind| Column::Protocol.eq(kind)))
        .add_option(effect.map(|column| column.gt(0)))
        .add_option(open)
        .add_option(query.since.map(|at| Column::OpenedAt.gte(at.as_millis())))
        .add_option(query.grant.map(|id| Column::GrantId.eq(id.as_uuid())))
        .add_option(query.before.map(|id| Column::Id.lt(id.as_uuid())))
        .add_option(query.contains.as_deref().map(any_name_contains))
}

fn any_name_contains(text: &str) -> Condition {
    let pattern = text::contains(text);
    let like = |column: Column| -> SimpleExpr {
        let column = SimpleExpr::from(Func::lower(Expr::col((Entity, column))));
        column.like(LikeExpr::new(pattern.clone()).escape('\\'))
    };
    Condition::any()
        .add(like(Column::PrincipalName))
        .add(like(Column::Target))
        .add(like(Column::Application))
        .add(like(Column::Client))
}

fn to_record(row: Model, edge: Option<edges::Model>) -> Result<SessionRecord, StoreError> {
    let count = |value| to_u64(TABLE, "counts", value);
    Ok(SessionRecord {
        id: SessionId::from_uuid(row.id),
        edge_id: EdgeId::from_uuid(row.edge_id),
        edge: edge.map(|edge| edge.name).unwrap_or_default(),
        credential_id: CredentialId::from_uuid(row.credential_id),
        principal: text::from_json(TABLE, "principal", &row.principal)?,
        target_id: TargetId::from_uuid(row.target_id),
        target: row.target,
        labels: text::from_json(TABLE, "labels", &row.labels)?,
        protocol: row.protocol,
        client: row.client,
        application: row.application,
        tls: row.tls,
        opened_at: Timestamp::from_millis(row.opened_at),
        closed_at: text::moment(row.closed_at),
        close_reason: row.close_reason,
        last_event_at: Timestamp::from_millis(row.last_event_at),
        grant: row
            .under_grant
            .map(|grant| text::from_json(TABLE, "under_grant", &grant))
            .transpose()?,
        counts: SessionCounts {
            actions: count(row.actions)?,
            allowed: count(row.allowed)?,
            masked: count(row.masked)?,
            held: count(row.held)?,
            denied: count(row.denied)?,
            failed: count(row.failed)?,
            rows: count(row.rows)?,
            masked_values: count(row.masked_values)?,
        },
    })
}

/// Adds a session that began in this batch.
pub(crate) async fn insert<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    opened: &SessionOpened,
    at: Timestamp,
    delta: &SessionDelta,
    masked: u64,
) -> Result<(), StoreError> {
    let counts = delta.counts;
    let row = ActiveModel {
        id: Set(opened.session_id.as_uuid()),
        edge_id: Set(edge.as_uuid()),
        credential_id: Set(opened.credential_id.as_uuid()),
        principal_name: Set(storable(&opened.principal.name)),
        principal: Set(text::to_json(&opened.principal)?),
        target_id: Set(opened.target_id.as_uuid()),
        target: Set(storable(&opened.target)),
        labels: Set(text::to_json(&opened.labels)?),
        protocol: Set(storable(&opened.protocol)),
        client: Set(storable(&opened.client)),
        application: Set(opened.application.as_deref().map(storable)),
        tls: Set(opened.tls),
        opened_at: Set(at.as_millis()),
        closed_at: Set(delta.closed.as_ref().map(|(_, at)| at.as_millis())),
        close_reason: Set(delta.closed.as_ref().map(|(reason, _)| storable(reason))),
        last_event_at: Set(delta.last_event_at.unwrap_or(at).as_millis()),
        actions: Set(to_i64(counts.actions)),
        allowed: Set(to_i64(counts.allowed.saturating_sub(masked))),
        masked: Set(to_i64(masked)),
        held: Set(to_i64(counts.held)),
        denied: Set(to_i64(counts.denied)),
        failed: Set(to_i64(counts.failed)),
        rows: Set(to_i64(counts.rows)),
        masked_values: Set(to_i64(counts.masked_values)),
        grant_id: Set(opened.grant.as_ref().map(|grant| grant.id.as_uuid())),
        under_grant: Set(opened
            .grant
            .as_ref()
            .map(|grant| text::to_json(&**grant))
            .transpose()?),
    };
    // An edge that names another edge's session must not stop its own journal.
    Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Adds what happened to a session that began earlier, on the same edge.
pub(crate) async fn add<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    id: SessionId,
    delta: &SessionDelta,
    masked: u64,
) -> Result<(), StoreError> {
    let mut update = Entity::update_many()
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::EdgeId.eq(edge.as_uuid()));
    for (column, count) in delta.counts.deltas(masked) {
        if count != 0 {
            update = update.col_expr(column, Expr::col(column).add(count));
        }
    }
    if let Some(at) = delta.last_event_at {
        update = update.col_expr(Column::LastEventAt, Expr::value(at.as_millis()));
    }
    if let Some((reason, at)) = &delta.closed {
        update = update
            .col_expr(Column::ClosedAt, Expr::value(at.as_millis()))
            .col_expr(Column::CloseReason, Expr::value(storable(reason)));
    }
    update.exec(db).await?;
    Ok(())
}

/// Closes every open session of an edge.
pub(crate) async fn close_all<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    reason: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::ClosedAt, Expr::value(at.as_millis()))
        .col_expr(Column::CloseReason, Expr::value(reason))
        .filter(Column::EdgeId.eq(edge.as_uuid()))
        .filter(Column::ClosedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// PostgreSQL's `text` refuses NUL, which a client may well send as its name.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
