//! Policies written by hand, each for one trait that a test is about.

use std::{fmt::Write as _, path::PathBuf};

use countersign_model::{DocumentUse, PolicyLanguage, PolicyManifest};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What a guest says to every action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It allows.
    Allow,
    /// It refuses, saying `NOPE`.
    Deny,
    /// It takes no side, without conditions.
    Oblige,
    /// It refuses with what the document `list` has under the key `key`, and abstains where there
    /// is nothing.
    Lookup,
}

/// A guest.
#[derive(Debug, Clone)]
pub struct Guest {
    pub name: &'static str,
    pub says: Says,
    /// Functions that take the compiler long.
    pub slow_functions: usize,
    /// Bytes of data that do nothing.
    pub padding: usize,
    /// Whether it filters: digits become `#`, and `!` is a trap.
    pub filters: bool,
}

impl Guest {
    pub const fn new(name: &'static str, says: Says) -> Self {
        Self {
            name,
            says,
            slow_functions: 0,
            padding: 0,
            filters: false,
        }
    }

    /// The guest as a component.
    pub fn component(&self) -> Vec<u8> {
        let world = if self.filters {
            "filtering-policy"
        } else {
            "policy"
        };
        let mut resolve = Resolve::default();
        let wit = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../policy-sdk/wit");
        let (package, _) = resolve.push_path(wit).expect("valid WIT");
        let world = resolve
            .select_world(&[package], Some(world))
            .expect("a world");
        let mut module = wat::parse_str(self.text()).expect("valid text");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .expect("embeds");
        let component = countersign_policy_package::componentize(&module).expect("a component");
        countersign_policy_package::with_manifest(&component, &self.manifest())
            .expect("takes a manifest")
    }

    fn manifest(&self) -> PolicyManifest {
        let documents = match self.says {
            Says::Lookup => vec![DocumentUse {
                name: "list".to_owned(),
                description: "What is refused.".to_owned(),
            }],
            Says::Allow | Says::Deny | Says::Oblige => Vec::new(),
        };
        PolicyManifest {
            name: self.name.to_owned(),
            version: "1.0.0".to_owned(),
            description: "A guest for tests.".to_owned(),
            language: PolicyLanguage::Rust,
            operations: vec!["sql".to_owned()],
            settings_schema: serde_json::json!({"type": "object"}),
            counters: Vec::new(),
            documents,
            filters: self.filters,
            stateless: false,
            source_url: None,
            cases: Vec::new(),
        }
    }

    fn text(&self) -> String {
        let json = serde_json::to_string(&self.manifest()).expect("JSON");
        let describe = words(&[MANIFEST, u32::try_from(json.len()).expect("small")]);
        let judge = match self.says {
            Says::Allow => format!("(i32.const {ALLOW})"),
            Says::Deny => format!("(i32.const {DENY})"),
            Says::Oblige => format!("(i32.const {OBLIGE})"),
            Says::Lookup => format!(
                "(call $lookup (i32.const {LIST}) (i32.const 4) (i32.const {KEY}) (i32.const 3) \
                   (i32.const {FOUND}))
                 (if (result i32) (i32.load8_u (i32.const {FOUND}))
                   (then
                     (i64.store (i32.const {}) (i64.load (i32.const {})))
                     (i32.const {DENY}))
                   (else (i32.const {ABSTAIN})))",
                DENY + 16,
                FOUND + 4
            ),
        };
        let mut text = format!(
            r#"(module
  (import "countersign:policy/types@0.1.0" "[resource-drop]action" (func $drop (param i32)))
  (import "countersign:policy/host@0.1.0" "lookup"
    (func $lookup (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 64)
  (global $heap (mut i32) (i32.const 1048576))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "configure") (param i32 i32) (result i32) (i32.const 16))
  (func (export "describe") (result i32) (i32.const 64))
  (func (export "judge") (param $action i32) (result i32)
    (global.set $heap (i32.const 1048576))
    (call $drop (local.get $action))
    {judge})
  (data (i32.const 64) "{describe}")
  (data (i32.const {ALLOW}) "{}")
  (data (i32.const {DENY}) "{}")
  (data (i32.const {OBLIGE}) "{}")
  (data (i32.const {TEXT}) "NOPElistkey")
  (data (i32.const {MANIFEST}) "{}")
"#,
            words(&[0, 0, 2, 0]),
            words(&[0, 0, 5, 0, TEXT, 4]),
            words(&[0, 0, 1, 0]),
            json.replace('\\', "\\\\").replace('"', "\\\""),
        );
        if self.filters {
            text.push_str(FILTER);
        }
        for n in 0..self.slow_functions {
            text.push_str(&slow_function(n));
        }
        if self.padding > 0 {
            let padding = "p".repeat(self.padding);
            let _ = write!(text, "(data (i32.const 2097152) \"{padding}\")");
        }
        text.push(')');
        text
    }
}

const ALLOW: u32 = 128;
const DENY: u32 = 256;
const OBLIGE: u32 = 384;
/// Zeros all through: abstains.
const ABSTAIN: u32 = 640;
const TEXT: u32 = 960;
const LIST: u32 = TEXT + 4;
const KEY: u32 = TEXT + 8;
const FOUND: u32 = 1024;
const MANIFEST: u32 = 4096;

/// Replaces digits where they stand, in the memory that the host passed.
const FILTER: &str = r#"
  (func (export "countersign:policy/filter@0.1.0#begin") (param $action i32) (result i32)
    (call $drop (local.get $action))
    (i32.const 16))
  (func (export "countersign:policy/filter@0.1.0#push") (param $at i32) (param $len i32) (result i32)
    (local $i i32)
    (local $byte i32)
    (local $from i32)
    (global.set $heap (i32.const 1048576))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $len)))
        (local.set $from (i32.add (local.get $at) (local.get $i)))
        (local.set $byte (i32.load8_u (local.get $from)))
        (if (i32.eq (local.get $byte) (i32.const 33)) (then (unreachable)))
        (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 48)) (i32.const 10))
          (then (i32.store8 (local.get $from) (i32.const 35))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.store (i32.const 1536) (i32.const 0))
    (i32.store (i32.const 1540) (local.get $at))
    (i32.store (i32.const 1544) (local.get $len))
    (i32.const 1536))
  (func (export "countersign:policy/filter@0.1.0#finish") (result i32) (i32.const 2048))
"#;

fn words(words: &[u32]) -> String {
    let bytes = words.iter().flat_map(|word| word.to_le_bytes());
    bytes.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}

/// Many locals that live through many joins: within what an upload may have, and slow to compile.
fn slow_function(number: usize) -> String {
    const LOCALS: usize = 600;
    const JOINS: usize = 5_000;
    let mut text = format!("(func $slow{number} (param i32) (result i32) (local");
    text.push_str(&" i32".repeat(LOCALS));
    text.push(')');
    for join in 0..JOINS {
        let _ = write!(
            text,
            "(if (local.get {}) (then (local.set {} (i32.const {join}))))",
            join * 7 % LOCALS,
            join * 13 % LOCALS + 1,
        );
    }
    text.push_str("(local.get 1))\n");
    text
}
