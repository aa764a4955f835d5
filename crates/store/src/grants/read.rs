//! Looking grants up.

use std::collections::HashMap;

use countersign_model::{
    Grant, GrantId, GrantState, PrincipalId, PrincipalKind, TargetId, Timestamp, UserId,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::{GrantRecord, GrantVote, TABLE};
use crate::{
    Store, StoreError,
    entity::{
        grant_votes,
        grants::{Column, Entity, Model},
        principals, users,
    },
    principals::to_principal,
    text,
};

/// Whose grants: those that they asked for, hold or are behind.
#[derive(Debug, Clone)]
pub enum GrantParty {
    /// A person's.
    Person {
        /// Who.
        id: UserId,
        /// Their e-mail address.
        email: String,
        /// Groups whose agents and services are theirs too.
        groups: Vec<String>,
    },
    /// What a principal holds.
    Principal {
        /// Who.
        id: PrincipalId,
        /// The human for whom it acts now: then what it holds for others is none of its.
        on_behalf_of: Option<String>,
    },
}

/// Which grants.
#[derive(Debug, Clone, Default)]
pub struct GrantQuery {
    /// Only those in this state.
    pub state: Option<GrantState>,
    /// Only those of this party.
    pub of: Option<GrantParty>,
    /// Only those of this principal.
    pub principal_id: Option<PrincipalId>,
    /// Only those on this target.
    pub target_id: Option<TargetId>,
    /// Only those older than this one.
    pub before: Option<GrantId>,
}

impl Store {
    /// One grant.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn grant(&self, id: GrantId) -> Result<GrantRecord, StoreError> {
        one(&self.read, id).await
    }

    /// Grants, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grants(
        &self,
        query: GrantQuery,
        limit: u64,
    ) -> Result<Vec<GrantRecord>, StoreError> {
        let mut select = Entity::find().order_by_desc(Column::Id).limit(limit);
        // The table of principals is joined when the rows are read.
        if let Some(state) = query.state {
            select = select.filter(Column::State.eq(state.as_str()));
        }
        if let Some(party) = query.of {
            select = select.filter(of(party)?);
        }
        if let Some(principal) = query.principal_id {
            select = select.filter(Column::PrincipalId.eq(principal.as_uuid()));
        }
        if let Some(target) = query.target_id {
            // The list is JSON, and an id is like no other text in it.
            select = select.filter(Column::Targets.contains(target.as_uuid().to_string()));
        }
        if let Some(before) = query.before {
            select = select.filter(Column::Id.lt(before.as_uuid()));
        }
        records(&self.read, select).await
    }
}

fn of(party: GrantParty) -> Result<Condition, StoreError> {
    let (user, email, groups) = match party {
        GrantParty::Person { id, email, groups } => (id, email, groups),
        GrantParty::Principal { id, on_behalf_of } => {
            let held = Condition::all().add(Column::PrincipalId.eq(id.as_uuid()));
            let human = on_behalf_of.map(|human| Column::OnBehalfOf.eq(human));
            return Ok(held.add_option(human));
        }
    };
    let own = principals::Column::Kind
        .eq(text::to_name(&PrincipalKind::Human)?)
        .and(principals::Column::Name.eq(email.as_str()));
    let owners = groups.into_iter().map(|group| format!("group:{group}"));
    let owners = owners.chain([email.clone()]);
    Ok(Condition::any()
        .add(Column::RequestedByUser.eq(user.as_uuid()))
        .add(Column::OnBehalfOf.eq(email))
        .add(principals::Column::Owner.is_in(owners))
        .add(own))
}

/// One grant, as `connection` sees it.
pub(super) async fn one<C: ConnectionTrait>(
    connection: &C,
    id: GrantId,
) -> Result<GrantRecord, StoreError> {
    records(connection, Entity::find_by_id(id.as_uuid()))
        .await?
        .pop()
        .ok_or(StoreError::NotFound("grant"))
}

/// These grants, in this order.
pub(super) async fn these<C: ConnectionTrait>(
    connection: &C,
    ids: &[Uuid],
) -> Result<Vec<GrantRecord>, StoreError> {
    let select = Entity::find().filter(Column::Id.is_in(ids.iter().copied()));
    let mut found = records(connection, select).await?;
    found.sort_by_key(|grant| ids.iter().position(|id| *id == grant.id.as_uuid()));
    Ok(found)
}

