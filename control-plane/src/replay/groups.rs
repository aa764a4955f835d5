//! Differences, gathered by what differs: counts, and a few examples each.

use std::collections::{BTreeMap, HashMap};

use countersign_model::{ActionId, Decision, Effect, PolicyVerdict, SessionId, Timestamp, Verdict};
use countersign_policy_engine::replay::{PolicyDifference, Replayed};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Examples of a group.
const EXAMPLES: usize = 5;

/// Groups with reasons of their own; further reasons are gathered without them.
const MOST_GROUPS: usize = 256;

/// Groups without reasons, in case policies' names are made up by the thousand.
const MOST_NAMES: usize = 1_024;

/// Characters of an example's text, and of a reason.
const MAX_TEXT: usize = 400;

/// Stands for a policy that was not bound, before or after.
const NOT_BOUND: &str = "not_bound";

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct ReplayGroupKey {
    /// The policy; null where no policy said otherwise and yet the decision is another.
    pub policy: Option<String>,
    /// What it said: `abstain`, `oblige`, `allow`, `mask`, `review`, `deny` or `failed`;
    /// `not_bound` where it was not asked.
    pub from: String,
    /// What it says now, likewise.
    pub to: String,
    /// Why it says so, or why it said the other; null where neither has a reason, or there are too
    /// many different ones.
    pub reason: Option<String>,
}

/// What an action's decision was, or is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayJudgement {
    /// What happens.
    pub effect: Effect,
    /// Why.
    pub reasons: Vec<String>,
}

/// An action whose decision differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayExample {
    /// Which.
    pub action_id: ActionId,
    /// Its session.
    pub session_id: SessionId,
    /// When it was judged.
    pub at: Timestamp,
    /// What was tried, cut short.
    pub text: String,
    /// The recorded decision.
    pub before: ReplayJudgement,
    /// The decision now.
    pub after: ReplayJudgement,
}

/// Equal differences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayGroup {
    /// What differs.
    pub key: ReplayGroupKey,
    /// How many decisions.
    pub count: u64,
    /// How many of them come out otherwise, for all policies together; the others differ in a
    /// shadow alone, or in an obligation.
    pub effect_changes: u64,
    /// Some of them.
    pub examples: Vec<ReplayExample>,
}

impl ReplayGroup {
    fn new(key: ReplayGroupKey) -> Self {
        Self {
            key,
            count: 0,
            effect_changes: 0,
            examples: Vec::new(),
        }
    }
}

/// Differences, gathered.
#[derive(Debug, Default)]
pub struct Groups {
    groups: HashMap<ReplayGroupKey, ReplayGroup>,
    /// Differing decisions with answers that were made up.
    pub simulated: u64,
    /// Decisions that could not be judged, by reason.
    pub skipped: BTreeMap<String, u64>,
}

impl Groups {
    /// Adds a decision that differs.
    pub fn add(&mut self, replayed: &Replayed) {
        self.simulated += u64::from(replayed.simulated);
        let changed = replayed.before.effect != replayed.after.effect;
        if replayed.differences.is_empty() {
            let key = ReplayGroupKey {
                policy: None,
                from: effect(replayed.before.effect).to_owned(),
                to: effect(replayed.after.effect).to_owned(),
                reason: replayed.after.reasons.first().map(|reason| cut(reason)),
            };
            self.count(key, changed, replayed);
        }
        for difference in &replayed.differences {
            self.count(key_of(difference), changed, replayed);
        }
    }

    /// Counts a decision that could not be judged.
    pub fn skip(&mut self, reason: &str) {
        match self.skipped.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                self.skipped.insert(reason.to_owned(), 1);
            }
        }
    }

    fn count(&mut self, key: ReplayGroupKey, changed: bool, replayed: &Replayed) {
        let Some(group) = self.group(key) else { return };
        group.count += 1;
        group.effect_changes += u64::from(changed);
        if group.examples.len() < EXAMPLES {
            group.examples.push(ReplayExample {
                action_id: replayed.action_id,
                session_id: replayed.session_id,
                at: replayed.at,
                text: cut(&replayed.text),
                before: judgement(&replayed.before),
                after: judgement(&replayed.after),
            });
        }
    }

    /// The group of this key, or the one of its like when there are too many.
    fn group(&mut self, mut key: ReplayGroupKey) -> Option<&mut ReplayGroup> {
        if self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key) {
            key.reason = None;
            if self.groups.len() >= MOST_GROUPS + MOST_NAMES && !self.groups.contains_key(&key) {
                return None;
            }
        }
        let group = self.groups.entry(key.clone());
        Some(group.or_insert_with(|| ReplayGroup::new(key)))
    }

    /// Adds what another thread gathered.
    pub fn merge(&mut self, other: Self) {
        self.simulated += other.simulated;
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        for (key, theirs) in other.groups {
            let Some(group) = self.group(key) else {
                continue;
            };
            group.count += theirs.count;
            group.effect_changes += theirs.effect_changes;
            group.examples.extend(theirs.examples);
            // The earliest, whichever thread judged them: the same replay shows the same ones.
            group
                .examples
                .sort_by_key(|example| (example.at, example.action_id));
            group.examples.truncate(EXAMPLES);
        }
    }

    /// The groups, the most frequent first.
    pub fn sorted(self) -> Vec<ReplayGroup> {
        let mut groups: Vec<ReplayGroup> = self.groups.into_values().collect();
        groups.sort_by(|a, b| {
            let name = |group: &ReplayGroup| {
                let key = &group.key;
                (
                    key.policy.clone(),
                    key.from.clone(),
                    key.to.clone(),
                    key.reason.clone(),
                )
            };
            b.count.cmp(&a.count).then_with(|| name(a).cmp(&name(b)))
        });
        groups
    }
}

fn key_of(difference: &PolicyDifference) -> ReplayGroupKey {
    let after = difference.after.as_ref();
    let before = difference.before.as_ref();
    let reason = after.and_then(reason).or_else(|| before.and_then(reason));
    ReplayGroupKey {
        policy: Some(difference.policy.clone()),
        from: before.map_or(NOT_BOUND, word).to_owned(),
        to: after.map_or(NOT_BOUND, word).to_owned(),
        reason,
    }
}

fn judgement(decision: &Decision) -> ReplayJudgement {
    ReplayJudgement {
        effect: decision.effect,
        reasons: decision.reasons.iter().map(|reason| cut(reason)).collect(),
    }
}

fn word(verdict: &PolicyVerdict) -> &'static str {
    match verdict {
        PolicyVerdict::Said(Verdict::Abstain) => "abstain",
        PolicyVerdict::Said(Verdict::Oblige(_)) => "oblige",
        PolicyVerdict::Said(Verdict::Allow(with)) if with.masks.is_empty() => "allow",
        PolicyVerdict::Said(Verdict::Allow(_)) => "mask",
        PolicyVerdict::Said(Verdict::Review(_)) => "review",
        PolicyVerdict::Said(Verdict::Deny(_)) => "deny",
        PolicyVerdict::Failed { .. } => "failed",
    }
}

fn reason(verdict: &PolicyVerdict) -> Option<String> {
    match verdict {
        PolicyVerdict::Said(Verdict::Deny(reason)) => Some(cut(reason)),
        PolicyVerdict::Said(Verdict::Review(spec)) => Some(cut(&spec.reason)),
        PolicyVerdict::Said(_) => None,
        PolicyVerdict::Failed { failure, detail } => Some(cut(&format!("{failure}: {detail}"))),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::Mask => "mask",
        Effect::Review => "review",
        Effect::Deny => "deny",
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
