//! What is remembered between actions, what is not, and which instance answers.

use std::sync::Arc;

use countersign_model::{
    Binding, Effect, Failure, PolicyVerdict, Principal, SessionId, Stage, StatementClass, Target,
    Verdict,
};
use countersign_policy_engine::{Engine, EngineOptions, FactsKey, Judged, PolicySet, SessionJudge};
use serde_json::{Value, json};

use crate::support::{
    self,
    guest::{self, guest},
};

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).expect("an engine")
}

fn set(engine: &Engine, guests: &[Vec<u8>]) -> PolicySet {
    let entries = guests
        .iter()
        .map(|component| {
            let policy = engine.load(component).expect("loads");
            (support::binding(&policy, Value::Null), Ok(policy))
        })
        .collect();
    PolicySet::new(engine, entries, 7)
}

struct Place {
    who: Arc<Principal>,
    what: Arc<Target>,
}

impl Place {
    fn new() -> Self {
        Self {
            who: support::principal(&[]),
            what: support::target(&[]),
        }
    }

    fn session(&self, set: &PolicySet) -> SessionJudge {
        set.session(
            Arc::clone(&self.who),
            Arc::clone(&self.what),
            SessionId::new(),
        )
    }

    fn read(&self, judge: &mut SessionJudge) -> Judged {
        self.does(judge, "select")
    }

    fn does(&self, judge: &mut SessionJudge, operation: &str) -> Judged {
        let statements = vec![support::statement(StatementClass::Read, operation)];
        let action = support::action(&self.who, &self.what, statements);
        judge.judge(&action, &support::counters())
    }
}

fn micros(judged: &Judged) -> Vec<bool> {
    let policies = &judged.decision.policies;
    policies.iter().map(|outcome| outcome.micros > 0).collect()
}

fn verdict(judged: &Judged) -> &PolicyVerdict {
    &judged.decision.policies[0].verdict
}

#[test]
fn a_verdict_on_facts_alone_is_not_asked_for_twice() {
    let engine = engine();
    let asks = "(call $sql (local.get $action) (i32.const 16384))";
    let set = set(&engine, &[guest("facts", asks)]);
    let place = Place::new();
    let mut session = place.session(&set);

    let first = place.read(&mut session);
    assert_eq!((first.reused, micros(&first)), (false, vec![true]));
    let second = place.read(&mut session);
    assert_eq!((second.reused, micros(&second)), (false, vec![false]));
    let third = place.read(&mut session);
    assert!(third.reused && Arc::ptr_eq(&third.decision, &second.decision));
    assert_eq!(third.decision.bundle_revision, 7);

    // Another session of the same principal on the same target.
    let mut other = place.session(&set);
    let known = place.read(&mut other);
    assert!(!known.reused && Arc::ptr_eq(&known.decision, &second.decision));
    assert!(place.read(&mut other).reused);

    // Another principal is another question.
    let elsewhere = Place::new();
    let asked = elsewhere.read(&mut elsewhere.session(&set));
    assert_eq!(micros(&asked), [true]);
    assert_eq!(set.statuses()[0].decisions, 6);
}

#[test]
fn a_verdict_that_may_differ_is_asked_for_each_time() {
    let engine = engine();
    let getter = |name| format!("(call ${name} (local.get $action) (i32.const 16384))");
    let count = "(drop (call $count (i32.const 640) (i32.const 4) (i64.const 1) (i32.const 60)))";
    let cases = [
        (getter("id"), true),
        ("(drop (call $at (local.get $action)))".to_owned(), true),
        (getter("session"), true),
        (getter("text"), true),
        (getter("parameters"), true),
        (count.to_owned(), true),
        (getter("kind"), false),
        (getter("principal"), false),
        (getter("target"), false),
        (getter("sql"), false),
        (
            "(call $log (i32.const 0) (i32.const 640) (i32.const 4))".to_owned(),
            false,
        ),
    ];
    for (asks, differs) in cases {
        let set = set(&engine, &[guest("asks", &asks)]);
        let place = Place::new();
        let mut session = place.session(&set);
        place.read(&mut session);
        for _ in 0..3 {
            let judged = place.read(&mut session);
            assert_eq!(micros(&judged), [differs], "{asks}");
        }
        assert_eq!(place.read(&mut session).reused, !differs, "{asks}");
    }
}

