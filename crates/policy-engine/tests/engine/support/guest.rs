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
const ALLOW: u32 = 576;
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
  (import "countersign:policy/types@0.1.0" "[method]action.http" (func $http (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.tool-call"
    (func $tool-call (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.shell" (func $shell (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.access" (func $access (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.grant" (func $grant (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.principal-owner"
    (func $principal-owner (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.llm" (func $llm (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.llm-messages"
    (func $llm-messages (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.body" (func $body (param i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.json-pointer"
    (func $json-pointer (param i32 i32 i32 i32)))
  (import "countersign:policy/types@0.1.0" "[method]action.findings"
    (func $findings (param i32 i32 i32 i32)))
  (import "countersign:policy/host@0.1.0" "lookup"
    (func $lookup (param i32 i32 i32 i32 i32)))
  (import "countersign:policy/host@0.1.0" "count"
    (func $count (param i32 i32 i64 i32) (result i64)))
  (import "countersign:policy/host@0.1.0" "log" (func $log (param i32 i32 i32)))
"#;

pub fn manifest(name: &str) -> PolicyManifest {
    PolicyManifest {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        description: "A guest for tests.".to_owned(),
        language: countersign_model::PolicyLanguage::Rust,
        operations: vec!["sql".to_owned(), "access".to_owned()],
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
    named_world("policy")
}

/// One of the published worlds.
pub fn named_world(name: &str) -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    let wit = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../policy-sdk/wit");
    let (package, _) = resolve.push_path(wit).expect("valid WIT");
    let world = resolve
        .select_world(&[package], Some(name))
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
    let module = module(&manifest(name), judge, "");
    let (resolve, world) = world();
    let component = component(module, &resolve, world);
    countersign_policy_package::with_manifest(&component, section).expect("takes a manifest")
}

/// A policy of which any part is as a test wants it: its manifest, the body of `judge`, and more
/// fields of the module.
pub fn guest_with(manifest: &PolicyManifest, judge: &str, fields: &str) -> Vec<u8> {
    let (resolve, world) = named_world(if manifest.filters {
        "filtering-policy"
    } else {
        "policy"
    });
    let component = component(module(manifest, judge, fields), &resolve, world);
    countersign_policy_package::with_manifest(&component, manifest).expect("takes a manifest")
}

/// A core module of the policy world that does nothing.
pub fn bare(name: &str) -> Vec<u8> {
    module(&manifest(name), "", "")
}

/// The code of a policy, function by function.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// Runs before `configure` answers that all is well. `$i` is a local.
    pub configure: String,
    /// The body of `judge`, as [`guest`] has it.
    pub judge: String,
    /// Runs before `describe` answers with the manifest. `$i` is a local.
    pub describe: String,
    /// More fields of the module.
    pub fields: String,
}

/// A policy with this code and the manifest that it describes.
pub fn guest_of(name: &str, code: &Code) -> Vec<u8> {
    let (resolve, world) = world();
    let component = component(module_of(&manifest(name), code), &resolve, world);
    countersign_policy_package::with_manifest(&component, &manifest(name)).expect("takes it")
}

/// A policy that filters: what `push` has in `$ptr` and `$len` after this code goes on, and what is
/// held back in the end is `NOPE`.
pub fn filter(name: &str, push: &str) -> Vec<u8> {
    let mut manifest = manifest(name);
    manifest.filters = true;
    let fields = format!(
        r#"
  (global $taken (mut i32) (i32.const 0))
  (func (export "countersign:policy/filter@0.1.0#begin") (param $action i32) (result i32)
    (call $drop (local.get $action))
    (i32.const 1024))
  (func (export "countersign:policy/filter@0.1.0#push") (param $ptr i32) (param $len i32)
    (result i32)
    (local $i i32)
    (global.set $heap (i32.const 131072))
    (global.set $taken (i32.add (global.get $taken) (local.get $len)))
    {push}
    (i32.store (i32.const 1044) (local.get $ptr))
    (i32.store (i32.const 1048) (local.get $len))
    (i32.const 1040))
  (func (export "countersign:policy/filter@0.1.0#finish") (result i32)
    (i32.store (i32.const 1044) (i32.const 640))
    (i32.store (i32.const 1048) (i32.const 4))
    (i32.const 1040))
"#
    );
    let allow = format!("(local.set $answer (i32.const {ALLOW}))");
    guest_with(&manifest, &allow, &fields)
}

/// A core module and its world as a component.
pub fn component(mut module: Vec<u8>, resolve: &Resolve, world: WorldId) -> Vec<u8> {
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).expect("embeds");
    countersign_policy_package::componentize(&module).expect("a component")
}

fn module(manifest: &PolicyManifest, judge: &str, fields: &str) -> Vec<u8> {
    let code = Code {
        judge: judge.to_owned(),
        fields: fields.to_owned(),
        ..Code::default()
    };
    module_of(manifest, &code)
}

fn module_of(manifest: &PolicyManifest, code: &Code) -> Vec<u8> {
    let fields = &code.fields;
    let json = serde_json::to_string(manifest).expect("JSON");
    let text = format!(
        r#"(module {IMPORTS} {} {fields})"#,
        body(code, json.len())
            + &format!(
                r#"(data (i32.const {MANIFEST}) "{}")"#,
                json.replace('\\', "\\\\").replace('"', "\\\"")
            )
    );
    wat::parse_str(text).expect("valid text")
}

fn body(code: &Code, manifest: usize) -> String {
    let Code {
        configure,
        judge,
        describe,
        ..
    } = code;
    let word = |n: u32| n.to_le_bytes().map(|b| format!("\\{b:02x}")).concat();
    let manifest_at = word(MANIFEST) + &word(u32::try_from(manifest).expect("small"));
    // A text of four letters that answers may point to.
    let text = word(640) + &word(4);
    let (one, five, four, nine) = (word(1), word(5), word(4), word(9));
    let two = word(2);
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
  (func (export "configure") (param i32 i32) (result i32)
    (local $i i32)
    {configure}
    (i32.const 16))
  (func (export "describe") (result i32)
    (local $i i32)
    {describe}
    (i32.const 64))
  (func $recurse (param i32) (result i32)
    (i32.add (i32.const 1) (call $recurse (local.get 0))))
  (func $wide (param i64) (result i64)
    (i64.add (call $wide (i64.add (local.get 0) (i64.const 1)))
      (i64.mul (call $wide (local.get 0)) (local.get 0))))
  (func $ping (call $pong))
  (func $pong (call $ping))
  (func $nothing (param i32) (result i32) (local.get 0))
  (type $none (func))
  (func $indirect (call_indirect $calls_table (type $none) (i32.const 0)))
  (table $calls_table funcref (elem $indirect))
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
  (data (i32.const {ALLOW}) "{zero}{zero}{two}{zero}")
  (data (i32.const 640) "NOPE")
  (data (i32.const 656) "people")
  (data (i32.const 662) "alice")
  (data (i32.const 672) "/a/b")
"#
    )
}

/// Code that refuses where `alice` is in the document `people`.
pub fn deny_if_alice() -> String {
    format!(
        "(call $lookup (i32.const 656) (i32.const 6) (i32.const 662) (i32.const 5)
           (i32.const 16384))
         (if (i32.load8_u (i32.const 16384)) (then {}))",
        answer_deny()
    )
}

/// Code that refuses where the result of a getter is there.
pub fn deny_if(call: &str) -> String {
    format!(
        "{call} (if (i32.load8_u (i32.const 16384)) (then {}))",
        answer_deny()
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
