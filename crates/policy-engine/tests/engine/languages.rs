//! Policies in other languages, in the real engine: Rego and Cedar as texts that a runtime interprets,
//! TypeScript and Python as components that their own tools build.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use countersign_model::{ManifestCase, PolicyLanguage, PolicySource};
use countersign_policy_engine::{Engine, EngineOptions, LoadedPolicy};
use countersign_policy_package::{source, with_manifest};
use serde_json::{Value, json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The interpreter as `cargo xtask build` left it in target/languages; built here where it is missing
/// or older than its sources.
fn interpreter(language: PolicyLanguage) -> Vec<u8> {
    let sources = root().join("languages");
    let folder = sources.join(language.as_str());
    let built = root().join(format!("target/languages/{}.wasm", language.as_str()));
    let changed = [folder.join("src"), sources.join("facts/src")];
    let changed = changed
        .iter()
        .flat_map(|dir| fs::read_dir(dir).expect("the sources"));
    let changed = changed.map(|entry| entry.expect("an entry").path());
    let modified = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let since = changed.filter_map(|path| modified(&path)).max();
    if modified(&built) >= since {
        return fs::read(&built).expect("the interpreter");
    }
    let module = source::compile(&folder).expect("compiles");
    countersign_policy_engine::build_policy(&module).expect("builds")
}

fn runtime(engine: &Engine, language: PolicyLanguage) -> Arc<LoadedPolicy> {
    let component = interpreter(language);
    // Compiled once by each edge, and kept.
    assert!(component.len() < 4 << 20, "{} bytes", component.len());
    let policy = engine.load(&component).expect("loads");
    assert_eq!(policy.manifest().language, language);
    let parse = &countersign_inspect::operation;
    policy.check_cases(parse).expect("its own cases");
    policy
}

fn example(policy: &LoadedPolicy, file: &str) -> PolicySource {
    let path = root().join("docs/policies/examples").join(file);
    PolicySource {
        language: policy.manifest().language,
        runtime: policy.digest().to_owned(),
        text: fs::read_to_string(path).expect("the example"),
    }
}

fn case(value: &Value) -> ManifestCase {
    serde_json::from_value(value.clone()).expect("a case")
}

fn check(policy: &LoadedPolicy, source: &PolicySource, cases: &[Value]) {
    let cases: Vec<_> = cases.iter().map(case).collect();
    let parse = &countersign_inspect::operation;
    policy
        .check_source_cases(source, &cases, parse)
        .expect("as expected");
}

/// What both examples say alike, through the real parser.
fn guarded(settings: &Value) -> Vec<Value> {
    let production = json!({"env": "production"});
    let on_production = |name: &str, sql: &str, verdict: &str, reason: Value| {
        json!({"name": name, "sql": sql, "labels": production, "settings": settings,
            "verdict": verdict, "reason": reason})
    };
    let mut drop_by_dba = on_production(
        "a drop by the group",
        "DROP TABLE orders",
        "abstain",
        Value::Null,
    );
    drop_by_dba["groups"] = json!(["dba"]);
    vec![
        on_production(
            "a drop",
            "DROP TABLE orders",
            "deny",
            json!("for the group dba"),
        ),
        drop_by_dba,
        on_production(
            "an update of all",
            "UPDATE orders SET paid = true",
            "review",
            json!("without a predicate"),
        ),
        on_production(
            "a read",
            "SELECT * FROM customers WHERE id = 1",
            "mask",
            Value::Null,
        ),
        json!({"name": "a drop elsewhere", "sql": "DROP TABLE orders", "labels": {"env": "staging"},
            "settings": settings, "verdict": "abstain"}),
    ]
}

#[test]
fn rego_in_the_engine() {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let policy = runtime(&engine, PolicyLanguage::Rego);
    let source = example(&policy, "production.rego");
    let settings = json!({"reviewers": ["dba"], "quorum": 2});
    let mut cases = guarded(&settings);
    cases.push(json!({"name": "a blocked partner", "settings": settings,
        "http": {"method": "POST", "host": "bad.example.com", "path": "/"},
        "documents": {"partners": {"bad.example.com": {"blocked": true}}},
        "verdict": "deny", "reason": "blocked"}));
    cases.push(
        json!({"name": "a deployment on a Friday", "settings": settings,
        "tool_call": {"tool": "deploy"}, "at": "1970-01-02T12:00:00Z",
        "verdict": "deny", "reason": "Fridays"}),
    );
    check(&policy, &source, &cases);
}

#[test]
fn cedar_in_the_engine() {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let policy = runtime(&engine, PolicyLanguage::Cedar);
    let source = example(&policy, "production.cedar");
    let settings = json!({"hosts": ["api.example.com"]});
    let mut cases = guarded(&settings);
    for (host, verdict) in [("api.example.com", "abstain"), ("evil.example.com", "deny")] {
        cases.push(
            json!({"name": host, "settings": settings, "verdict": verdict,
            "http": {"method": "POST", "host": host, "path": "/"}}),
        );
    }
    check(&policy, &source, &cases);
}

#[test]
fn a_text_that_is_wrong_says_where() {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let wrong = [
        (
            PolicyLanguage::Rego,
            "package countersign\n\nallow if {\n",
            3,
        ),
        (
            PolicyLanguage::Cedar,
            "permit (principal, action, resource)\nwhen { context. };\n",
            2,
        ),
    ];
    for (language, text, line) in wrong {
        let policy = runtime(&engine, language);
        let source = PolicySource {
            language,
            runtime: policy.digest().to_owned(),
            text: text.to_owned(),
        };
        let error = policy
            .trial_source(&source, &Value::Null)
            .err()
            .expect("refused")
            .to_string();
        let object = error
            .get(error.find('{').expect("an object")..)
            .expect("there");
        let refused: Value = serde_json::from_str(object).expect("JSON");
        assert!(
            refused["line"].as_u64().is_some_and(|l| l >= line),
            "{refused}"
        );
        assert!(refused["column"].is_u64(), "{refused}");
        let message = refused["message"].as_str().expect("words");
        assert!(
            message.starts_with(&format!("line {}, column", refused["line"])),
            "{message}"
        );
    }
}

/// A template as `countersign policy new` lays it out, in a folder that keeps its tools from one run to
/// the next: the first one installs them. In one file a line is added after another.
fn template(name: &str, file: &str, after: &str, added: &str) -> PathBuf {
    let from = root().join("cli/templates").join(name);
    let to = root().join("target/templates").join(name);
    fs::create_dir_all(&to).expect("a folder");
    for entry in fs::read_dir(&from).expect("the template") {
        let file = entry.expect("an entry").path();
        if file.is_file() {
            fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("copied");
        }
    }
    let source = fs::read_to_string(from.join(file)).expect("the source");
    let (before, rest) = source.split_once(after).expect("the line");
    fs::write(to.join(file), [before, after, added, rest].concat()).expect("written");
    to
}

/// The component judges the template's cases; and where the target has the label `fail`, what the added
/// line throws is a refusal in its own words.
fn judge_template(dir: &Path, component: &[u8], language: PolicyLanguage) {
    assert_eq!(source::language(dir), Some(language));
    // An edge takes no more.
    assert!(component.len() < 24 << 20, "{} bytes", component.len());
    let manifest = fs::read(dir.join("policy.json")).expect("the manifest");
    let manifest = serde_json::from_slice(&manifest).expect("a manifest");
    let component = with_manifest(component, &manifest).expect("a policy");
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let policy = engine.load(&component).expect("loads");
    assert_eq!(policy.manifest().language, language);
    let parse = &countersign_inspect::operation;
    policy.check_cases(parse).expect("its own cases");

    let fails = json!({"name": "it throws", "sql": "SELECT 1", "labels": {"fail": "yes"},
        "verdict": "deny"});
    let said = policy.run_case(None, &case(&fails), parse);
    let refused = "a failure: the policy returned an error: no such rule";
    assert_eq!(said.verdict, refused);
}

#[test]
fn the_template_in_typescript() {
    let dir = template(
        "policy-typescript",
        "policy.ts",
        "): Verdict {\n",
        "  if (action.targetLabel('fail')) throw new Error('no such rule');\n",
    );
    let component = source::javascript::build(&dir).expect("builds");
    judge_template(&dir, &component, PolicyLanguage::Javascript);
}

#[test]
fn the_template_in_python() {
    let dir = template(
        "policy-python",
        "policy.py",
        "and so a refusal.\"\"\"\n",
        "    if action.target_label(\"fail\"):\n        raise ValueError(\"no such rule\")\n",
    );
    let component = source::python::build(&dir).expect("builds");
    judge_template(&dir, &component, PolicyLanguage::Python);
}

/// The types that TypeScript authors see name every getter of the contract.
#[test]
fn the_types_for_typescript_are_complete() {
    let wit = fs::read_to_string(root().join("policy-sdk/wit/policy.wit")).expect("the contract");
    let types = root().join("cli/templates/policy-typescript/countersign.d.ts");
    let types = fs::read_to_string(types).expect("the types");
    let functions: Vec<String> = wit
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("interface filter"))
        .filter_map(|line| line.split_once(": func("))
        .map(|(name, _)| camel(name))
        .collect();
    assert!(functions.len() > 20, "{functions:?}");
    for function in functions {
        assert!(
            types.contains(&format!("{function}(")),
            "{function} is missing"
        );
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let (initial, rest) = word.split_at(1);
        camel + &initial.to_uppercase() + rest
    })
}