#[test]
fn one_that_may_differ_does_not_spoil_the_others() {
    let engine = engine();
    let at = "(drop (call $at (local.get $action)))";
    let set = set(&engine, &[guest("facts", ""), guest("clock", at)]);
    let place = Place::new();
    let mut session = place.session(&set);
    assert_eq!(micros(&place.read(&mut session)), [true, true]);
    let second = place.read(&mut session);
    assert_eq!((second.reused, micros(&second)), (false, vec![false, true]));
}

/// Denies from the second call of an instance on, and traps at the fourth.
fn with_a_past() -> String {
    format!(
        "(drop (call $at (local.get $action)))
         (if (i32.ge_u (global.get $calls) (i32.const 2)) (then {}))
         (if (i32.ge_u (global.get $calls) (i32.const 4)) (then unreachable))",
        guest::answer_deny()
    )
}

#[test]
fn an_instance_is_not_used_after_a_trap_nor_by_two_sessions() {
    let engine = engine();
    let set = set(&engine, &[guest("past", &with_a_past())]);
    let place = Place::new();
    let mut session = place.session(&set);
    let abstain = PolicyVerdict::Said(Verdict::Abstain);
    let deny = PolicyVerdict::Said(Verdict::Deny("NOPE".to_owned()));

    assert_eq!(verdict(&place.read(&mut session)), &abstain, "fresh");
    assert_eq!(
        verdict(&place.read(&mut session)),
        &deny,
        "the same instance"
    );
    let mut other = place.session(&set);
    assert_eq!(
        verdict(&place.read(&mut other)),
        &abstain,
        "another session's own"
    );
    assert_eq!(verdict(&place.read(&mut session)), &deny);
    let trapped = place.read(&mut session);
    assert!(
        matches!(
            verdict(&trapped),
            PolicyVerdict::Failed {
                failure: Failure::Trap,
                ..
            }
        ),
        "{trapped:?}"
    );
    assert_eq!(trapped.decision.effect, Effect::Deny);
    assert_eq!(verdict(&place.read(&mut session)), &abstain, "a new one");
    let status = &set.statuses()[0];
    assert_eq!((status.decisions, status.failures), (6, 1));
}

#[test]
fn an_instance_lives_on_where_each_action_is_new() {
    let engine = engine();
    let tells_its_past = format!(
        "(if (i32.ge_u (global.get $calls) (i32.const 2)) (then {}))",
        guest::answer_deny()
    );
    let set = set(&engine, &[guest("past", &tells_its_past)]);
    let place = Place::new();
    let mut session = place.session(&set);
    let has_past = |said: &Judged| matches!(verdict(said), PolicyVerdict::Said(Verdict::Deny(_)));

    let pasts: Vec<bool> = (0..8)
        .map(|n| has_past(&place.does(&mut session, &format!("new{n}"))))
        .collect();
    assert_eq!(
        pasts,
        [false, false, false, false, false, true, true, true],
        "made for each, until the session is seen to ask nothing twice"
    );
    let again = place.does(&mut session, "new7");
    assert!(
        !has_past(&again),
        "what comes again is asked of a fresh one"
    );
    let third = place.does(&mut place.session(&set), "new7");
    assert_eq!(micros(&third), [false], "and remembered for all");
    for n in 8..14 {
        place.does(&mut session, &format!("new{n}"));
    }
    assert!(!session.rest().is_empty());
    assert!(session.rest().is_empty());
    assert!(!has_past(&place.does(&mut session, "new14")), "given back");
}

