//! What policies decided lately, minute by minute, from what edges report. Kept in memory, for an
//! hour: a control plane that starts anew begins to count anew.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use countersign_model::{BindingId, EdgeId, EdgeStatus, Timestamp, VerdictCounts};

/// Minutes that are kept.
pub const MINUTES: i64 = 60;

const MINUTE: i64 = 60_000;

/// Policies that are counted; a house has tens.
const MOST_POLICIES: usize = 2_000;

/// Bindings on edges whose last report is known.
const MOST_REPORTS: usize = 100_000;

/// A report that is older than this is forgotten with its edge.
const FORGOTTEN_AFTER: i64 = MINUTES * MINUTE;

/// What policies decided lately.
#[derive(Debug, Default)]
pub struct Activity {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    last: HashMap<(EdgeId, BindingId), Report>,
    policies: HashMap<String, BTreeMap<i64, VerdictCounts>>,
}

#[derive(Debug)]
struct Report {
    started_at: Timestamp,
    arrived: i64,
    counts: VerdictCounts,
}

impl Activity {
    /// Adds what an edge counted since its last report. Of an edge that was not heard of before,
    /// only what it counted within the last minute can be placed.
    pub fn note(&self, edge: EdgeId, status: &EdgeStatus, now: Timestamp) {
        let minute = now.as_millis().div_euclid(MINUTE);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *inner;
        for policy in &status.policies {
            let key = (edge, policy.binding_id);
            let last = inner.last.get(&key);
            let since = match last {
                Some(last) if last.started_at == status.started_at => {
                    Some(minus(policy.verdicts, last.counts))
                }
                _ if status.started_at.until(now).as_millis() < 60_000 => Some(policy.verdicts),
                // It may have been reported to a control plane that ran before this one.
                None => None,
                Some(_) => Some(policy.verdicts),
            };
            if last.is_some() || inner.last.len() < MOST_REPORTS {
                let report = Report {
                    started_at: status.started_at,
                    arrived: now.as_millis(),
                    counts: policy.verdicts,
                };
                inner.last.insert(key, report);
            }
            let Some(since) = since.filter(|since| *since != VerdictCounts::default()) else {
                continue;
            };
            let known = inner.policies.contains_key(&policy.policy);
            if !known && inner.policies.len() >= MOST_POLICIES {
                continue;
            }
            let minutes = inner.policies.entry(policy.policy.clone()).or_default();
            let counts = minutes.entry(minute).or_default();
            *counts = plus(*counts, since);
        }
        inner.forget(now.as_millis());
    }

    /// What a policy decided in each of the last minutes, oldest first; the last one still runs.
    pub fn minutes(&self, policy: &str, now: Timestamp) -> Vec<(Timestamp, VerdictCounts)> {
        let this = now.as_millis().div_euclid(MINUTE);
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let minutes = inner.policies.get(policy);
        (this - MINUTES + 1..=this)
            .map(|minute| {
                let counts = minutes.and_then(|minutes| minutes.get(&minute));
                let at = Timestamp::from_millis(minute * MINUTE);
                (at, counts.copied().unwrap_or_default())
            })
            .collect()
    }
}

impl Inner {
    fn forget(&mut self, now: i64) {
        let oldest = now.div_euclid(MINUTE) - MINUTES;
        self.policies.retain(|_, minutes| {
            minutes.retain(|minute, _| *minute > oldest);
            !minutes.is_empty()
        });
        self.last
            .retain(|_, report| now - report.arrived < FORGOTTEN_AFTER);
    }
}

/// Both together.
pub fn plus(a: VerdictCounts, b: VerdictCounts) -> VerdictCounts {
    VerdictCounts {
        abstain: a.abstain.saturating_add(b.abstain),
        allow: a.allow.saturating_add(b.allow),
        review: a.review.saturating_add(b.review),
        deny: a.deny.saturating_add(b.deny),
        failed: a.failed.saturating_add(b.failed),
    }
}

