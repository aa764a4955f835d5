//! A record of decisions as edges write it: made by the real engine from a seed.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex},
};

use countersign_model::{
    Action, ActionId, ActionIntent, ActionOutcome, ActionRefused, Binding, CredentialId, Decision,
    DecisionRecord, Effect, Event, EventBody, Operation, OutcomeStatus, Parameter, Principal,
    RawOperation, RecordedOperation, SessionId, SessionOpened, SqlFacts, SqlOperation, Stage,
    Target, Timestamp, Timing,
};
use countersign_policy_engine::{
    Counters, Document, Documents, Engine, EngineOptions, LoadedPolicy, PolicySet, SessionJudge,
    replay::{Archive, Snapshot},
};
use serde_json::{Value, json};

use super::guest::{self, guest};

/// A small generator of random numbers, the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).expect("fits")
    }
}

/// What judged, by revision, and the components.
pub struct Past {
    pub sets: Vec<(u64, Vec<Binding>)>,
    pub modules: BTreeMap<String, Vec<u8>>,
}

const DOCUMENT: &str = r#"{"alice": {"team": "red"}}"#;

/// The documents of every set.
pub fn documents() -> Documents {
    let digest = countersign_policy_package::digest(DOCUMENT.as_bytes());
    let document = Document::parse(digest, DOCUMENT.as_bytes()).expect("a document");
    Documents::new([("people".to_owned(), document)])
}

impl Archive for Past {
    fn set(&self, revision: u64) -> Result<Option<Arc<Snapshot>>, String> {
        let found = self.sets.iter().rev().find(|(of, _)| *of <= revision);
        Ok(found.map(|(revision, bindings)| {
            Arc::new(Snapshot {
                revision: *revision,
                bindings: bindings.clone(),
                documents: documents(),
            })
        }))
    }

    fn module(&self, digest: &str) -> Result<Arc<[u8]>, String> {
        let module = self.modules.get(digest).ok_or("no such module")?;
        Ok(module.as_slice().into())
    }
}

impl Past {
    pub fn write(&self, dir: &Path) {
        let sets = serde_json::to_vec(&self.sets).expect("JSON");
        std::fs::write(dir.join("sets.json"), sets).expect("written");
        for (digest, module) in &self.modules {
            std::fs::write(dir.join(format!("{digest}.wasm")), module).expect("written");
        }
    }

    pub fn read(dir: &Path) -> Self {
        let sets = std::fs::read(dir.join("sets.json")).expect("read");
        let mut modules = BTreeMap::new();
        for entry in std::fs::read_dir(dir).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "wasm") {
                let digest = path.file_stem().expect("a name").to_string_lossy();
                modules.insert(digest.into_owned(), std::fs::read(&path).expect("read"));
            }
        }
        Self {
            sets: serde_json::from_slice(&sets).expect("sets"),
            modules,
        }
    }
}

/// Counters that slide by the actions' own times.
#[derive(Default)]
struct Clocked {
    now: Mutex<i64>,
    sums: Mutex<HashMap<(String, i64), u64>>,
}

impl Counters for Clocked {
    fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
        let window = *self.now.lock().expect("not poisoned") / (i64::from(window_seconds) * 1000);
        let mut sums = self.sums.lock().expect("not poisoned");
        let sum = sums.entry((key.to_owned(), window)).or_default();
        *sum += amount;
        *sum
    }
}

/// The policies of the record: the built-in ones, and guests that ask for all that is recorded.
fn policies(engine: &Engine) -> Vec<(Arc<LoadedPolicy>, Vec<u8>, Value)> {
    let clock = format!(
        "(if (i64.eqz (i64.rem_u (call $at (local.get $action)) (i64.const 7))) (then {}))",
        guest::answer_deny()
    );
    let text = format!(
        "(call $text (local.get $action) (i32.const 16384))
         (if (i32.eqz (i32.rem_u (i32.load (i32.const 16392)) (i32.const 5))) (then {}))",
        guest::answer_deny()
    );
    let count = format!(
        "(if (i64.gt_u (call $count (i32.const 640) (i32.const 4) (i64.const 1) (i32.const 60))
             (i64.const 40)) (then {}))",
        guest::answer_deny()
    );
    let budget = json!({"tables": ["customers"], "row_cap": 50, "budget": {"rows": 20_000}});
    let masks = json!({"entities": [{"entity": "EMAIL_ADDRESS", "style": "redact"}]});
    let all = [
        (super::plugin("destructive-guard"), Value::Null),
        (super::plugin("bulk-read-guard"), budget),
        (super::plugin("environment-boundary"), Value::Null),
        (super::plugin("pii-mask"), masks),
        (guest("lookups", &guest::deny_if_alice()), Value::Null),
        (guest("clock", &clock), Value::Null),
        (guest("text", &text), Value::Null),
        (guest("counts", &count), Value::Null),
        (guest("strict", &guest::answer_deny()), Value::Null),
        (guest("mild", ""), Value::Null),
    ];
    let load = |(component, settings): (Vec<u8>, Value)| {
        let policy = engine.load(&component).expect("loads");
        (policy, component, settings)
    };
    all.into_iter().map(load).collect()
}

