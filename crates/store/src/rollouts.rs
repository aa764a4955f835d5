//! How canaries do: what each edge process reports of each run of one, and whether that is within
//! the guard. Kept in the database, so that any control plane can judge the whole.

use std::collections::HashMap;

use countersign_model::{
    BindingId, BoundPolicyStatus, CanaryCounts, EdgeId, EdgeStatus, PolicyReadiness, Stage,
    Timestamp, VerdictCounts,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    BindingRecord, Guard, Store, StoreError, bindings,
    entity::{
        canary_counts::{ActiveModel, Column, Entity, Model},
        edges,
    },
    text,
};

const TABLE: &str = "canary_counts";

/// Decisions after which failures count by their share.
const FEW: u64 = 100;

/// How a canary has done since it began, on all edges together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rollout {
    /// Where it was obeyed, and what it replaces on the same actions.
    pub counts: CanaryCounts,
}

/// A canary that broke its guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Which.
    pub binding: BindingId,
    /// The run in which it did.
    pub canary_revision: u64,
    /// How, in words.
    pub reason: String,
}

impl Rollout {
    /// Decisions where it was obeyed.
    #[must_use]
    pub const fn decisions(&self) -> u64 {
        total(&self.counts.canary)
    }

    /// Those that it could not make.
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.counts.canary.failed
    }

    /// How it breaks its guard, where it does.
    #[must_use]
    pub fn breach(&self, guard: &Guard) -> Option<String> {
        let (decisions, failures) = (self.decisions(), self.failures());
        if decisions <= FEW {
            if failures > guard.max_failures {
                return Some(format!(
                    "{failures} failures in {decisions} decisions; at most {} are allowed in the \
                     first {FEW}",
                    guard.max_failures
                ));
            }
        } else if is_above(failures, decisions, guard.max_failure_percent) {
            return Some(format!(
                "{failures} failures in {decisions} decisions; at most {} in 100 are allowed",
                guard.max_failure_percent
            ));
        }
        let denied = percent(refused(&self.counts.canary), decisions);
        let before = percent(refused(&self.counts.baseline), total(&self.counts.baseline));
        let risen = denied - before > f64::from(guard.max_denial_rise_percent);
        (decisions >= guard.min_decisions && risen).then(|| {
            format!(
                "refuses or holds {denied:.1} % of {decisions} decisions, {before:.1} % before; a \
                 rise of {} points is allowed",
                guard.max_denial_rise_percent
            )
        })
    }
}

const fn total(counts: &VerdictCounts) -> u64 {
    counts
        .abstain
        .saturating_add(counts.allow)
        .saturating_add(counts.review)
        .saturating_add(counts.deny)
        .saturating_add(counts.failed)
}

const fn refused(counts: &VerdictCounts) -> u64 {
    counts
        .review
        .saturating_add(counts.deny)
        .saturating_add(counts.failed)
}

fn is_above(part: u64, whole: u64, percent: u32) -> bool {
    u128::from(part) * 100 > u128::from(whole) * u128::from(percent)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a percentage for people and a coarse limit"
)]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}

impl Store {
    /// How each canary has done since it began.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rollouts(
        &self,
        bindings: &[BindingRecord],
    ) -> Result<HashMap<BindingId, Rollout>, StoreError> {
        let canaries = bindings.iter().filter(|b| b.stage == Stage::Canary);
        let mut rollouts = HashMap::new();
        for binding in canaries {
            rollouts.insert(binding.id, sum(&self.read, binding).await?);
        }
        Ok(rollouts)
    }

    /// The canaries among what an edge reports that broke their guard, all edges counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn breaches(&self, status: &EdgeStatus) -> Result<Vec<Breach>, StoreError> {
        let mut breaches = Vec::new();
        let reported = canaries(status);
        if reported.is_empty() {
            return Ok(breaches);
        }
        for binding in bindings::all(&self.read).await? {
            let Some(of) = reported.iter().find(|p| p.binding_id == binding.id) else {
                continue;
            };
            let Some(revision) = binding.canary_revision.filter(|_| is_canary(&binding)) else {
                continue;
            };
            if status.bundle_revision < revision {
                continue;
            }
            let guard = binding.guard.unwrap_or_default();
            let reason = match broken(of, &binding) {
                Some(reason) => Some(reason),
                None => sum(&self.read, &binding).await?.breach(&guard),
            };
            breaches.extend(reason.map(|reason| Breach {
                binding: binding.id,
                canary_revision: revision,
                reason,
            }));
        }
        Ok(breaches)
    }
}

fn is_canary(binding: &BindingRecord) -> bool {
    binding.stage == Stage::Canary
}