fn minus(a: VerdictCounts, b: VerdictCounts) -> VerdictCounts {
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
    use countersign_model::{BoundPolicyStatus, PolicyReadiness, Stage};

    use super::*;

    const NOON: i64 = 1_795_348_800_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(NOON + seconds * 1000)
    }

    fn status(binding: BindingId, started: i64, allow: u64, deny: u64) -> EdgeStatus {
        EdgeStatus {
            version: "0.1.0".to_owned(),
            started_at: at(started),
            instance: None,
            at: at(0),
            bundle_revision: 1,
            bundle_error: None,
            policies: vec![BoundPolicyStatus {
                binding_id: binding,
                policy: "guard".to_owned(),
                version: 1,
                digest: "ab".repeat(32),
                stage: Stage::Enforced,
                readiness: PolicyReadiness::Ready,
                wanted_version: None,
                decisions: allow + deny,
                failures: 0,
                last_failure: None,
                verdicts: VerdictCounts {
                    allow,
                    deny,
                    ..VerdictCounts::default()
                },
                canary: None,
                p50_us: 0,
                p99_us: 0,
                error: None,
            }],
            targets: Vec::new(),
            listeners: Vec::new(),
            sessions: 0,
            spool_records: 0,
            spool_bytes: 0,
            journal_error: None,
            resident_bytes: 0,
        }
    }

    fn counted(activity: &Activity, now: i64) -> Vec<(i64, u64, u64)> {
        let minutes = activity.minutes("guard", at(now));
        assert_eq!(minutes.len(), 60);
        minutes
            .into_iter()
            .filter(|(_, counts)| *counts != VerdictCounts::default())
            .map(|(minute, c)| ((minute.as_millis() - NOON) / MINUTE, c.allow, c.deny))
            .collect()
    }

    #[test]
    fn only_what_is_new_is_counted() {
        let activity = Activity::default();
        let (edge, binding) = (EdgeId::new(), BindingId::new());
        let old = -10_000;
        let reports = [
            (0, old, 100, 0, vec![]),
            (5, old, 103, 1, vec![(0, 3, 1)]),
            (10, old, 103, 1, vec![(0, 3, 1)]),
            (65, old, 110, 1, vec![(0, 3, 1), (1, 7, 0)]),
            (70, 66, 2, 0, vec![(0, 3, 1), (1, 9, 0)]),
            (75, 66, 3, 0, vec![(0, 3, 1), (1, 10, 0)]),
            (3_605, 66, 3, 1, vec![(1, 10, 0), (60, 0, 1)]),
        ];
        for (now, started, allow, deny, expected) in reports {
            activity.note(edge, &status(binding, started, allow, deny), at(now));
            assert_eq!(counted(&activity, now), expected, "after {now} s");
        }
    }

    #[test]
    fn an_edge_that_just_started_is_counted_whole() {
        let activity = Activity::default();
        activity.note(EdgeId::new(), &status(BindingId::new(), 0, 5, 0), at(10));
        activity.note(EdgeId::new(), &status(BindingId::new(), 0, 5, 0), at(10));
        assert_eq!(counted(&activity, 10), [(0, 10, 0)]);
    }

    #[test]
    fn memory_is_bounded() {
        let activity = Activity::default();
        for _ in 0..3 {
            let edge = EdgeId::new();
            for n in 0..1_000_i64 {
                let mut status = status(BindingId::new(), 0, 1, 0);
                status.policies[0].policy = format!("policy-{edge}-{n}");
                activity.note(edge, &status, at(10));
            }
        }
        let policies = activity.inner.lock().unwrap().policies.len();
        assert!(policies <= MOST_POLICIES, "{policies}");
        activity.note(EdgeId::new(), &status(BindingId::new(), 0, 1, 0), at(9_000));
        let inner = activity.inner.lock().unwrap();
        assert_eq!((inner.last.len(), inner.policies.len()), (1, 0));
    }
}
