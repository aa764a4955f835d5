//! Versions that are texts: a runtime interprets them, and may stay warm.

use std::sync::Arc;

use countersign_model::{
    Binding, Failure, PolicyLanguage, PolicyManifest, PolicySource, PolicyVerdict, SessionId,
    StatementClass, Verdict,
};
use countersign_policy_engine::{Engine, EngineOptions, LoadedPolicy, PolicySet};
use countersign_policy_package::source_digest;
use serde_json::{Value, json};

use crate::support::{self, guest};

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).expect("an engine")
}

fn manifest(stateless: bool) -> PolicyManifest {
    PolicyManifest {
        language: PolicyLanguage::Rego,
        stateless,
        ..guest::manifest("runtime")
    }
}

/// Counts the calls of its instance: denies from the second on. The facts alone decide otherwise.
fn with_a_past() -> String {
    format!(
        "(if (i32.ge_u (global.get $calls) (i32.const 2)) (then {}))",
        guest::answer_deny()
    )
}

fn bind(runtime: &LoadedPolicy) -> Binding {
    let source = PolicySource {
        language: PolicyLanguage::Rego,
        runtime: runtime.digest().to_owned(),
        text: "package policy".to_owned(),
    };
    let mut binding = support::binding(runtime, json!({"limit": 3}));
    binding.digest = source_digest(&source);
    binding.source = Some(Arc::new(source));
    binding
}

fn verdicts(set: &PolicySet, asks: usize) -> Vec<PolicyVerdict> {
    let (who, what) = (support::principal(&[]), support::target(&[]));
    let mut session = set.session(Arc::clone(&who), Arc::clone(&what), SessionId::new());
    let judge = |n: usize| {
        let mut statement = support::statement(StatementClass::Read, "select");
        statement.functions = vec![format!("f{n}")];
        let action = support::action(&who, &what, vec![statement]);
        let judged = session.judge(&action, &support::counters());
        judged.decision.policies[0].verdict.clone()
    };
    (0..asks).map(judge).collect()
}

#[test]
fn a_runtime_that_keeps_nothing_stays_warm_over_sessions() {
    let engine = engine();
    let abstain = PolicyVerdict::Said(Verdict::Abstain);
    let deny = PolicyVerdict::Said(Verdict::Deny("NOPE".to_owned()));
    let judge = with_a_past();
    let policy = |manifest: &PolicyManifest| {
        let component = guest::guest_with(manifest, &judge, "");
        engine.load(&component).expect("loads")
    };
    let bound = |binding: Binding, policy: &Arc<LoadedPolicy>| {
        PolicySet::new(&engine, vec![(binding, Ok(Arc::clone(policy)))], 1)
    };
    let warm = policy(&manifest(true));
    let set = bound(bind(&warm), &warm);
    assert_eq!(verdicts(&set, 2), [abstain.clone(), deny.clone()]);
    assert_eq!(verdicts(&set, 2), [deny.clone(), deny]);

    // Neither one that does not say so, nor one that is bound as a policy of its own.
    let fresh = policy(&manifest(false));
    let own = support::binding(&warm, Value::Null);
    for set in [bound(bind(&fresh), &fresh), bound(own, &warm)] {
        for _ in 0..2 {
            assert_eq!(verdicts(&set, 2), [abstain.clone(), abstain.clone()]);
        }
    }
}

#[test]
fn a_fault_drops_the_warm_instance() {
    let engine = engine();
    let judge = "(if (i32.eq (global.get $calls) (i32.const 3)) (then unreachable))";
    let component = guest::guest_with(&manifest(true), judge, "");
    let runtime = engine.load(&component).expect("loads");
    let set = PolicySet::new(&engine, vec![(bind(&runtime), Ok(runtime))], 1);
    let failed: Vec<bool> = verdicts(&set, 7)
        .iter()
        .map(|verdict| matches!(verdict, PolicyVerdict::Failed { .. }))
        .collect();
    assert_eq!(failed, [false, false, true, false, false, true, false]);
}

#[test]
fn another_text_or_runtime_is_not_loaded() {
    let engine = engine();
    let load = |manifest: &PolicyManifest| {
        let component = guest::guest_with(manifest, "", "");
        engine.load(&component).expect("loads")
    };
    let runtime = load(&manifest(true));
    let mut cedar = manifest(true);
    cedar.language = PolicyLanguage::Cedar;
    let cedar = load(&cedar);
    let honest = bind(&runtime);
    assert_eq!(runtime.accepts(&honest), Ok(()));

    let mut other_text = honest.clone();
    let mut source = (**honest.source.as_ref().expect("a text")).clone();
    source.text = "package other".to_owned();
    other_text.source = Some(Arc::new(source));
    let cases = [
        (other_text, &runtime, "the text is not the one"),
        (honest, &cedar, "another module than the bound one"),
        (bind(&cedar), &cedar, "its runtime does not interpret rego"),
    ];
    for (binding, policy, expected) in cases {
        let error = policy.accepts(&binding).expect_err(expected);
        assert!(error.contains(expected), "{error}");
        let set = PolicySet::new(&engine, vec![(binding, Ok(Arc::clone(policy)))], 1);
        assert!(set.statuses()[0].error.is_some());
        let said = &verdicts(&set, 1)[0];
        assert!(
            matches!(
                said,
                PolicyVerdict::Failed {
                    failure: Failure::NotLoaded,
                    ..
                }
            ),
            "{said:?}"
        );
    }
}

#[test]
fn a_language_has_limits_of_its_own() {
    let engine = engine();
    // 100 MiB: more than Rust has, less than JavaScript has.
    let grow = "(if (i32.eq (memory.grow (i32.const 1600)) (i32.const -1)) (then unreachable))";
    let said = |language| {
        let manifest = PolicyManifest {
            language,
            ..guest::manifest("grows")
        };
        support::judge_once(&engine, &guest::guest_with(&manifest, grow, ""))
    };
    for language in [PolicyLanguage::Javascript, PolicyLanguage::Python] {
        let abstain = PolicyVerdict::Said(Verdict::Abstain);
        assert_eq!(said(language), abstain, "{language:?}");
    }
    for language in [PolicyLanguage::Rust, PolicyLanguage::Rego] {
        let failed = matches!(
            said(language),
            PolicyVerdict::Failed {
                failure: Failure::Memory,
                ..
            }
        );
        assert!(failed, "{language:?}");
    }
}
