//! What the engine's tests share: plugins as components, and actions to judge.

pub mod guest;
pub mod read;
pub mod record;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use countersign_model::{
    Action, ActionId, Binding, BindingId, DefaultVerdict, Operation, PolicyId, Principal,
    PrincipalId, PrincipalKind, Selector, SessionId, SqlFacts, SqlOperation, SqlStatement, Stage,
    StatementClass, Target, TargetId, TargetKind, Timestamp,
};
use countersign_policy_engine::{Counters, LoadedPolicy};

/// A built-in policy as it is shipped.
pub fn plugin(name: &str) -> Vec<u8> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../plugins")
        .join(name);
    let module = countersign_policy_package::source::compile(&dir).expect("compiles");
    countersign_policy_engine::build_policy(&module).expect("builds")
}

/// Counters that keep everything.
#[derive(Debug, Default)]
pub struct Sums(Mutex<BTreeMap<String, u64>>);

impl Counters for Sums {
    fn count(&self, key: &str, amount: u64, _window_seconds: u32) -> u64 {
        let mut sums = self.0.lock().expect("not poisoned");
        let sum = sums.entry(key.to_owned()).or_default();
        *sum += amount;
        *sum
    }
}

pub fn counters() -> Arc<dyn Counters> {
    Arc::new(Sums::default())
}

pub fn principal(claims: &[(&str, &str)]) -> Arc<Principal> {
    Arc::new(Principal {
        id: PrincipalId::new(),
        name: "agent".to_owned(),
        kind: PrincipalKind::Agent,
        groups: vec!["ai".to_owned()],
        claims: map(claims),
        on_behalf_of: None,
        owner: None,
    })
}

pub fn target(labels: &[(&str, &str)]) -> Arc<Target> {
    Arc::new(Target {
        id: TargetId::new(),
        name: "shop".to_owned(),
        kind: TargetKind::Postgres,
        labels: map(labels),
        default_verdict: DefaultVerdict::Allow,
        access: countersign_model::TargetAccess::Standing,
    })
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

pub fn statement(class: StatementClass, operation: &str) -> SqlStatement {
    SqlStatement {
        class,
        operations: vec![operation.to_owned()],
        tables_read: Vec::new(),
        tables_written: vec!["orders".to_owned()],
        columns_read: Vec::new(),
        columns_filtered: Vec::new(),
        functions: Vec::new(),
        settings_changed: Vec::new(),
        unbounded_write: false,
        unbounded_read: false,
        outputs: Vec::new(),
    }
}

pub fn action(
    principal: &Arc<Principal>,
    target: &Arc<Target>,
    statements: Vec<SqlStatement>,
) -> Action {
    Action {
        id: ActionId::new(),
        at: Timestamp::from_millis(1_700_000_000_000),
        session: SessionId::new(),
        principal: Arc::clone(principal),
        target: Arc::clone(target),
        operation: Operation::Sql(SqlOperation {
            text: "the text".into(),
            facts: Arc::new(SqlFacts { statements }),
            parameters: Arc::new([]),
        }),
        grant: None,
    }
}

pub fn binding(policy: &LoadedPolicy, settings: serde_json::Value) -> Binding {
    Binding {
        id: BindingId::new(),
        policy_id: PolicyId::new(),
        policy: policy.manifest().name.clone(),
        version: 1,
        digest: policy.digest().to_owned(),
        settings,
        selector: Selector::default(),
        stage: Stage::Enforced,
        canary_percent: None,
        replaces: None,
        source: None,
    }
}

/// What one policy said, the only one of its set.
pub fn judge_once(
    engine: &countersign_policy_engine::Engine,
    component: &[u8],
) -> countersign_model::PolicyVerdict {
    let policy = engine.load(component).expect("loads");
    let set = countersign_policy_engine::PolicySet::new(
        engine,
        vec![(binding(&policy, serde_json::Value::Null), Ok(policy))],
        1,
    );
    let (who, what) = (principal(&[]), target(&[]));
    let mut judge = set.session(Arc::clone(&who), Arc::clone(&what), SessionId::new());
    let action = action(&who, &what, vec![statement(StatementClass::Read, "select")]);
    let judged = judge.judge(&action, &counters());
    judged.decision.policies[0].verdict.clone()
}
