//! Policy sets: what was enforced as of each revision at which that changed.

use countersign_model::{Binding, BundleDocument, PolicyId, Stage, Timestamp, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{ChangeError, ChangeKind, SetState};
use crate::{
    Store, StoreError, bundle,
    entity::policy_sets::{Column, Entity, Model},
    policies, text,
};

pub(super) const TABLE: &str = "policy_sets";

/// Sets that are read at a time in search of an earlier state.
const BATCH: u64 = 50;

/// What was enforced, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicySetRecord {
    /// The bundle's revision that it begins with.
    pub revision: u64,
    /// What was enforced.
    pub state: SetState,
    /// The kind of the change that made it; `None` for what was there before the first one.
    pub kind: Option<ChangeKind>,
    /// That change in words.
    pub summary: String,
    /// Why, in the words of who asked for it.
    pub comment: String,
    /// Who, with their name; `None` for the control plane itself.
    pub created_by: Option<(UserId, String)>,
    /// When.
    pub created_at: Timestamp,
}

/// What edges enforced as of a revision.
#[derive(Debug, Clone, PartialEq)]
pub struct EnforcedSet {
    /// The revision with which it began.
    pub revision: u64,
    /// Bindings, drafts left out, in the order of evaluation.
    pub bindings: Vec<Binding>,
    /// Documents.
    pub documents: Vec<BundleDocument>,
}

impl Store {
    /// What edges enforced as of a revision: the newest policy set that is not newer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enforced_at(&self, revision: u64) -> Result<Option<EnforcedSet>, StoreError> {
        let Some(set) = at(&self.read, revision).await? else {
            return Ok(None);
        };
        let live = set.state.bindings.into_iter().filter(|b| b.is_live());
        let bound: Vec<_> = live.collect();
        let digests = bound.iter().map(|b| b.digest.clone()).collect();
        let sources = policies::sources(&self.read, digests).await?;
        let bindings = bound.into_iter().map(|binding| {
            let source = sources.get(&binding.digest).cloned();
            bundle::to_binding(binding, source)
        });
        let documents = set.state.documents.into_iter().map(bundle::to_document);
        Ok(Some(EnforcedSet {
            revision: set.revision,
            bindings: bindings.collect(),
            documents: documents.collect(),
        }))
    }

    /// Policy sets, newest first, from before a revision.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy_sets(
        &self,
        before: Option<u64>,
        limit: u64,
    ) -> Result<Vec<PolicySetRecord>, StoreError> {
        let mut rows = Entity::find().order_by_desc(Column::Revision).limit(limit);
        if let Some(before) = before {
            rows = rows.filter(Column::Revision.lt(text::to_i64(before)));
        }
        let rows = rows.all(&self.read).await?;
        self.name_sets(rows).await
    }

    /// The policy set in force at a revision: the newest that is not newer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy_set_at(
        &self,
        revision: u64,
    ) -> Result<Option<PolicySetRecord>, StoreError> {
        let row = row_at(&self.read, revision).await?;
        let mut sets = self.name_sets(row.into_iter().collect()).await?;
        Ok(sets.pop())
    }

    async fn name_sets(&self, rows: Vec<Model>) -> Result<Vec<PolicySetRecord>, StoreError> {
        let people = rows.iter().filter_map(|row| row.created_by).collect();
        let names = self.user_names(people).await?;
        rows.into_iter()
            .map(|row| {
                let by = row.created_by;
                let mut record = to_record(row)?;
                record.created_by = by.map(|id| {
                    let name = names.get(&id).cloned().unwrap_or_default();
                    (UserId::from_uuid(id), name)
                });
                Ok(record)
            })
            .collect()
    }
}

async fn row_at<C: ConnectionTrait>(
    connection: &C,
    revision: u64,
) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find()
        .filter(Column::Revision.lte(text::to_i64(revision)))
        .order_by_desc(Column::Revision)
        .one(connection)
        .await?)
}

/// The newest set that is not newer than `revision`, without names.
pub(super) async fn at<C: ConnectionTrait>(
    connection: &C,
    revision: u64,
) -> Result<Option<PolicySetRecord>, StoreError> {
    row_at(connection, revision)
        .await?
        .map(to_record)
        .transpose()
}

fn to_record(row: Model) -> Result<PolicySetRecord, StoreError> {
    let kind = Some(row.kind.as_str()).filter(|kind| !kind.is_empty());
    Ok(PolicySetRecord {
        revision: text::to_u64(TABLE, "revision", row.revision)?,
        state: text::from_json(TABLE, "state", &row.state)?,
        kind: kind
            .map(|kind| text::from_name(TABLE, "kind", kind))
            .transpose()?,
        summary: row.summary,
        comment: row.comment,
        created_by: None,
        created_at: Timestamp::from_millis(row.created_at),
    })
}

/// The newest set in which the policy was otherwise and had no canary, with its revision. What a
/// rollback undid is passed over, so that a second rollback goes further back.
pub(super) async fn before_current<C: ConnectionTrait>(
    connection: &C,
    policy: PolicyId,
    current: &SetState,
) -> Result<(u64, SetState), ChangeError> {
    let now = current.live_of(policy);
    let mut place = Place::Today(None);
    let mut fallback = None;
    let mut before = i64::MAX;
    loop {
        let rows = Entity::find()
            .filter(Column::Revision.lt(before))
            .order_by_desc(Column::Revision)
            .limit(BATCH)
            .all(connection)
            .await?;
        let Some(last) = rows.last() else {
            return fallback.ok_or(ChangeError::NothingToRollBack);
        };
        before = last.revision;
        for row in rows {
            let set = to_record(row)?;
            let then = set.state.live_of(policy);
            if then == now {
                place = Place::Today(set.kind);
                continue;
            }
            let undone = match place {
                Place::Today(kind) => kind.is_some_and(went_back),
                Place::Undone => true,
            };
            if undone {
                place = Place::Undone;
            }
            if then.iter().any(|b| b.stage == Stage::Canary) {
                continue;
            }
            if !undone {
                return Ok((set.revision, set.state));
            }
            fallback.get_or_insert((set.revision, set.state));
        }
    }
}

/// Where a search for an earlier state stands.
enum Place {
    /// In a set in which the policy was as it is today, made by this kind of change.
    Today(Option<ChangeKind>),
    /// In what a rollback undid.
    Undone,
}

const fn went_back(kind: ChangeKind) -> bool {
    matches!(
        kind,
        ChangeKind::Rollback | ChangeKind::AutomaticRollback | ChangeKind::Restore
    )
}