fn canaries(status: &EdgeStatus) -> Vec<&BoundPolicyStatus> {
    let is_canary = |p: &&BoundPolicyStatus| p.stage == Stage::Canary || p.canary.is_some();
    status.policies.iter().filter(is_canary).collect()
}

/// Why an edge cannot run the canary at all, where it cannot.
fn broken(status: &BoundPolicyStatus, binding: &BindingRecord) -> Option<String> {
    let wanted = status.wanted_version.unwrap_or(status.version);
    let fails = status.readiness == PolicyReadiness::Failed && wanted == binding.version;
    fails.then(|| match &status.error {
        Some(error) => format!("an edge cannot run it: {error}"),
        None => "an edge cannot run it".to_owned(),
    })
}

/// Whether a canary is in the run that began with this revision.
pub(crate) async fn runs<C: ConnectionTrait>(
    connection: &C,
    id: BindingId,
    revision: u64,
) -> Result<bool, StoreError> {
    let all = bindings::all(connection).await?;
    let binding = all.iter().find(|b| b.id == id && is_canary(b));
    Ok(binding.is_some_and(|b| b.canary_revision == Some(revision)))
}

/// A canary begins: what edge processes have counted until now is where they begin.
pub(crate) async fn begin<C: ConnectionTrait>(
    connection: &C,
    binding: BindingId,
    revision: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows = edges::Entity::find()
        .filter(edges::Column::RevokedAt.is_null())
        .filter(edges::Column::Status.is_not_null())
        .all(connection)
        .await?;
    for row in rows {
        let Some(status) = row.status else { continue };
        let status: EdgeStatus = text::from_json("edges", "status", &status)?;
        let reported = status.policies.iter().find(|p| p.binding_id == binding);
        let counts = reported.and_then(|p| p.canary).unwrap_or_default();
        let edge = EdgeId::from_uuid(row.id);
        put(
            connection,
            binding,
            revision,
            (edge, &status),
            (counts, counts),
            now,
        )
        .await?;
    }
    Ok(())
}

/// Keeps what an edge reports of canaries.
pub(crate) async fn note<C: ConnectionTrait>(
    connection: &C,
    edge: EdgeId,
    status: &EdgeStatus,
    now: Timestamp,
) -> Result<(), StoreError> {
    let reported = canaries(status);
    if reported.is_empty() {
        return Ok(());
    }
    for binding in bindings::all(connection).await? {
        let Some(of) = reported.iter().find(|p| p.binding_id == binding.id) else {
            continue;
        };
        let Some(revision) = binding.canary_revision.filter(|_| is_canary(&binding)) else {
            continue;
        };
        let counts = of.canary.unwrap_or_default();
        // Until the edge runs this canary, what it counts is of an earlier one.
        let key = key(&binding, revision, edge, status);
        let baseline = if status.bundle_revision < revision {
            counts
        } else {
            let known = Entity::find_by_id(key).one(connection).await?;
            let known = known.map(|row| text::from_json(TABLE, "baseline", &row.baseline));
            known.transpose()?.unwrap_or_default()
        };
        let counts = (baseline, counts);
        put(
            connection,
            binding.id,
            revision,
            (edge, status),
            counts,
            now,
        )
        .await?;
    }
    Ok(())
}

fn key(
    binding: &BindingRecord,
    revision: u64,
    edge: EdgeId,
    status: &EdgeStatus,
) -> (Uuid, i64, Uuid, i64) {
    (
        binding.id.as_uuid(),
        text::to_i64(revision),
        edge.as_uuid(),
        status.started_at.as_millis(),
    )
}

