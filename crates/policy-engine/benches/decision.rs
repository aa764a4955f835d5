//! What one decision of one policy costs: `cargo bench -p countersign-policy-engine`.
//!
//! The policy is `destructive-guard`, and the action is one that it holds for review: it reads the
//! facts and returns a reason.

#[path = "../tests/engine/support/mod.rs"]
#[expect(dead_code, reason = "a benchmark uses its part")]
mod support;

use std::sync::{Arc, OnceLock};

use countersign_model::{Action, Principal, SessionId, StatementClass, Target};
use countersign_policy_engine::{
    Counters, Engine, EngineOptions, FactsKey, LoadedPolicy, PolicySet,
};
use divan::{Bencher, black_box};
use serde_json::Value;

fn main() {
    divan::main();
}

struct Setting {
    engine: Engine,
    policy: Arc<LoadedPolicy>,
    who: Arc<Principal>,
    what: Arc<Target>,
    counters: Arc<dyn Counters>,
}

fn setting() -> &'static Setting {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    SETTING.get_or_init(|| {
        let engine = Engine::new(EngineOptions::default()).expect("an engine");
        let component = support::plugin("destructive-guard");
        Setting {
            policy: engine.load(&component).expect("loads"),
            engine,
            who: support::principal(&[]),
            what: support::target(&[("env", "production")]),
            counters: support::counters(),
        }
    })
}

impl Setting {
    fn delete(&self) -> Action {
        let statement = support::statement(StatementClass::Write, "delete");
        support::action(&self.who, &self.what, vec![statement])
    }

    fn read(&self) -> Action {
        let statement = support::statement(StatementClass::Read, "select");
        support::action(&self.who, &self.what, vec![statement])
    }

    fn set(&self) -> PolicySet {
        let binding = support::binding(&self.policy, Value::Null);
        let entries = vec![(binding, Ok(Arc::clone(&self.policy)))];
        PolicySet::new(&self.engine, entries, 1)
    }
}

#[divan::bench]
fn live_instance_holds(bencher: Bencher) {
    let setting = setting();
    let action = setting.delete();
    let mut trial = setting.policy.trial(&Value::Null).expect("configured");
    bencher.bench_local(|| black_box(trial.judge(&action, &setting.counters)));
}

#[divan::bench]
fn live_instance_abstains(bencher: Bencher) {
    let setting = setting();
    let action = setting.read();
    let mut trial = setting.policy.trial(&Value::Null).expect("configured");
    bencher.bench_local(|| black_box(trial.judge(&action, &setting.counters)));
}

#[divan::bench]
fn fresh_instance_holds(bencher: Bencher) {
    let setting = setting();
    let action = setting.delete();
    bencher.bench_local(|| {
        let mut trial = setting.policy.trial(&Value::Null).expect("configured");
        black_box(trial.judge(&action, &setting.counters))
    });
}

#[divan::bench]
fn remembered_decision(bencher: Bencher) {
    let setting = setting();
    let action = setting.delete();
    let key = FactsKey::of_operation(&action.operation);
    let set = setting.set();
    let mut session = set.session(
        Arc::clone(&setting.who),
        Arc::clone(&setting.what),
        SessionId::new(),
    );
    bencher.bench_local(|| black_box(session.judge_keyed(&action, &key, &setting.counters)));
}

#[divan::bench]
fn key_of_facts(bencher: Bencher) {
    let action = setting().delete();
    bencher.bench_local(|| black_box(FactsKey::of_operation(&action.operation)));
}

/// Ten bound policies that each ask for the facts and answer with a reason, in live instances.
#[divan::bench]
fn ten_live_instances_hold(bencher: Bencher) {
    let setting = setting();
    let action = setting.delete();
    let trial = |_| setting.policy.trial(&Value::Null).expect("configured");
    let mut trials: Vec<_> = (0..10).map(trial).collect();
    bencher.bench_local(|| {
        for trial in &mut trials {
            black_box(trial.judge(&action, &setting.counters));
        }
    });
}

/// A whole decision of ten bound policies that all have to be asked each time: each reads the facts
/// and the time.
#[divan::bench]
fn ten_bound_policies_asked(bencher: Bencher) {
    let setting = setting();
    let asks = "(drop (call $at (local.get $action)))
        (call $sql (local.get $action) (i32.const 16384))";
    let component = support::guest::guest("asks", asks);
    let policy = setting.engine.load(&component).expect("loads");
    let entry = |_| {
        let binding = support::binding(&policy, Value::Null);
        (binding, Ok(Arc::clone(&policy)))
    };
    let set = PolicySet::new(&setting.engine, (0..10).map(entry).collect(), 1);
    let mut session = set.session(
        Arc::clone(&setting.who),
        Arc::clone(&setting.what),
        SessionId::new(),
    );
    let action = setting.delete();
    let key = FactsKey::of_operation(&action.operation);
    bencher.bench_local(|| black_box(session.judge_keyed(&action, &key, &setting.counters)));
}
