//! The built-in policies as WebAssembly: small, and true to their own cases.

use std::sync::Arc;

use countersign_policy_engine::{Engine, EngineOptions};
use serde_json::json;

use crate::support;

/// Every edge compiles every byte.
const MAX_BYTES: usize = 288 * 1024;

fn check(name: &str) {
    let component = support::plugin(name);
    assert!(
        component.len() <= MAX_BYTES,
        "{name} has {} bytes",
        component.len()
    );
    let detectors = Arc::new(countersign_inspect::detect::counts);
    let engine = Engine::with_detectors(EngineOptions::default(), detectors).expect("an engine");
    let policy = engine.load(&component).expect("loads");
    assert_eq!(policy.manifest().name, name);
    assert!(!policy.manifest().cases.is_empty());
    policy
        .check_cases(&countersign_inspect::operation)
        .expect("its own cases");
}

#[test]
fn access_guard() {
    check("access-guard");
}

#[test]
fn destructive_guard() {
    check("destructive-guard");
}

#[test]
fn bulk_read_guard() {
    check("bulk-read-guard");
}

#[test]
fn environment_boundary() {
    check("environment-boundary");
}

#[test]
fn pii_mask() {
    check("pii-mask");
}

#[test]
fn pii_mask_refuses_what_is_no_path_of_a_member() {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let policy = engine.load(&support::plugin("pii-mask")).expect("loads");
    let accepts = |path: &str| {
        let settings = json!({"members": [{"path": path, "style": "redact"}]});
        policy.accepts(&support::binding(&policy, settings))
    };
    assert_eq!(accepts("$.items[*].card"), Ok(()));
    // What, where, and what to do.
    let told = accepts("$.items[0].card").expect_err("a place in a list");
    let words = "`$.items[0].card`: at `[0].card`, brackets hold `*`, for every item";
    assert!(told.contains(words), "{told}");
}

#[test]
fn budget() {
    check("budget");
}

#[test]
fn http_guard() {
    check("http-guard");
}

#[test]
fn prompt_guard() {
    check("prompt-guard");
}

#[test]
fn shell_guard() {
    check("shell-guard");
}

#[test]
fn tool_guard() {
    check("tool-guard");
}
