//! Changes, as they are read.

use std::collections::HashMap;

use countersign_model::{BindingId, ChangeId, PolicyId, Timestamp, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{ChangeKind, ChangeState, SetState, TABLE};
use crate::{
    Store, StoreError,
    entity::{
        policy_changes::{Column, Entity, Model},
        users,
    },
    text,
};

/// A change of what is enforced.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRecord {
    /// Which.
    pub id: ChangeId,
    /// What it is.
    pub kind: ChangeKind,
    /// In one line of words.
    pub summary: String,
    /// Where it stands.
    pub state: ChangeState,
    /// What it touches, as it was.
    pub before: SetState,
    /// What it touches, as it is to be.
    pub after: SetState,
    /// The policy, where it touches one alone.
    pub policy_id: Option<PolicyId>,
    /// The binding, where it is about one.
    pub binding_id: Option<BindingId>,
    /// Every policy that it touches.
    pub policies: Vec<PolicyId>,
    /// Who asked for it, with their name; `None` for the control plane itself.
    pub requested_by: Option<(UserId, String)>,
    /// Who decided it, with their name; `None` where nobody had to.
    pub decided_by: Option<(UserId, String)>,
    /// Why, in the words of who asked.
    pub comment: String,
    /// In the words of who decided.
    pub decision_comment: String,
    /// The bundle's revision that it made.
    pub revision: Option<u64>,
    /// The policy set that it went back to.
    pub restores: Option<u64>,
    /// Whether people must see it.
    pub alert: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was applied or rejected.
    pub decided_at: Option<Timestamp>,
    /// When somebody noted the alert.
    pub acknowledged_at: Option<Timestamp>,
    /// Who noted the alert, with their name.
    pub acknowledged_by: Option<(UserId, String)>,
}

/// Which changes.
#[derive(Debug, Clone, Default)]
pub struct ChangeQuery {
    /// Those that stand there.
    pub state: Option<ChangeState>,
    /// Those that touch this policy.
    pub policy: Option<PolicyId>,
    /// Alerts that nobody noted.
    pub open_alerts: bool,
    /// Those before this one.
    pub before: Option<ChangeId>,
}

impl Store {
    /// Changes, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy_changes(
        &self,
        query: ChangeQuery,
        limit: u64,
    ) -> Result<Vec<ChangeRecord>, StoreError> {
        let mut rows = Entity::find().order_by_desc(Column::Id).limit(limit);
        if let Some(state) = query.state {
            rows = rows.filter(Column::State.eq(text::to_name(&state)?));
        }
        if let Some(policy) = query.policy {
            rows = rows.filter(Column::Policies.contains(policy.to_string()));
        }
        if query.open_alerts {
            rows = rows
                .filter(Column::Alert.eq(true))
                .filter(Column::AcknowledgedAt.is_null());
        }
        if let Some(before) = query.before {
            rows = rows.filter(Column::Id.lt(before.as_uuid()));
        }
        let rows = rows.all(&self.read).await?;
        self.to_changes(rows).await
    }

    /// One change.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn policy_change(&self, id: ChangeId) -> Result<ChangeRecord, StoreError> {
        let row = Entity::find_by_id(id.as_uuid()).all(&self.read).await?;
        let mut records = self.to_changes(row).await?;
        records.pop().ok_or(StoreError::NotFound("policy change"))
    }

    async fn to_changes(&self, rows: Vec<Model>) -> Result<Vec<ChangeRecord>, StoreError> {
        let people = rows
            .iter()
            .flat_map(|row| [row.requested_by, row.decided_by, row.acknowledged_by])
            .flatten();
        let names = self.user_names(people.collect()).await?;
        rows.into_iter().map(|row| to_record(row, &names)).collect()
    }

    /// The names of people, disabled ones included.
    pub(crate) async fn user_names(
        &self,
        ids: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, String>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = users::Entity::find()
            .filter(users::Column::Id.is_in(ids))
            .all(&self.read)
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
    }
}

fn to_record(row: Model, names: &HashMap<Uuid, String>) -> Result<ChangeRecord, StoreError> {
    let person = |id: Option<Uuid>| {
        id.map(|id| {
            let name = names.get(&id).cloned().unwrap_or_default();
            (UserId::from_uuid(id), name)
        })
    };
    let number = |column, value: Option<i64>| {
        value
            .map(|value| text::to_u64(TABLE, column, value))
            .transpose()
    };
    Ok(ChangeRecord {
        id: ChangeId::from_uuid(row.id),
        kind: text::from_name(TABLE, "kind", &row.kind)?,
        state: text::from_name(TABLE, "state", &row.state)?,
        before: text::from_json(TABLE, "before", &row.before)?,
        after: text::from_json(TABLE, "after", &row.after)?,
        policy_id: row.policy_id.map(PolicyId::from_uuid),
        binding_id: row.binding_id.map(BindingId::from_uuid),
        policies: text::from_json(TABLE, "policies", &row.policies)?,
        requested_by: person(row.requested_by),
        decided_by: person(row.decided_by),
        revision: number("revision", row.revision)?,
        restores: number("restores", row.restores)?,
        alert: row.alert,
        created_at: Timestamp::from_millis(row.created_at),
        decided_at: text::moment(row.decided_at),
        acknowledged_at: text::moment(row.acknowledged_at),
        acknowledged_by: person(row.acknowledged_by),
        summary: row.summary,
        comment: row.comment,
        decision_comment: row.decision_comment,
    })
}
