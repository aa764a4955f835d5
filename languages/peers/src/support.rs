//! What is judged, and by which binding.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_model::{
    Action, ActionId, Binding, BindingId, DefaultVerdict, Operation, PolicyId, Principal,
    PrincipalId, PrincipalKind, Selector, SessionId, SqlFacts, SqlOperation, SqlStatement, Stage,
    StatementClass, Target, TargetId, TargetKind, Timestamp,
};
use countersign_policy_engine::{Counters, LoadedPolicy};

#[derive(Default)]
struct Sums(Mutex<BTreeMap<String, u64>>);

impl Counters for Sums {
    fn count(&self, key: &str, amount: u64, _window_seconds: u32) -> u64 {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = sums.entry(key.to_owned()).or_default();
        *sum += amount;
        *sum
    }
}

pub fn counters() -> Arc<dyn Counters> {
    Arc::new(Sums::default())
}

pub fn principal(groups: &[&str]) -> Arc<Principal> {
    Arc::new(Principal {
        id: PrincipalId::new(),
        name: "agent".to_owned(),
        kind: PrincipalKind::Agent,
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        claims: BTreeMap::new(),
        on_behalf_of: None,
    })
}

pub fn target(env: &str) -> Arc<Target> {
    Arc::new(Target {
        id: TargetId::new(),
        name: "shop".to_owned(),
        kind: TargetKind::Postgres,
        labels: BTreeMap::from([("env".to_owned(), env.to_owned())]),
        default_verdict: DefaultVerdict::Allow,
    })
}

pub fn statement(class: StatementClass, operation: &str, table: String) -> SqlStatement {
    SqlStatement {
        class,
        operations: vec![operation.to_owned()],
        tables_read: Vec::new(),
        tables_written: vec![table],
        columns_read: Vec::new(),
        columns_filtered: Vec::new(),
        functions: Vec::new(),
        settings_changed: Vec::new(),
        unbounded_write: false,
        unbounded_read: false,
        outputs: Vec::new(),
    }
}

pub fn action(who: &Arc<Principal>, what: &Arc<Target>, statement: SqlStatement) -> Action {
    Action {
        id: ActionId::new(),
        at: Timestamp::from_millis(1_700_000_000_000),
        session: SessionId::new(),
        principal: Arc::clone(who),
        target: Arc::clone(what),
        operation: Operation::Sql(SqlOperation {
            text: "the text".into(),
            facts: Arc::new(SqlFacts {
                statements: vec![statement],
            }),
            parameters: Arc::new([]),
        }),
    }
}

pub fn binding(policy: &LoadedPolicy) -> Binding {
    Binding {
        id: BindingId::new(),
        policy_id: PolicyId::new(),
        policy: policy.manifest().name.clone(),
        version: 1,
        digest: policy.digest().to_owned(),
        settings: serde_json::Value::Null,
        selector: Selector::default(),
        stage: Stage::Enforced,
        canary_percent: None,
        replaces: None,
        source: None,
    }
}
