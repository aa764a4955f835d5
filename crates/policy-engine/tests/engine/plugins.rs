//! The built-in policies as WebAssembly: small, and true to their own cases.

use std::sync::Arc;

use countersign_policy_engine::{Engine, EngineOptions};

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