/// Which bindings there are: what asks much covers some principals alone, and one is a canary.
fn bindings(policies: &[(Arc<LoadedPolicy>, Vec<u8>, Value)]) -> Vec<Binding> {
    let mut bindings: Vec<Binding> = policies
        .iter()
        .map(|(policy, _, settings)| super::binding(policy, settings.clone()))
        .collect();
    for (index, binding) in bindings.iter_mut().enumerate() {
        let only = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        match index {
            4 => binding.stage = Stage::Shadow,
            5 | 6 => binding.selector.principals.names = only(&["agent-0", "agent-1"]),
            7 => binding.selector.principals.names = only(&["agent-2"]),
            8 => {
                binding.stage = Stage::Canary;
                binding.canary_percent = Some(25);
            }
            _ => {}
        }
    }
    bindings[8].replaces = Some(bindings[9].id);
    bindings
}

/// Texts with their facts.
fn operations() -> Vec<(Arc<str>, Arc<SqlFacts>)> {
    let mut texts = Vec::new();
    for table in ["customers", "orders", "audit.log", "products"] {
        for n in 0..6 {
            texts.push(format!("SELECT id, name FROM {table} WHERE id = {n}"));
            texts.push(format!("SELECT * FROM {table} LIMIT {}", n + 1));
        }
        texts.push(format!("SELECT * FROM {table}"));
        texts.push(format!("DELETE FROM {table} WHERE id = 1"));
        texts.push(format!("DELETE FROM {table}"));
        texts.push(format!("UPDATE {table} SET name = 'x' WHERE id = 2"));
        texts.push(format!("INSERT INTO {table} (id) VALUES (1)"));
        texts.push(format!("BEGIN; SELECT count(*) FROM {table}"));
    }
    texts.push("DROP TABLE orders".to_owned());
    let parse = |text: String| {
        let raw = RawOperation::Sql(text);
        match countersign_inspect::operation(&raw).expect("parses") {
            Operation::Sql(sql) => (sql.text, sql.facts),
            other => panic!("{other:?}"),
        }
    };
    texts.into_iter().map(parse).collect()
}

/// A session of the record while it is made.
struct Open {
    id: SessionId,
    who: Arc<Principal>,
    what: Arc<Target>,
    judge: SessionJudge,
    revision: u64,
    recorded: HashMap<usize, (Arc<Decision>, Arc<SqlFacts>, ActionId)>,
}

/// A record of so many decisions, each line handed to `write`.
pub fn make(seed: u64, decisions: usize, write: &mut dyn FnMut(&Event)) -> Past {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let policies = policies(&engine);
    let first = bindings(&policies);
    let mut second = first.clone();
    // A setting changes, and the canary grows.
    second[1].settings = json!({"tables": ["customers", "orders"], "row_cap": 10});
    second[8].canary_percent = Some(60);
    let sets: Vec<(u64, Vec<Binding>)> = vec![(5, first), (9, second)];
    let bound: Vec<PolicySet> = sets
        .iter()
        .map(|(revision, bindings)| {
            let modules = policies.iter().map(|(policy, ..)| Ok(Arc::clone(policy)));
            let entries = bindings.iter().cloned().zip(modules).collect();
            PolicySet::with_documents(&engine, entries, documents(), *revision)
        })
        .collect();
    for status in bound.iter().flat_map(PolicySet::statuses) {
        assert_eq!(status.error, None, "{}", status.policy);
    }
    let operations = operations();
    let mut maker = Maker {
        random: Random::new(seed),
        seq: 0,
        at: 1_700_000_000_000,
        counters: Arc::new(Clocked::default()),
        write,
    };
    let people: Vec<Arc<Principal>> = (0..8)
        .map(|n| {
            let claims = [("env", if n % 4 == 3 { "staging" } else { "production" })];
            let mut who = (*super::principal(&claims)).clone();
            who.name = format!("agent-{n}");
            Arc::new(who)
        })
        .collect();
    let target = super::target(&[("env", "production")]);
    let mut open: Vec<Open> = Vec::new();
    for number in 0..decisions {
        // Half the sessions live under one set, then they follow to the next.
        let set = &bound[usize::from(number > decisions / 2)];
        if open.len() < 32 {
            open.push(maker.open(&people, &target, set));
        }
        let at = maker.random.below(open.len());
        maker.decide(&mut open[at], set, &operations);
        if maker.random.below(400) == 0 {
            open.swap_remove(at);
        }
    }
    let digest = |(policy, component, _): (Arc<LoadedPolicy>, Vec<u8>, Value)| {
        (policy.digest().to_owned(), component)
    };
    Past {
        sets,
        modules: policies.into_iter().map(digest).collect(),
    }
}