/// Grants in force at `now`, as edges enforce them. Those of principals and targets that were
/// removed let nobody in.
pub(crate) async fn in_force<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
) -> Result<Vec<Grant>, StoreError> {
    let rows = Entity::find()
        .filter(Column::State.eq(GrantState::Active.as_str()))
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .order_by_asc(Column::Id)
        .all(connection)
        .await?;
    let rows = rows.into_iter().map(|row| {
        let targets: Vec<super::GrantTarget> = text::from_json(TABLE, "targets", &row.targets)?;
        Ok(Grant {
            id: GrantId::from_uuid(row.id),
            principal_id: PrincipalId::from_uuid(row.principal_id),
            on_behalf_of: row.on_behalf_of,
            targets: targets.into_iter().map(|target| target.id).collect(),
            operations: text::from_json(TABLE, "operations", &row.operations)?,
            task: row.task,
            expires_at: Timestamp::from_millis(row.expires_at.unwrap_or(0)),
            break_glass: row.break_glass,
        })
    });
    rows.collect()
}

async fn records<C: ConnectionTrait>(
    connection: &C,
    select: Select<Entity>,
) -> Result<Vec<GrantRecord>, StoreError> {
    let rows = select
        .find_also_related(principals::Entity)
        .all(connection)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|(row, _)| row.id).collect();
    let mut votes = votes(connection, &ids).await?;
    rows.into_iter()
        .map(|(row, principal)| {
            let principal = principal.ok_or(StoreError::NotFound("principal"))?;
            let votes = votes.remove(&row.id).unwrap_or_default();
            record(row, &principal, votes)
        })
        .collect()
}

fn record(
    row: Model,
    principal: &principals::Model,
    votes: Vec<GrantVote>,
) -> Result<GrantRecord, StoreError> {
    Ok(GrantRecord {
        id: GrantId::from_uuid(row.id),
        state: text::from_name(TABLE, "state", &row.state)?,
        holder: to_principal(principal)?,
        on_behalf_of: row.on_behalf_of,
        requested_by: row.requested_by,
        requested_by_user: row.requested_by_user.map(UserId::from_uuid),
        targets: text::from_json(TABLE, "targets", &row.targets)?,
        operations: text::from_json(TABLE, "operations", &row.operations)?,
        task: row.task,
        duration_seconds: text::to_u64(TABLE, "duration_seconds", row.duration_seconds)?,
        extends: row.extends.map(GrantId::from_uuid),
        break_glass: row.break_glass,
        reason: row.reason,
        judgement: text::from_json(TABLE, "decision", &row.decision)?,
        quorum: u32::try_from(row.quorum).unwrap_or(0),
        requested_at: Timestamp::from_millis(row.requested_at),
        decide_until: text::moment(row.decide_until),
        decided_at: text::moment(row.decided_at),
        expires_at: text::moment(row.expires_at),
        ended_at: text::moment(row.ended_at),
        ended_by: row.ended_by,
        end_reason: row.end_reason,
        votes,
    })
}

async fn votes<C: ConnectionTrait>(
    connection: &C,
    grants: &[Uuid],
) -> Result<HashMap<Uuid, Vec<GrantVote>>, StoreError> {
    let rows = grant_votes::Entity::find()
        .filter(grant_votes::Column::GrantId.is_in(grants.iter().copied()))
        .order_by_asc(grant_votes::Column::Id)
        .find_also_related(users::Entity)
        .all(connection)
        .await?;
    let mut by_grant: HashMap<Uuid, Vec<GrantVote>> = HashMap::new();
    for (row, user) in rows {
        let (user, email) = user.map(|u| (u.name, u.email)).unwrap_or_default();
        let vote = GrantVote {
            user_id: UserId::from_uuid(row.user_id),
            user,
            email,
            decision: text::from_name("grant_votes", "decision", &row.decision)?,
            comment: row.comment,
            decided_at: Timestamp::from_millis(row.decided_at),
        };
        by_grant.entry(row.grant_id).or_default().push(vote);
    }
    Ok(by_grant)
}
