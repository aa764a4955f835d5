//! Guests written by hand, to do what no honest policy does.

use std::path::PathBuf;

use countersign_model::PolicyManifest;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// Where a guest's answers are.
pub const ABSTAIN: u32 = 256;
const ERROR: u32 = 320;
const DENY: u32 = 384;
const REVIEW: u32 = 448;
const WRONG: u32 = 512;
/// Where the manifest begins.
const MANIFEST: u32 = 4096;

/// What the guest's own functions may be called.
const IMPORTS: &str = r#"
  (import "countersign:policy/types@0.1.0" "[resource-drop]action" (func $drop (param i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.id" (func $id (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.at" (func $at (param i32) (result i64)))
  (import "countersign:policy/types@0.1.0" "[method]action.session" (func $session (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.text" (func $text (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.parameters"
    (func $parameters (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.kind" (func $kind (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.principal"
    (func $principal (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.target" (func $target (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.sql" (func $sql (param i32 i32)))
  (import "countersign:policy/host@0.1.0" "count"
    (func $count (param i32 i32 i64 i32) (result i64)))
  (import "countersign:policy/host@0.1.0" "log" (func $log (param i32 i32 i32)))
"#;

fn manifest(name: &str) -> PolicyManifest {
    PolicyManifest {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        description: "A guest for tests.".to_owned(),
        language: countersign_model::PolicyLanguage::Rust,
        operations: vec!["sql".to_owned()],
        settings_schema: serde_json::json!({"type": "object"}),
        counters: Vec::new(),
        documents: Vec::new(),
        filters: false,
        stateless: false,
        source_url: None,
        cases: Vec::new(),
    }
}

/// The policy world as it is published.
pub fn world() -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    let wit = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../policy-sdk/wit");
    let (package, _) = resolve.push_path(wit).expect("valid WIT");
    let world = resolve
        .select_world(&[package], Some("policy"))
        .expect("a world");
    (resolve, world)
}

/// A policy whose `judge` has this body. `$action` is the handle; `$calls` counts the calls of the
/// instance; `$answer` is what it returns, `abstain` unless set.
pub fn guest(name: &str, judge: &str) -> Vec<u8> {
    guest_describing(name, judge, &manifest(name))
}

/// The same, with a manifest that its code does not describe.
pub fn guest_describing(name: &str, judge: &str, section: &PolicyManifest) -> Vec<u8> {
    let module = module(name, judge);
    let (resolve, world) = world();
    let component = component(module, &resolve, world);
    countersign_policy_package::with_manifest(&component, section).expect("takes a manifest")
}

/// A core module and its world as a component.
pub fn component(mut module: Vec<u8>, resolve: &Resolve, world: WorldId) -> Vec<u8> {
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).expect("embeds");
    countersign_policy_package::componentize(&module).expect("a component")
}

fn module(name: &str, judge: &str) -> Vec<u8> {
    let json = serde_json::to_string(&manifest(name)).expect("JSON");
    let text = format!(
        r#"(module {IMPORTS} {})"#,
        body(judge, json.len())
            + &format!(
                r#"(data (i32.const {MANIFEST}) "{}")"#,
                json.replace('\\', "\\\\").replace('"', "\\\"")
            )
    );
    wat::parse_str(text).expect("valid text")
}

fn body(judge: &str, manifest: usize) -> String {
    let word = |n: u32| n.to_le_bytes().map(|b| format!("\\{b:02x}")).concat();
    let manifest_at = word(MANIFEST) + &word(u32::try_from(manifest).expect("small"));
    // A text of four letters that answers may point to.
    let text = word(640) + &word(4);
    let (one, five, four, nine) = (word(1), word(5), word(4), word(9));
    let (zero, expiry) = (word(0), word(60));
    format!(
        r#"
  (memory (export "memory") 40)
  (table $table 1 funcref)
  (global $calls (mut i32) (i32.const 0))
  (global $heap (mut i32) (i32.const 131072))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "configure") (param i32 i32) (result i32) (i32.const 16))
  (func (export "describe") (result i32) (i32.const 64))
  (func $recurse (param i32) (result i32)
    (i32.add (i32.const 1) (call $recurse (local.get 0))))
  (func (export "judge") (param $action i32) (result i32)
    (local $answer i32)
    (local $i i32)
    (local.set $answer (i32.const {ABSTAIN}))
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.set $heap (i32.const 131072))
    {judge}
    (call $drop (local.get $action))
    (local.get $answer))
  (data (i32.const 64) "{manifest_at}")
  (data (i32.const {ERROR}) "{one}{zero}{text}")
  (data (i32.const {DENY}) "{zero}{zero}{five}{zero}{text}")
  (data (i32.const {REVIEW}) "{zero}{zero}{four}{zero}{text}{zero}{zero}{zero}{expiry}")
  (data (i32.const {WRONG}) "{zero}{zero}{nine}{zero}")
  (data (i32.const 640) "NOPE")
"#
    )
}

/// Code that answers an error.
pub fn answer_error() -> String {
    format!("(local.set $answer (i32.const {ERROR}))")
}

/// Code that refuses.
pub fn answer_deny() -> String {
    format!("(local.set $answer (i32.const {DENY}))")
}

/// Code that refuses with a reason of so many bytes at a place.
pub fn answer_deny_with(at: i32, bytes: i32) -> String {
    format!(
        "{} (i32.store (i32.const {}) (i32.const {at})) (i32.store (i32.const {}) (i32.const {bytes}))",
        answer_deny(),
        DENY + 16,
        DENY + 20
    )
}

/// Code that holds for review by nobody.
pub fn answer_review_by_nobody() -> String {
    format!("(local.set $answer (i32.const {REVIEW}))")
}

/// Code that answers with a verdict that does not exist.
pub fn answer_wrong() -> String {
    format!("(local.set $answer (i32.const {WRONG}))")
}
