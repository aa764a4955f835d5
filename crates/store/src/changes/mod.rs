//! The one way in which what is enforced changes: bindings, documents, and how they may be changed.
//! A change is applied at once, or waits for another admin where that is asked for. An applied one
//! raises the bundle's revision and leaves the whole policy set of that revision behind, all in one
//! transaction.

mod edit;
mod read;
mod sets;
mod state;
mod summary;
mod write;

use countersign_model::{BindingId, ChangeId, PolicyId, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};

pub use edit::{BindingChange, BoundVersion, Edit, NewBinding};
pub use read::{ChangeQuery, ChangeRecord};
pub use sets::{EnforcedSet, PolicySetRecord};
pub use state::{DocumentPull, Guard, SetBinding, SetDocument, SetState};
pub(crate) use write::documents_in_force;

use crate::{
    Store, StoreError,
    entity::policy_changes::{ActiveModel, Column, Entity, Model},
    policy_settings, rollouts, text,
};

const TABLE: &str = "policy_changes";

/// What a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PolicyChangeKind)]
pub enum ChangeKind {
    /// A new binding.
    CreateBinding,
    /// A binding is otherwise.
    UpdateBinding,
    /// A binding takes the place of the one that it replaced.
    Promote,
    /// A binding is gone.
    DeleteBinding,
    /// A policy is back to how it was.
    Rollback,
    /// A canary broke its guard.
    AutomaticRollback,
    /// Everything is back to how it was.
    Restore,
    /// A document.
    Document,
    /// How policies may be changed.
    Settings,
}

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PolicyChangeState)]
pub enum ChangeState {
    /// Waits for another admin.
    Pending,
    /// Done.
    Applied,
    /// Refused by another admin.
    Rejected,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What it names is not there.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It contradicts itself or what is there.
    #[error("{pointer}: {detail}")]
    Refused {
        /// JSON pointer into the request.
        pointer: &'static str,
        /// What is wrong there.
        detail: String,
    },
    /// The policy was never otherwise.
    #[error("there is no earlier policy set to go back to")]
    NothingToRollBack,
    /// Who asked for it cannot decide it.
    #[error("another admin has to decide it")]
    OwnChange,
    /// It was decided already.
    #[error("it was decided already")]
    Decided,
    /// What it touches has changed since it was asked for.
    #[error("what it touches has changed since")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sea_orm::DbErr> for ChangeError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// A change to make.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// What it does.
    pub edit: Edit,
    /// Why, in words; may be empty.
    pub comment: String,
    /// Who asks; `None` for the control plane itself, which needs nobody's approval.
    pub requested_by: Option<UserId>,
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposed {
    /// It is so now.
    Applied(ChangeRecord),
    /// It waits for another admin.
    Pending(ChangeRecord),
    /// It was so already.
    Unchanged,
}

/// A proposal with what comes of it.
struct Outcome {
    before: SetState,
    after: SetState,
    kind: ChangeKind,
    binding: Option<BindingId>,
    policy: Option<PolicyId>,
    restores: Option<u64>,
}

impl Store {
    /// Makes a change, or keeps it for another admin where the settings ask for that.
    ///
    /// # Errors
    /// When it contradicts what is there, or the database fails.
    pub async fn propose(
        &self,
        proposal: Proposal,
        now: Timestamp,
    ) -> Result<Proposed, ChangeError> {
        loop {
            let needs_approval = proposal.requested_by.is_some()
                && policy_settings::read(&self.read).await?.require_approval;
            let mut change = self.change().await?;
            if !needs_approval {
                // First, for its lock: changes are made one after another.
                change.matters_to_edges().await?;
                let settings = policy_settings::read(change.db()).await?;
                if settings.require_approval && proposal.requested_by.is_some() {
                    // Somebody asked for approvals in between.
                    continue;
                }
            }
            let current = write::current(change.db()).await?;
            let outcome = resolve(change.db(), &proposal.edit, &current).await?;
            if outcome.before.is_empty() && outcome.after.is_empty() {
                return Ok(Proposed::Unchanged);
            }
            let state = if needs_approval {
                ChangeState::Pending
            } else {
                ChangeState::Applied
            };
            let mut row = to_row(&proposal, &outcome, state, now)?;
            if !needs_approval {
                let revision = change.revision().unwrap_or_default();
                row.revision = Set(Some(text::to_i64(revision)));
                row.decided_at = Set(Some(now.as_millis()));
            }
            let row = row.insert(change.db()).await?;
            if !needs_approval {
                write::apply(
                    &mut change,
                    &current,
                    &outcome.before,
                    &outcome.after,
                    &row,
                    now,
                )
                .await?;
            }
            change.commit().await?;
            let record = self.policy_change(ChangeId::from_uuid(row.id)).await?;
            return Ok(if needs_approval {
                Proposed::Pending(record)
            } else {
                Proposed::Applied(record)
            });
        }
    }

