//! Who obeys a canary, what is recorded of the others, and what is counted.

use std::sync::Arc;

use countersign_model::{
    Binding, CanaryCounts, Decision, Effect, HttpOperation, Operation, Principal, SessionId, Stage,
    StatementClass, Target, VerdictCounts,
};
use countersign_policy_engine::{Engine, EngineOptions, LoadedPolicy, PolicySet};
use serde_json::Value;

use crate::support::{
    self,
    guest::{self, guest},
};

struct World {
    engine: Engine,
    mild: Arc<LoadedPolicy>,
    strict: Arc<LoadedPolicy>,
    who: Arc<Principal>,
    what: Arc<Target>,
}

impl World {
    fn new() -> Self {
        let engine = Engine::new(EngineOptions::default()).expect("an engine");
        Self {
            mild: engine.load(&guest("mild", "")).expect("loads"),
            strict: engine
                .load(&guest("strict", &guest::answer_deny()))
                .expect("loads"),
            engine,
            who: support::principal(&[]),
            what: support::target(&[]),
        }
    }

    /// What is enforced, and a canary that would take its place.
    fn bindings(&self, percent: u8) -> (Binding, Binding) {
        let enforced = support::binding(&self.mild, Value::Null);
        let mut canary = support::binding(&self.strict, Value::Null);
        canary.stage = Stage::Canary;
        canary.canary_percent = Some(percent);
        canary.replaces = Some(enforced.id);
        (enforced, canary)
    }

    fn set(&self, (enforced, canary): (Binding, Binding)) -> PolicySet {
        let entries = vec![
            (enforced, Ok(Arc::clone(&self.mild))),
            (canary, Ok(Arc::clone(&self.strict))),
        ];
        PolicySet::new(&self.engine, entries, 1)
    }

    fn decide(&self, set: &PolicySet, session: SessionId) -> Arc<Decision> {
        self.decide_times(set, session, 1)
    }

    fn decide_times(&self, set: &PolicySet, session: SessionId, times: usize) -> Arc<Decision> {
        let statement = support::statement(StatementClass::Read, "select");
        let action = support::action(&self.who, &self.what, vec![statement]);
        let mut judge = set.session(Arc::clone(&self.who), Arc::clone(&self.what), session);
        let mut decision = None;
        for _ in 0..times {
            decision = Some(judge.judge(&action, &support::counters()).decision);
        }
        decision.expect("judged")
    }
}

fn stages(decision: &Decision) -> Vec<Stage> {
    decision.policies.iter().map(|p| p.stage).collect()
}

#[test]
fn a_session_is_in_or_out_for_good() {
    let world = World::new();
    let sessions: Vec<SessionId> = (0..400).map(|_| SessionId::new()).collect();
    let (enforced, canary) = world.bindings(0);
    let mut last = vec![false; sessions.len()];
    for percent in [0, 10, 40, 100] {
        let canary = Binding {
            canary_percent: Some(percent),
            ..canary.clone()
        };
        let set = world.set((enforced.clone(), canary));
        let mut inside = 0;
        for (session, was_in) in sessions.iter().zip(&mut last) {
            let decision = world.decide(&set, *session);
            let is_in = decision.effect == Effect::Deny;
            let expected = if is_in {
                [Stage::Shadow, Stage::Canary]
            } else {
                [Stage::Enforced, Stage::Shadow]
            };
            assert_eq!(stages(&decision), expected);
            assert!(is_in || !*was_in, "out again at {percent}");
            // The same in another set with the same bindings, after a restart.
            assert_eq!(world.decide(&set, *session).effect, decision.effect);
            *was_in = is_in;
            inside += usize::from(is_in);
        }
        let expected = sessions.len() * usize::from(percent) / 100;
        let spread = if percent % 100 == 0 { 0 } else { 40 };
        assert!(inside.abs_diff(expected) <= spread, "{inside} at {percent}");
    }
}

#[test]
fn a_canary_takes_the_place_only_of_what_it_covers() {
    let world = World::new();
    let (enforced, mut canary) = world.bindings(100);
    canary.selector.operations = vec!["sql".to_owned()];
    let set = world.set((enforced, canary));
    assert_eq!(
        stages(&world.decide(&set, SessionId::new())),
        [Stage::Shadow, Stage::Canary]
    );
    let mut action = support::action(&world.who, &world.what, Vec::new());
    action.operation = Operation::Http(HttpOperation::default());
    let mut session = set.session(
        Arc::clone(&world.who),
        Arc::clone(&world.what),
        SessionId::new(),
    );
    let decision = session.judge(&action, &support::counters()).decision;
    assert_eq!(stages(&decision), [Stage::Enforced]);
}

#[test]
fn drafts_are_never_judged() {
    let world = World::new();
    let (enforced, mut canary) = world.bindings(100);
    canary.stage = Stage::Draft;
    let set = world.set((enforced, canary));
    let decision = world.decide(&set, SessionId::new());
    assert_eq!(stages(&decision), [Stage::Enforced]);
    assert_eq!(set.statuses()[1].decisions, 0);
}

#[test]
fn every_decision_is_counted_the_remembered_ones_too() {
    let world = World::new();
    let set = world.set(world.bindings(50));
    let mut inside = 0;
    for _ in 0..60 {
        let decision = world.decide_times(&set, SessionId::new(), 5);
        inside += 5 * u64::from(decision.effect == Effect::Deny);
    }
    assert!(inside > 0 && inside < 300, "{inside}");
    let statuses = set.statuses();
    let counts = |abstain, deny| VerdictCounts {
        abstain,
        deny,
        ..VerdictCounts::default()
    };
    assert_eq!(statuses[0].verdicts, counts(300, 0));
    assert_eq!(statuses[0].canary, None);
    assert_eq!(statuses[1].verdicts, counts(0, 300));
    assert_eq!(
        statuses[1].canary,
        Some(CanaryCounts {
            canary: counts(0, inside),
            baseline: counts(inside, 0),
        })
    );
    for status in &statuses {
        assert_eq!((status.decisions, status.failures), (300, 0));
        assert!(status.p50_us > 0 && status.p99_us >= status.p50_us);
        assert_eq!(status.last_failure, None);
    }
}

#[test]
fn the_last_failure_is_told() {
    let world = World::new();
    let traps = world.engine.load(&guest("traps", "unreachable"));
    let traps = traps.expect("loads");
    let binding = support::binding(&traps, Value::Null);
    let set = PolicySet::new(&world.engine, vec![(binding, Ok(traps))], 1);
    world.decide_times(&set, SessionId::new(), 3);
    let status = &set.statuses()[0];
    assert_eq!((status.decisions, status.failures), (3, 3));
    assert_eq!(status.verdicts.failed, 3);
    let last = status.last_failure.as_deref().expect("a failure");
    assert!(last.starts_with("the policy trapped"), "{last}");
}
