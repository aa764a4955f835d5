//! Judging the actions of one session.
//!
//! A policy is a deterministic function of what it asked for. If it asked for nothing but principal,
//! target and facts (not for the action's id, time, session, text or parameters, and not for a
//! counter), then for the same principal, target, settings and facts it can only say the same again,
//! and is not asked. To hold, this needs instances without a past: a verdict is remembered only when
//! a fresh instance gave it. Faults are never remembered.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

use countersign_model::{Action, Decision, PolicyOutcome};

use crate::{
    Counters, FactsKey,
    cache::{Generations, ScopedKey},
    host::Judging,
    instance::{Instance, Run},
    set::{BoundPolicy, Known, Scope, SetState},
};

/// Decisions that a session remembers at most by itself.
const SESSION_DECISIONS: usize = 64;

/// A decision, and whether it is news.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The decision.
    pub decision: Arc<Decision>,
    /// Whether this very decision was returned before in this session.
    pub reused: bool,
}

/// Judges one session. Instances of policies that live on between actions are this session's alone.
pub struct SessionJudge {
    set: Arc<SetState>,
    scope: Arc<Scope>,
    known: Generations<Arc<Decision>>,
    /// One place a bound policy.
    live: Vec<Option<Instance>>,
}

impl fmt::Debug for SessionJudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionJudge")
            .field("revision", &self.set.revision)
            .field("policies", &self.scope.bound.len())
            .finish_non_exhaustive()
    }
}

impl SessionJudge {
    pub(crate) fn new(set: Arc<SetState>, scope: Arc<Scope>, remembered: usize) -> Self {
        Self {
            live: scope.bound.iter().map(|_| None).collect(),
            known: Generations::new(remembered.div_ceil(2).min(SESSION_DECISIONS)),
            set,
            scope,
        }
    }

    /// Judges an action of this session.
    pub fn judge(&mut self, action: &Action, counters: &Arc<dyn Counters>) -> Judged {
        self.judge_keyed(action, &FactsKey::of_operation(&action.operation), counters)
    }

    /// Judges an action of this session whose facts' key is at hand. It must be the key of the
    /// action's facts: a decision is looked up by it. The principal and the target are the session's,
    /// whatever the action says.
    pub fn judge_keyed(
        &mut self,
        action: &Action,
        facts: &FactsKey,
        counters: &Arc<dyn Counters>,
    ) -> Judged {
        let key = ScopedKey {
            scope: self.scope.id,
            facts: *facts,
        };
        if let Some(decision) = self.known.get(&key) {
            self.scope
                .bound
                .iter()
                .for_each(|p| count(p, !p.is_ready()));
            return Judged {
                decision,
                reused: true,
            };
        }
        let parts = match self.set.known(&key) {
            Some(Known::Decision(decision)) => {
                self.scope
                    .bound
                    .iter()
                    .for_each(|p| count(p, !p.is_ready()));
                self.known.insert(key, Arc::clone(&decision));
                return Judged {
                    decision,
                    reused: false,
                };
            }
            Some(Known::Parts(parts)) => Some(parts),
            None => None,
        };
        let outcomes = self.ask(action, counters, key, parts.as_deref());
        Judged {
            decision: Arc::new(self.combine(outcomes)),
            reused: false,
        }
    }

    fn combine(&self, outcomes: Vec<PolicyOutcome>) -> Decision {
        Decision::combine(
            outcomes,
            self.scope.target.default_verdict,
            self.set.revision,
        )
    }

    /// Asks every policy whose outcome is not known, and remembers what cannot differ.
    fn ask(
        &mut self,
        action: &Action,
        counters: &Arc<dyn Counters>,
        key: ScopedKey,
        parts: Option<&[Option<PolicyOutcome>]>,
    ) -> Vec<PolicyOutcome> {
        let mut action = action.clone();
        action.principal = Arc::clone(&self.scope.principal);
        action.target = Arc::clone(&self.scope.target);
        let kind = action.operation.kind();
        let judging = Arc::new(Judging::new(action, Arc::clone(counters)));
        let mut outcomes = Vec::with_capacity(self.scope.bound.len());
        let mut lasting = Vec::with_capacity(self.scope.bound.len());
        let mut settled = true;
        for (index, policy) in self.scope.bound.iter().enumerate() {
            if !covers(policy, kind) {
                lasting.push(None);
                continue;
            }
            let known = parts.and_then(|parts| parts.get(index));
            if let Some(Some(outcome)) = known {
                count(policy, false);
                outcomes.push(outcome.clone());
                continue;
            }
            let started = Instant::now();
            let fresh = known.is_none();
            let live = self.live.get_mut(index).and_then(Option::take);
            let (run, instance) = run(policy, live.filter(|_| !fresh), &judging);
            let failed = run.result.is_err();
            let may_differ = run.may_differ;
            let micros = u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX);
            let outcome = policy.outcome(run, micros);
            count(policy, failed);
            settled &= !failed;
            lasting.push((!may_differ).then(|| PolicyOutcome {
                micros: 0,
                ..outcome.clone()
            }));
            outcomes.push(outcome);
            if let Some(place) = self.live.get_mut(index) {
                *place = instance.filter(|i| may_differ && i.may_stay());
            }
        }
        if parts.is_none() && settled {
            self.remember(key, kind, lasting);
        }
        outcomes
    }

    fn remember(&mut self, key: ScopedKey, kind: &str, lasting: Vec<Option<PolicyOutcome>>) {
        let asked = self.scope.bound.iter().filter(|p| covers(p, kind)).count();
        let known = if lasting.iter().flatten().count() == asked {
            let outcomes = lasting.into_iter().flatten().collect();
            Known::Decision(Arc::new(self.combine(outcomes)))
        } else {
            Known::Parts(lasting.into())
        };
        self.set.remember(key, known);
    }
}

/// Whether a policy covers this kind of operation.
fn covers(policy: &BoundPolicy, kind: &str) -> bool {
    let operations = &policy.binding.selector.operations;
    operations.is_empty() || operations.iter().any(|o| o == kind)
}

/// Asks one instance, or a fresh one; returns it where it may be asked again.
fn run(
    policy: &BoundPolicy,
    live: Option<Instance>,
    judging: &Arc<Judging>,
) -> (Run, Option<Instance>) {
    let instance = match live {
        Some(instance) => Ok(instance),
        None => policy.instance(),
    };
    match instance {
        Ok(mut instance) => {
            let run = instance.judge(judging);
            let kept = run.result.is_ok().then_some(instance);
            (run, kept)
        }
        Err(fault) => {
            let run = Run {
                result: Err(fault),
                calls: Vec::new(),
                may_differ: false,
            };
            (run, None)
        }
    }
}

fn count(policy: &BoundPolicy, failed: bool) {
    policy.tally.decisions.fetch_add(1, Relaxed);
    if failed {
        policy.tally.failures.fetch_add(1, Relaxed);
    }
}