    /// Approves or rejects a change that waits.
    ///
    /// # Errors
    /// `OwnChange`, `Decided`, `Stale` (where what it touches has changed since).
    pub async fn decide_change(
        &self,
        id: ChangeId,
        by: UserId,
        approve: bool,
        comment: &str,
        now: Timestamp,
    ) -> Result<ChangeRecord, ChangeError> {
        let mut change = self.change().await?;
        if approve {
            change.matters_to_edges().await?;
        }
        let row = find(change.db(), id).await?;
        if row.requested_by == Some(by.as_uuid()) {
            return Err(ChangeError::OwnChange);
        }
        let state = if approve {
            ChangeState::Applied
        } else {
            ChangeState::Rejected
        };
        let revision = change.revision().map(text::to_i64);
        // One statement decides who was first.
        let decided = Entity::update_many()
            .col_expr(Column::State, Expr::value(text::to_name(&state)?))
            .col_expr(Column::DecidedBy, Expr::value(by.as_uuid()))
            .col_expr(Column::DecidedAt, Expr::value(now.as_millis()))
            .col_expr(Column::DecisionComment, Expr::value(comment))
            .col_expr(Column::Revision, Expr::value(revision))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::State.eq(text::to_name(&ChangeState::Pending)?))
            .exec(change.db())
            .await?;
        if decided.rows_affected == 0 {
            return Err(ChangeError::Decided);
        }
        if approve {
            let before: SetState = text::from_json(TABLE, "before", &row.before)?;
            let after: SetState = text::from_json(TABLE, "after", &row.after)?;
            let current = write::current(change.db()).await?;
            if !current.still_has(&before, &after) {
                return Err(ChangeError::Stale);
            }
            write::apply(&mut change, &current, &before, &after, &row, now).await?;
        }
        change.commit().await?;
        Ok(self.policy_change(id).await?)
    }

    /// Notes that somebody has seen an alert.
    ///
    /// # Errors
    /// `NotFound` where there is no such alert.
    pub async fn acknowledge_change(
        &self,
        id: ChangeId,
        by: UserId,
        now: Timestamp,
    ) -> Result<ChangeRecord, StoreError> {
        let change = self.change().await?;
        let noted = Entity::update_many()
            .col_expr(Column::AcknowledgedAt, Expr::value(now.as_millis()))
            .col_expr(Column::AcknowledgedBy, Expr::value(by.as_uuid()))
            .filter(Column::Id.eq(id.as_uuid()))
            .filter(Column::Alert.eq(true))
            .filter(Column::AcknowledgedAt.is_null())
            .exec(change.db())
            .await?;
        change.commit().await?;
        let record = self.policy_change(id).await?;
        if noted.rows_affected == 0 && !record.alert {
            return Err(StoreError::NotFound("alert"));
        }
        Ok(record)
    }
}

/// What comes of an edit.
async fn resolve<C: ConnectionTrait>(
    connection: &C,
    edit: &Edit,
    current: &SetState,
) -> Result<Outcome, ChangeError> {
    let (after, kind, binding, restores) = match edit {
        Edit::RollBack(policy) => {
            let (revision, earlier) = sets::before_current(connection, *policy, current).await?;
            let after = edit::back_to(current, &earlier, *policy);
            (after, ChangeKind::Rollback, None, Some(revision))
        }
        Edit::Restore(revision) => {
            let set = sets::at(connection, *revision)
                .await?
                .filter(|set| set.revision == *revision)
                .ok_or(ChangeError::NotFound("policy set"))?;
            let after = edit::restored(current, &set.state);
            (after, ChangeKind::Restore, None, Some(*revision))
        }
        Edit::TakeBack(id, run) if !rollouts::runs(connection, *id, *run).await? => (
            current.clone(),
            ChangeKind::AutomaticRollback,
            Some(*id),
            None,
        ),
        edit => {
            let (after, kind, binding) = edit.apply(current)?;
            (after, kind, binding, None)
        }
    };
    let (before, after) = current.differences(&after);
    let policies = both(&before, &after);
    let policy = match edit {
        Edit::RollBack(policy) => Some(*policy),
        _ if policies.len() == 1 => policies.first().copied(),
        _ => None,
    };
    Ok(Outcome {
        before,
        after,
        kind,
        binding,
        policy,
        restores,
    })
}

/// The policies that a change touches.
fn both(before: &SetState, after: &SetState) -> Vec<PolicyId> {
    let mut ids = before.policies();
    ids.extend(after.policies());
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn to_row(
    proposal: &Proposal,
    outcome: &Outcome,
    state: ChangeState,
    now: Timestamp,
) -> Result<ActiveModel, StoreError> {
    Ok(ActiveModel {
        id: Set(ChangeId::new().as_uuid()),
        kind: Set(text::to_name(&outcome.kind)?),
        summary: Set(summary::summary(&outcome.before, &outcome.after)),
        state: Set(text::to_name(&state)?),
        before: Set(text::to_json(&outcome.before)?),
        after: Set(text::to_json(&outcome.after)?),
        policy_id: Set(outcome.policy.map(|id| id.as_uuid())),
        binding_id: Set(outcome.binding.map(|id| id.as_uuid())),
        policies: Set(text::to_json(&both(&outcome.before, &outcome.after))?),
        requested_by: Set(proposal.requested_by.map(|id| id.as_uuid())),
        decided_by: Set(None),
        comment: Set(proposal.comment.clone()),
        decision_comment: Set(String::new()),
        revision: Set(None),
        restores: Set(outcome.restores.map(text::to_i64)),
        alert: Set(outcome.kind == ChangeKind::AutomaticRollback),
        created_at: Set(now.as_millis()),
        decided_at: Set(None),
        acknowledged_at: Set(None),
        acknowledged_by: Set(None),
    })
}

async fn find<C: ConnectionTrait>(connection: &C, id: ChangeId) -> Result<Model, ChangeError> {
    Entity::find_by_id(id.as_uuid())
        .one(connection)
        .await?
        .ok_or(ChangeError::NotFound("policy change"))
}