struct Maker<'a> {
    random: Random,
    seq: u64,
    at: i64,
    counters: Arc<Clocked>,
    write: &'a mut dyn FnMut(&Event),
}

impl Maker<'_> {
    fn event(&mut self, body: EventBody) {
        self.seq += 1;
        let at = Timestamp::from_millis(self.at);
        (self.write)(&Event {
            seq: self.seq,
            at,
            body,
        });
    }

    fn open(&mut self, people: &[Arc<Principal>], what: &Arc<Target>, set: &PolicySet) -> Open {
        let who = Arc::clone(&people[self.random.below(people.len())]);
        let id = SessionId::new();
        self.event(EventBody::SessionOpened(SessionOpened {
            session_id: id,
            principal: (*who).clone(),
            credential_id: CredentialId::new(),
            target_id: what.id,
            target: what.name.clone(),
            labels: what.labels.clone(),
            default_verdict: what.default_verdict,
            protocol: "postgres".to_owned(),
            client: "127.0.0.1:1".to_owned(),
            application: None,
            tls: true,
            grant: None,
        }));
        Open {
            id,
            judge: set.session(Arc::clone(&who), Arc::clone(what), id),
            revision: set.revision(),
            who,
            what: Arc::clone(what),
            recorded: HashMap::new(),
        }
    }

    fn decide(
        &mut self,
        open: &mut Open,
        set: &PolicySet,
        operations: &[(Arc<str>, Arc<SqlFacts>)],
    ) {
        if open.revision != set.revision() {
            open.judge = set.session(Arc::clone(&open.who), Arc::clone(&open.what), open.id);
            open.revision = set.revision();
            open.recorded.clear();
        }
        let (text, facts) = &operations[self.random.below(operations.len())];
        self.at += i64::try_from(self.random.below(900)).expect("small");
        *self.counters.now.lock().expect("not poisoned") = self.at;
        let parameters: Arc<[Parameter]> = Arc::new([]);
        let action = Action {
            id: ActionId::new(),
            at: Timestamp::from_millis(self.at),
            session: open.id,
            principal: Arc::clone(&open.who),
            target: Arc::clone(&open.what),
            operation: Operation::Sql(SqlOperation {
                text: Arc::clone(text),
                facts: Arc::clone(facts),
                parameters: Arc::clone(&parameters),
            }),
            grant: None,
        };
        let counters: Arc<dyn Counters> = Arc::clone(&self.counters) as Arc<dyn Counters>;
        let judged = open.judge.judge(&action, &counters);
        let decision = judged.decision;
        // As an edge does it: a decision of the session that stands in full is referred to.
        let address = Arc::as_ptr(&decision) as usize;
        let earlier = open.recorded.get(&address);
        let earlier = earlier.filter(|(d, f, _)| {
            judged.reused && Arc::ptr_eq(d, &decision) && (Arc::ptr_eq(f, facts) || f == facts)
        });
        let record = match earlier {
            Some((_, _, action)) => DecisionRecord::SameAs(*action),
            None => DecisionRecord::Full(Arc::clone(&decision)),
        };
        let operation = RecordedOperation {
            phase: "simple".to_owned(),
            text: Arc::clone(text),
            parameters,
            facts: earlier.is_none().then(|| Arc::clone(facts)),
            request: None,
        };
        // A moment passes before the record is written.
        self.at += 1;
        if decision.effect > Effect::Mask {
            self.event(EventBody::ActionRefused(ActionRefused {
                session_id: open.id,
                action_id: action.id,
                operation,
                code: "denied".to_owned(),
                reason: decision.reasons.join("; "),
                decision: Some(record),
                review_id: None,
                timing: Timing::default(),
                grant: None,
            }));
            return;
        }
        if matches!(record, DecisionRecord::Full(_)) {
            let kept = (Arc::clone(&decision), Arc::clone(facts), action.id);
            open.recorded.insert(address, kept);
        }
        self.event(EventBody::ActionIntent(ActionIntent {
            session_id: open.id,
            action_id: action.id,
            operation,
            decision: record,
            review_id: None,
            timing: Timing::default(),
            grant: None,
        }));
        let rows = self.random.below(60) as u64;
        for charge in &decision.obligations.charges {
            counters.count(&charge.counter, rows, charge.window_seconds);
        }
        self.event(EventBody::ActionOutcome(ActionOutcome {
            session_id: open.id,
            action_id: action.id,
            status: OutcomeStatus::Completed,
            rows,
            bytes: 0,
            tags: Vec::new(),
            sqlstate: None,
            masked: Vec::new(),
            findings: Vec::new(),
            timing: Timing::default(),
            grant: None,
            response: None,
        }));
    }
}