async fn put<C: ConnectionTrait>(
    connection: &C,
    binding: BindingId,
    revision: u64,
    (edge, status): (EdgeId, &EdgeStatus),
    (baseline, latest): (CanaryCounts, CanaryCounts),
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        binding_id: Set(binding.as_uuid()),
        canary_revision: Set(text::to_i64(revision)),
        edge_id: Set(edge.as_uuid()),
        edge_started_at: Set(status.started_at.as_millis()),
        baseline: Set(text::to_json(&baseline)?),
        latest: Set(text::to_json(&latest)?),
        updated_at: Set(now.as_millis()),
    };
    let key = [
        Column::BindingId,
        Column::CanaryRevision,
        Column::EdgeId,
        Column::EdgeStartedAt,
    ];
    let latest = [Column::Baseline, Column::Latest, Column::UpdatedAt];
    Entity::insert(row)
        .on_conflict(OnConflict::columns(key).update_columns(latest).to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

async fn sum<C: ConnectionTrait>(
    connection: &C,
    binding: &BindingRecord,
) -> Result<Rollout, StoreError> {
    let Some(revision) = binding.canary_revision else {
        return Ok(Rollout::default());
    };
    let rows = Entity::find()
        .filter(Column::BindingId.eq(binding.id.as_uuid()))
        .filter(Column::CanaryRevision.eq(text::to_i64(revision)))
        .all(connection)
        .await?;
    let mut rollout = Rollout::default();
    for row in rows {
        let counts = since(&row)?;
        rollout.counts.canary = add(rollout.counts.canary, counts.canary);
        rollout.counts.baseline = add(rollout.counts.baseline, counts.baseline);
    }
    Ok(rollout)
}

/// What an edge process has counted since the canary began.
fn since(row: &Model) -> Result<CanaryCounts, StoreError> {
    let baseline: CanaryCounts = text::from_json(TABLE, "baseline", &row.baseline)?;
    let latest: CanaryCounts = text::from_json(TABLE, "latest", &row.latest)?;
    // Counters that fell began anew.
    if total(&latest.canary) < total(&baseline.canary) {
        return Ok(latest);
    }
    Ok(CanaryCounts {
        canary: subtract(latest.canary, baseline.canary),
        baseline: subtract(latest.baseline, baseline.baseline),
    })
}

const fn add(a: VerdictCounts, b: VerdictCounts) -> VerdictCounts {
    VerdictCounts {
        abstain: a.abstain.saturating_add(b.abstain),
        allow: a.allow.saturating_add(b.allow),
        review: a.review.saturating_add(b.review),
        deny: a.deny.saturating_add(b.deny),
        failed: a.failed.saturating_add(b.failed),
    }
}

const fn subtract(a: VerdictCounts, b: VerdictCounts) -> VerdictCounts {
    VerdictCounts {
        abstain: a.abstain.saturating_sub(b.abstain),
        allow: a.allow.saturating_sub(b.allow),
        review: a.review.saturating_sub(b.review),
        deny: a.deny.saturating_sub(b.deny),
        failed: a.failed.saturating_sub(b.failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(canary: (u64, u64, u64), baseline: (u64, u64)) -> Rollout {
        let (allow, deny, failed) = canary;
        let of = |allow, deny, failed| VerdictCounts {
            allow,
            deny,
            failed,
            ..VerdictCounts::default()
        };
        Rollout {
            counts: CanaryCounts {
                canary: of(allow, deny, failed),
                baseline: of(baseline.0, baseline.1, 0),
            },
        }
    }

    #[test]
    fn a_guard_is_broken_by_failures_and_by_a_rise_in_denials_alone() {
        let cases = [
            ("nothing yet", rollout((0, 0, 0), (0, 0)), false),
            (
                "as many failures as allowed",
                rollout((0, 0, 3), (3, 0)),
                false,
            ),
            ("one more", rollout((0, 0, 4), (4, 0)), true),
            ("few in many", rollout((995, 0, 5), (1000, 0)), false),
            ("too many in many", rollout((985, 0, 15), (1000, 0)), true),
            (
                "denials, too few to tell",
                rollout((9, 40, 0), (49, 0)),
                false,
            ),
            ("denials", rollout((10, 40, 0), (50, 0)), true),
            (
                "as many denials as before",
                rollout((10, 40, 0), (10, 40)),
                false,
            ),
            ("a rise within bounds", rollout((80, 20, 0), (99, 1)), false),
            ("a rise beyond", rollout((78, 22, 0), (99, 1)), true),
        ];
        for (name, rollout, breaks) in cases {
            let breach = rollout.breach(&Guard::default());
            assert_eq!(breach.is_some(), breaks, "{name}: {breach:?}");
        }
    }

    #[test]
    fn counters_count_from_where_they_began() {
        let row = |baseline: u64, latest: u64| {
            let of = |allow| CanaryCounts {
                canary: VerdictCounts {
                    allow,
                    ..VerdictCounts::default()
                },
                ..CanaryCounts::default()
            };
            Model {
                binding_id: Uuid::nil(),
                canary_revision: 1,
                edge_id: Uuid::nil(),
                edge_started_at: 0,
                baseline: text::to_json(&of(baseline)).expect("JSON"),
                latest: text::to_json(&of(latest)).expect("JSON"),
                updated_at: 0,
            }
        };
        for (baseline, latest, expected) in [(0, 5, 5), (5, 7, 2), (5, 5, 0), (5, 2, 2)] {
            let counts = since(&row(baseline, latest)).expect("readable");
            assert_eq!(counts.canary.allow, expected, "{baseline} to {latest}");
        }
    }
}
