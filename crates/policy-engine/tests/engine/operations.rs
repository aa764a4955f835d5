//! What policies see of operations other than SQL, of documents and of findings, and which of it is
//! remembered.

use std::sync::Arc;

use countersign_model::{
    AccessOperation, Action, Failure, GrantId, GrantOperation, GrantRef, HostCall, HttpOperation,
    LlmMessage, LlmOperation, Operation, PolicyVerdict, SessionId, ShellFacts, ShellOperation,
    StatementClass, ToolCallOperation, Verdict,
};
use countersign_policy_engine::{
    Detectors, Document, Documents, Engine, EngineOptions, Judged, PolicySet, SessionJudge,
};
use serde_json::{Value, json};

use crate::support::{
    self,
    guest::{self, guest},
};

/// Sees an `AT` in each `@`.
struct Ats;

impl Detectors for Ats {
    fn scan(&self, text: &str, _entities: &[String]) -> Vec<(String, u32)> {
        let count = u32::try_from(text.matches('@').count()).expect("few");
        if count == 0 {
            return Vec::new();
        }
        vec![("AT".to_owned(), count)]
    }
}

fn engine() -> Engine {
    Engine::with_detectors(EngineOptions::default(), Arc::new(Ats)).expect("an engine")
}

struct Bound {
    session: SessionJudge,
    action: Action,
}

impl Bound {
    fn new(judge: &str, operation: Operation, documents: Documents) -> Self {
        let engine = engine();
        let policy = engine.load(&guest("asks", judge)).expect("loads");
        let binding = support::binding(&policy, Value::Null);
        let entries = vec![(binding, Ok(policy))];
        let set = PolicySet::with_documents(&engine, entries, documents, 1);
        let (who, what) = (support::principal(&[]), support::target(&[]));
        let mut action = support::action(&who, &what, Vec::new());
        action.operation = operation;
        Self {
            session: set.session(who, what, SessionId::new()),
            action,
        }
    }

    fn judge(&mut self) -> Judged {
        self.session.judge(&self.action, &support::counters())
    }
}

fn denies(judged: &Judged) -> bool {
    match &judged.decision.policies[0].verdict {
        PolicyVerdict::Said(Verdict::Deny(_)) => true,
        PolicyVerdict::Said(Verdict::Abstain) => false,
        other => panic!("{other:?}"),
    }
}

fn sql(text: &str) -> Operation {
    let (who, what) = (support::principal(&[]), support::target(&[]));
    let statement = support::statement(StatementClass::Read, "select");
    match support::action(&who, &what, vec![statement]).operation {
        Operation::Sql(mut sql) => {
            sql.text = text.into();
            Operation::Sql(sql)
        }
        other => other,
    }
}

fn http(body: &str) -> Operation {
    Operation::Http(HttpOperation {
        method: "POST".to_owned(),
        host: "api.example.com".to_owned(),
        path: "/v1/mail".to_owned(),
        body: Some(body.into()),
        ..HttpOperation::default()
    })
}

fn tool_call(arguments: Value) -> Operation {
    Operation::ToolCall(ToolCallOperation {
        server: "files".to_owned(),
        tool: "write".to_owned(),
        arguments: Arc::new(arguments),
        definition_changed: false,
    })
}

fn access() -> Operation {
    Operation::Access(AccessOperation {
        operations: vec![GrantOperation::Read, GrantOperation::Write],
        task: "refund order 1042".to_owned(),
        duration_seconds: 1800,
        extends: None,
    })
}

fn said(words: &str) -> Arc<[LlmMessage]> {
    Arc::new([LlmMessage {
        role: "user".to_owned(),
        text: words.to_owned(),
    }])
}

fn llm(words: &str) -> Operation {
    Operation::Llm(LlmOperation {
        provider: "openai".to_owned(),
        api: "chat".to_owned(),
        model: Some("gpt-5-mini".to_owned()),
        messages: said(words),
        body: Some(json!({"a": {"b": words}}).to_string().into()),
        ..LlmOperation::default()
    })
}

fn shell(text: &str) -> Operation {
    Operation::Shell(ShellOperation {
        text: text.into(),
        cwd: None,
        facts: Arc::new(ShellFacts::default()),
    })
}

#[test]
fn each_getter_answers_for_its_own_operation() {
    let at = |name: &str| {
        guest::deny_if(&format!(
            "(call ${name} (local.get $action) (i32.const 16384))"
        ))
    };
    let operations = [
        ("sql", sql("SELECT 1")),
        ("http", http("{}")),
        ("tool-call", tool_call(json!({}))),
        ("shell", shell("ls")),
        ("access", access()),
        ("llm", llm("hello")),
    ];
    for getter in ["sql", "http", "tool-call", "shell", "access", "llm", "body"] {
        for (kind, operation) in &operations {
            let mut bound = Bound::new(&at(getter), operation.clone(), Documents::default());
            let has_body = ["http", "llm"].contains(kind);
            let expected = getter == *kind || (getter == "body" && has_body);
            assert_eq!(denies(&bound.judge()), expected, "{getter} of {kind}");
            bound.judge();
            let determined = (getter, *kind) != ("body", "llm");
            assert_eq!(bound.judge().reused, determined, "{getter} of {kind}");
        }
    }
}