#[test]
fn an_instance_serves_its_time_and_no_longer() {
    let engine = Engine::new(EngineOptions {
        calls_per_instance: 3,
        ..EngineOptions::default()
    })
    .expect("an engine");
    let set = set(&engine, &[guest("past", &with_a_past())]);
    let place = Place::new();
    let mut session = place.session(&set);
    for round in 0..4 {
        for call in 0..3 {
            let said = place.read(&mut session);
            let denies = matches!(verdict(&said), PolicyVerdict::Said(Verdict::Deny(_)));
            assert_eq!(denies, call > 0, "round {round}, call {call}");
        }
    }
}

#[test]
fn faults_are_not_remembered() {
    let engine = engine();
    let set = set(&engine, &[guest("traps", "unreachable")]);
    let place = Place::new();
    let mut session = place.session(&set);
    for _ in 0..3 {
        let judged = place.read(&mut session);
        assert_eq!(
            (judged.reused, judged.decision.effect),
            (false, Effect::Deny)
        );
        assert_eq!(micros(&judged), [true]);
    }
    assert_eq!(set.statuses()[0].failures, 3);
}

#[test]
fn what_is_not_loaded_refuses_what_it_covers() {
    let engine = engine();
    let policy = engine.load(&guest("strict", "")).expect("loads");
    let absent = support::binding(&policy, Value::Null);
    let refused = support::binding(&policy, json!([1]));
    let mut elsewhere: Binding = support::binding(&policy, Value::Null);
    elsewhere.selector.targets.names = vec!["elsewhere".to_owned()];
    let mut shadow: Binding = support::binding(&policy, Value::Null);
    shadow.stage = Stage::Shadow;
    let missing = || Err("the module cannot be fetched".to_owned());
    let cases = [
        (vec![(absent, missing())], Effect::Deny),
        (vec![(refused, Ok(Arc::clone(&policy)))], Effect::Deny),
        (vec![(elsewhere, missing())], Effect::Allow),
        (vec![(shadow, missing())], Effect::Allow),
    ];
    for (entries, effect) in cases {
        let set = PolicySet::new(&engine, entries, 1);
        let place = Place::new();
        let mut session = place.session(&set);
        for _ in 0..3 {
            assert_eq!(place.read(&mut session).decision.effect, effect);
        }
        let status = &set.statuses()[0];
        assert!(status.error.is_some(), "{status:?}");
    }
}

#[test]
fn a_tally_outlives_its_set() {
    let engine = engine();
    let policy = engine.load(&guest("kept", "")).expect("loads");
    let binding = support::binding(&policy, Value::Null);
    let place = Place::new();
    for decisions in 1..4 {
        let entries = vec![(binding.clone(), Ok(Arc::clone(&policy)))];
        let set = PolicySet::new(&engine, entries, decisions);
        place.read(&mut place.session(&set));
        assert_eq!(set.statuses()[0].decisions, decisions);
    }
}

#[test]
fn a_remembered_verdict_is_what_a_fresh_instance_says() {
    let engine = engine();
    let component = support::plugin("destructive-guard");
    let set = set(&engine, std::slice::from_ref(&component));
    let policy = engine.load(&component).expect("loads");
    let place = Place {
        who: support::principal(&[]),
        what: support::target(&[("env", "production")]),
    };
    let mut session = place.session(&set);
    for (class, operation) in [
        (StatementClass::Read, "select"),
        (StatementClass::Write, "delete"),
        (StatementClass::Write, "insert"),
        (StatementClass::Destructive, "drop_table"),
        (StatementClass::Unknown, "call"),
    ] {
        let statements = vec![support::statement(class, operation)];
        let action = support::action(&place.who, &place.what, statements);
        let key = FactsKey::of_operation(&action.operation);
        let mut trial = policy.trial(&Value::Null).expect("configured");
        let fresh = trial.judge(&action, &support::counters());
        for _ in 0..3 {
            let judged = session.judge_keyed(&action, &key, &support::counters());
            assert_eq!(verdict(&judged), &fresh, "{operation}");
        }
    }
}