#[test]
fn requests_that_differ_are_judged_anew() {
    let at = guest::deny_if("(call $access (local.get $action) (i32.const 16384))");
    let mut bound = Bound::new(&at, access(), Documents::default());
    bound.judge();
    bound.judge();
    assert!(bound.judge().reused);
    let changes: [fn(&mut AccessOperation); 4] = [
        |a| a.operations.push(GrantOperation::Exec),
        |a| a.task.push('3'),
        |a| a.duration_seconds += 1,
        |a| a.extends = Some(GrantId::new()),
    ];
    for change in changes {
        let Operation::Access(mut request) = access() else {
            unreachable!()
        };
        change(&mut request);
        bound.action.operation = Operation::Access(request);
        assert!(!bound.judge().reused, "{:?}", bound.action.operation);
    }
}

#[test]
fn a_verdict_is_good_for_any_words_that_were_not_read() {
    let call = |name: &str| format!("(call ${name} (local.get $action) (i32.const 16384))");
    let pointer = "(call $json-pointer (local.get $action) (i32.const 672) (i32.const 4)
        (i32.const 16384))";
    let findings = "(call $findings (local.get $action) (i32.const 0) (i32.const 0)
        (i32.const 16384))";
    for (asks, reads_words) in [
        (call("llm"), false),
        (findings.to_owned(), false),
        (call("principal"), false),
        (call("llm-messages"), true),
        (call("body"), true),
        (pointer.to_owned(), true),
    ] {
        let mut bound = Bound::new(&asks, llm("hello"), Documents::default());
        bound.judge();
        bound.judge();
        bound.action.operation = llm("and something else");
        let again = bound.judge();
        assert_eq!(again.reused, !reads_words, "{asks}");
        let asked = again.decision.policies[0].micros > 0;
        assert_eq!(asked, reads_words, "{asks}");
    }
}

#[test]
fn what_stands_around_the_words_or_is_found_in_them_is_judged_anew() {
    let counts = guest::deny_if(
        "(call $findings (local.get $action) (i32.const 0) (i32.const 0) (i32.const 16384))
         (i32.store8 (i32.const 16384) (i32.load8_u (i32.const 16388)))",
    );
    let changes: [fn(&mut LlmOperation); 7] = [
        |a| a.messages = said("to a@b.c"),
        |a| a.provider.push('2'),
        |a| a.api.push('2'),
        |a| a.model = None,
        |a| a.stream = true,
        |a| a.tools.push("refund".to_owned()),
        |a| a.max_output_tokens = Some(1),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut bound = Bound::new(&counts, llm("hello"), Documents::default());
        bound.judge();
        assert!(!denies(&bound.judge()));
        assert!(bound.judge().reused);
        let Operation::Llm(mut request) = llm("hello") else {
            unreachable!()
        };
        change(&mut request);
        bound.action.operation = Operation::Llm(request);
        let judged = bound.judge();
        assert!(!judged.reused, "{:?}", bound.action.operation);
        assert_eq!(denies(&judged), index == 0, "{:?}", bound.action.operation);
    }
}

#[test]
fn a_request_concerns_who_says_so() {
    let engine = engine();
    let component = support::plugin("environment-boundary");
    let policy = engine.load(&component).expect("loads");
    let (who, what) = (support::principal(&[]), support::target(&[]));
    let mut action = support::action(&who, &what, Vec::new());
    action.operation = access();
    let asked = |named: &[&str], policy: Result<_, String>| {
        let loaded = engine.load(&component).expect("loads");
        let mut binding = support::binding(&loaded, Value::Null);
        binding.selector.operations = named.iter().map(|kind| (*kind).to_owned()).collect();
        let set = PolicySet::new(&engine, vec![(binding, policy)], 1);
        let mut session = set.session(Arc::clone(&who), Arc::clone(&what), SessionId::new());
        let decision = session.judge(&action, &support::counters()).decision;
        decision.policies.len()
    };
    let loaded = || Ok(Arc::clone(&policy));
    assert_eq!(asked(&[], loaded()), 0, "its manifest says SQL");
    assert_eq!(
        asked(&["sql", "access"], loaded()),
        1,
        "its binding says access"
    );
    assert_eq!(asked(&["sql"], loaded()), 0);
    assert_eq!(
        asked(&[], Err("gone".to_owned())),
        1,
        "what is broken may concern it"
    );
}

#[test]
fn a_verdict_on_a_grant_is_not_given_again() {
    let at = guest::deny_if("(call $grant (local.get $action) (i32.const 16384))");
    let mut bound = Bound::new(&at, sql("SELECT 1"), Documents::default());
    assert!(!denies(&bound.judge()), "there is none");
    bound.action.grant = Some(Arc::new(GrantRef {
        id: GrantId::new(),
        task: "refund order 1042".into(),
        break_glass: false,
    }));
    assert!(denies(&bound.judge()), "now there is one");
    assert!(!bound.judge().reused);
}

#[test]
fn who_answers_for_a_principal_is_known_of_the_session() {
    let at = guest::deny_if("(call $principal-owner (local.get $action) (i32.const 16384))");
    let mut bound = Bound::new(&at, sql("SELECT 1"), Documents::default());
    assert!(!denies(&bound.judge()));
    bound.judge();
    assert!(bound.judge().reused);
}

#[test]
fn a_pointer_reaches_into_bodies_and_arguments() {
    // `/a/b`.
    let call = "(call $json-pointer (local.get $action) (i32.const 672) (i32.const 4)
        (i32.const 16384))";
    let cases = [
        (http(r#"{"a": {"b": 1}}"#), true),
        (http(r#"{"a": {"c": 1}}"#), false),
        (http("no JSON"), false),
        (tool_call(json!({"a": {"b": null}})), true),
        (tool_call(json!([1])), false),
        (sql("SELECT 1"), false),
        (shell("ls"), false),
    ];
    for (operation, expected) in cases {
        let mut bound = Bound::new(&guest::deny_if(call), operation, Documents::default());
        assert_eq!(denies(&bound.judge()), expected);
        bound.judge();
        assert!(bound.judge().reused, "what it points at is determined");
    }
}

#[test]
fn findings_are_those_of_what_the_client_sends() {
    // No entity named: all. The length of the list is behind its pointer.
    let findings = format!(
        "(call $findings (local.get $action) (i32.const 0) (i32.const 0) (i32.const 16384))
         (if (i32.load (i32.const 16388)) (then {}))",
        guest::answer_deny()
    );
    let cases = [
        (sql("SELECT 'a@example.com'"), true, false),
        (sql("SELECT 1"), false, false),
        (http("a@example.com"), true, true),
        (http("nothing"), false, true),
        (tool_call(json!({"to": "a@example.com"})), true, true),
        (shell("mail a@example.com"), true, false),
    ];
    for (operation, expected, determined) in cases {
        let kind = operation.kind();
        let mut bound = Bound::new(&findings, operation, Documents::default());
        assert_eq!(denies(&bound.judge()), expected, "{kind}");
        bound.judge();
        assert_eq!(bound.judge().reused, determined, "{kind}");
    }
}

#[test]
fn a_lookup_is_recorded_and_remembered() {
    let document = Document::parse("d1", br#"{"alice": 1}"#).expect("a document");
    let named = |document| Documents::partial([("people".to_owned(), document)]);
    let look = guest::deny_if_alice();
    let cases = [
        (named(Some(document)), true, "d1", Some("1")),
        (Documents::default(), false, "", None),
    ];
    for (documents, expected, named, found) in cases {
        let mut bound = Bound::new(&look, sql("SELECT 1"), documents);
        for round in 0..3 {
            let judged = bound.judge();
            assert_eq!(denies(&judged), expected);
            assert_eq!(judged.reused, round == 2);
            let calls = &judged.decision.policies[0].host_calls;
            let call = HostCall::Lookup {
                document: "people".to_owned(),
                digest: named.to_owned(),
                key: "alice".to_owned(),
                value: found.map(Into::into),
            };
            assert_eq!(calls, &[call]);
        }
    }
    // One that is not here yet is no document without the key.
    let mut bound = Bound::new(&look, sql("SELECT 1"), named(None));
    let judged = bound.judge();
    let PolicyVerdict::Failed { failure, detail } = &judged.decision.policies[0].verdict else {
        panic!("{judged:?}");
    };
    assert_eq!(*failure, Failure::NotLoaded, "{detail}");
}

#[test]
fn lookups_are_bounded() {
    let many = "(loop $more
        (call $lookup (i32.const 656) (i32.const 6) (i32.const 662) (i32.const 5)
          (i32.const 16384))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $i) (i32.const 65))))";
    let long = "(call $lookup (i32.const 656) (i32.const 6) (i32.const 8192) (i32.const 300)
        (i32.const 16384))";
    let pointer = "(call $json-pointer (local.get $action) (i32.const 8192) (i32.const 2000)
        (i32.const 16384))";
    for judge in [many, long, pointer] {
        let mut bound = Bound::new(judge, http("{}"), Documents::default());
        let judged = bound.judge();
        let PolicyVerdict::Failed { failure, detail } = &judged.decision.policies[0].verdict else {
            panic!("{judged:?}");
        };
        assert_eq!(*failure, Failure::Size, "{detail}");
    }
}

#[test]
fn the_time_is_recorded_once() {
    let clock = "(drop (call $at (local.get $action))) (drop (call $at (local.get $action)))";
    let mut bound = Bound::new(clock, sql("SELECT 1"), Documents::default());
    let judged = bound.judge();
    let at = bound.action.at;
    let calls = &judged.decision.policies[0].host_calls;
    assert_eq!(calls, &[HostCall::Clock { at }]);
}
