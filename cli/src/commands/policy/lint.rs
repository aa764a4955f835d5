//! `countersign policy lint`: what a policy says but does not do, and the other way round.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use countersign_model::{ManifestCase, PolicyLanguage};
use countersign_policy_engine::Engine;
use serde_json::{Value, json};

use super::{
    candidate::{Body, Candidate},
    engine, lint_server, test,
};
use crate::{config::ClientOptions, output};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy lint
  countersign policy lint target/policies/*.wasm
  countersign policy lint row-guard --server

Errors are gaps that make a rule useless: an operation that is declared and never looked at, a field that
no declared operation has, a refusal without a reason, a case that fails. Warnings are gaps for people:
settings without description, operations and refusals without a case. With --server the bindings at the
control plane are looked at too: selectors that match nothing. Exit code 1 where there is an error.")]
pub struct Lint {
    /// Components, or folders that are built first
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// Look at the control plane's bindings too
    #[arg(long)]
    server: bool,
}

/// One gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub is_error: bool,
    pub text: String,
}

impl Problem {
    pub fn error(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            is_error: true,
            text: text.into(),
        }
    }

    pub fn warning(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            is_error: false,
            text: text.into(),
        }
    }
}

/// What each kind of operation has that others have not: the world's getters, and the names that texts
/// use.
const FIELDS: [(&str, &[&str]); 10] = [
    ("sql", &["sql"]),
    ("sql-class", &["sql"]),
    ("sql-unbounded-read", &["sql"]),
    ("http", &["http"]),
    ("tool-call", &["tool_call"]),
    ("shell", &["shell"]),
    ("access", &["access"]),
    ("llm", &["llm"]),
    ("llm-messages", &["llm"]),
    ("mcp", &["mcp"]),
];

/// Getters that several kinds have.
const SHARED: [(&str, &[&str]); 4] = [
    ("body", &["http", "llm"]),
    ("json-pointer", &["http", "tool_call", "llm", "mcp"]),
    ("parameters", &["sql"]),
    ("text", &["sql", "shell"]),
];

impl Lint {
    pub async fn run(&self, options: &ClientOptions) -> Result<()> {
        let engine = engine::engine()?;
        let client = self.server.then(|| options.client()).transpose()?;
        let mut results = Vec::new();
        let mut errors = 0;
        for path in &self.paths {
            let candidate = Candidate::of(path)?;
            let mut problems = of(&candidate);
            problems.extend(judged(&engine, &candidate)?);
            if let Some(client) = &client {
                problems.extend(lint_server::problems(client, &candidate.manifest.name).await?);
            }
            errors += problems.iter().filter(|problem| problem.is_error).count();
            if !options.json {
                print(&candidate.manifest.name, &problems)?;
            }
            let listed: Vec<Value> = problems
                .iter()
                .map(|p| json!({"code": p.code, "level": level(p), "text": p.text}))
                .collect();
            results.push(json!({"policy": candidate.manifest.name, "problems": listed}));
        }
        if options.json {
            output::json(&results)?;
        }
        if errors > 0 {
            bail!("{errors} errors");
        }
        Ok(())
    }
}

fn level(problem: &Problem) -> &'static str {
    if problem.is_error { "error" } else { "warning" }
}

fn print(name: &str, problems: &[Problem]) -> Result<()> {
    if problems.is_empty() {
        return output::line(&format!("{name}: nothing to say"));
    }
    for problem in problems {
        output::line(&format!(
            "{name}: {} {}: {}",
            level(problem),
            problem.code,
            problem.text
        ))?;
    }
    Ok(())
}

/// What the manifest and the body tell without being run.
pub fn of(candidate: &Candidate) -> Vec<Problem> {
    let mut problems = fields(candidate);
    problems.extend(host_calls(candidate));
    undescribed(&candidate.manifest.settings_schema, &mut problems);
    problems.extend(cases(candidate));
    problems
}

/// Whether the body asks for a getter. An engine of another language inside a component asks for all of
/// them, so that nothing can be told.
fn asks(candidate: &Candidate, getter: &str) -> Option<bool> {
    match (&candidate.body, candidate.manifest.language) {
        (Body::Component(bytes), PolicyLanguage::Rust) => Some(contains(
            bytes,
            format!("[method]action.{getter}").as_bytes(),
            true,
        )),
        (Body::Component(_), _) => None,
        (Body::Text(text), _) => {
            let name = getter.replace('-', "_");
            let forms = [
                format!("input.{name}"),
                format!("context.{name}"),
                format!("[\"{name}\"]"),
            ];
            Some(
                forms
                    .iter()
                    .any(|form| contains(text.as_bytes(), form.as_bytes(), true)),
            )
        }
    }
}

/// Whether the word is there, and is not the beginning of a longer one.
fn contains(haystack: &[u8], needle: &[u8], whole: bool) -> bool {
    let continues = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_';
    haystack
        .windows(needle.len())
        .enumerate()
        .any(|(at, window)| {
            window == needle && (!whole || !haystack.get(at + needle.len()).is_some_and(continues))
        })
}

fn fields(candidate: &Candidate) -> Vec<Problem> {
    let mut problems = Vec::new();
    let declared = &candidate.manifest.operations;
    for operation in declared {
        let getters = FIELDS
            .iter()
            .chain(&SHARED)
            .filter(|(_, kinds)| kinds.contains(&operation.as_str()));
        let asked: Vec<Option<bool>> = getters.map(|(getter, _)| asks(candidate, getter)).collect();
        let any = asked.iter().any(|asked| *asked != Some(false));
        // A policy that looks at the principal and the target alone holds for every operation.
        let looks_at_any = FIELDS
            .iter()
            .any(|(getter, _)| asks(candidate, getter) != Some(false));
        // One that asks for the kind has told them apart by it.
        let by_kind = asks(candidate, "kind") == Some(true);
        if !any && looks_at_any && !by_kind {
            problems.push(Problem::error(
                "operation_unused",
                format!(
                    "it says that it judges {operation}, and never looks at what {operation} has"
                ),
            ));
        }
    }
    for (getter, kinds) in FIELDS.iter().chain(&SHARED) {
        let reachable = kinds.iter().any(|kind| declared.iter().any(|d| d == kind));
        if !reachable && asks(candidate, getter) == Some(true) {
            problems.push(Problem::error(
                "field_unreachable",
                format!(
                    "it asks for `{getter}`, which only {} has, and judges {} alone",
                    kinds.join(" and "),
                    declared.join(", ")
                ),
            ));
        }
    }
    problems
}

fn host_calls(candidate: &Candidate) -> Vec<Problem> {
    let Body::Component(bytes) = &candidate.body else {
        return Vec::new();
    };
    if candidate.manifest.language != PolicyLanguage::Rust {
        return Vec::new();
    }
    let manifest = &candidate.manifest;
    // Imports of the module: a name after the interface's.
    let calls = |function: &str| {
        let mut import = b"countersign:policy/host@0.1.0".to_vec();
        import.push(u8::try_from(function.len()).unwrap_or(0));
        import.extend_from_slice(function.as_bytes());
        contains(bytes, &import, false)
    };
    let mut problems = Vec::new();
    let uses = [
        ("lookup", manifest.documents.is_empty(), "documents"),
        ("count", manifest.counters.is_empty(), "counters"),
    ];
    for (function, undeclared, key) in uses {
        match (calls(function), undeclared) {
            (true, true) => problems.push(Problem::warning(
                "undeclared_use",
                format!("it calls `{function}` and names no {key} in its manifest"),
            )),
            (false, false) => problems.push(Problem::warning(
                "unused_declaration",
                format!("it names {key} in its manifest and never calls `{function}`"),
            )),
            _ => {}
        }
    }
    problems
}

/// Settings without a word for the people who fill them in, those inside others included.
fn undescribed(schema: &Value, problems: &mut Vec<Problem>) {
    fn walk(node: &Value, path: &str, problems: &mut Vec<Problem>) {
        let properties = node.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let place = format!("{path}/{name}");
            let described = property
                .get("description")
                .and_then(Value::as_str)
                .is_some_and(|text| !text.trim().is_empty());
            if !described {
                problems.push(Problem::warning(
                    "undescribed_setting",
                    format!("{place} has no description"),
                ));
            }
            walk(property, &place, problems);
            if let Some(items) = property.get("items") {
                walk(items, &format!("{place}[]"), problems);
            }
        }
    }
    walk(schema, "", problems);
    let definitions = schema.get("$defs").and_then(Value::as_object);
    for (name, definition) in definitions.into_iter().flatten() {
        walk(definition, name, problems);
    }
}

fn cases(candidate: &Candidate) -> Vec<Problem> {
    let mut problems = Vec::new();
    if candidate.cases.is_empty() {
        problems.push(Problem::warning(
            "no_cases",
            "it has no cases: nothing shows that it works",
        ));
        return problems;
    }
    let tries = |operation: &str| {
        candidate
            .cases
            .iter()
            .any(|c| c.operation.kind() == operation)
    };
    for operation in &candidate.manifest.operations {
        if !tries(operation) {
            problems.push(Problem::warning(
                "untried_operation",
                format!("no case tries {operation}"),
            ));
        }
    }
    for case in &candidate.cases {
        let kind = case.operation.kind();
        if !candidate
            .manifest
            .operations
            .iter()
            .any(|declared| declared == kind)
        {
            problems.push(Problem::error(
                "undeclared_operation",
                format!(
                    "case {:?} tries {kind}, which it does not say it judges",
                    case.name
                ),
            ));
        }
    }
    let says = |case: &ManifestCase, verdicts: &[&str]| verdicts.contains(&case.verdict.as_str());
    if !candidate.cases.iter().any(|case| !says(case, &["abstain"])) {
        problems.push(Problem::warning("never_acts", "in every case it abstains"));
    }
    if candidate
        .cases
        .iter()
        .all(|case| says(case, &["deny", "review"]))
    {
        problems.push(Problem::warning(
            "always_acts",
            "no case shows what it lets be",
        ));
    }
    problems
}

/// What only judging its cases tells.
fn judged(engine: &Engine, candidate: &Candidate) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for row in test::judge(engine, candidate)? {
        if !row.passed {
            problems.push(Problem::error(
                "case_fails",
                format!(
                    "case {:?}: expected {}, got {}",
                    row.name, row.expected, row.verdict
                ),
            ));
        }
        let says_why = row
            .reason
            .as_ref()
            .is_some_and(|reason| !reason.trim().is_empty());
        if matches!(row.verdict.as_str(), "deny" | "review") && !says_why {
            problems.push(Problem::error(
                "no_reason",
                format!(
                    "in case {:?} it says {} without a reason",
                    row.name, row.verdict
                ),
            ));
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use countersign_model::PolicyManifest;

    use super::*;

    fn candidate(text: &str, change: impl FnOnce(&mut Value)) -> Candidate {
        let mut manifest = json!({
            "name": "guard", "version": "1.0.0", "description": "Guards.", "language": "rego",
            "operations": ["sql"],
            "settings_schema": {"type": "object", "properties": {
                "rows": {"type": "integer", "description": "How many."}
            }},
            "cases": [
                {"name": "a", "sql": "SELECT 1", "verdict": "abstain"},
                {"name": "b", "sql": "DELETE FROM a", "verdict": "deny"},
            ],
        });
        change(&mut manifest);
        let manifest: PolicyManifest = serde_json::from_value(manifest).expect("a manifest");
        Candidate {
            path: "guard".into(),
            cases: manifest.cases.clone(),
            manifest,
            body: Body::Text(text.to_owned()),
        }
    }

    fn codes(candidate: &Candidate) -> Vec<&'static str> {
        of(candidate)
            .into_iter()
            .map(|problem| problem.code)
            .collect()
    }

    #[test]
    fn each_gap_has_its_code() {
        let rego = "deny contains \"no\" if input.sql.class == \"write\"";
        assert_eq!(codes(&candidate(rego, |_| {})), Vec::<&str>::new());
        type Change = fn(&mut Value);
        let gaps: [(&str, Change, &str); 8] = [
            (
                rego,
                |m| m["operations"] = json!(["sql", "http"]),
                "operation_unused",
            ),
            (
                rego,
                |m| m["operations"] = json!(["sql", "shell"]),
                "untried_operation",
            ),
            (
                "x if input.http.path == input.sql",
                |_| {},
                "field_unreachable",
            ),
            (
                rego,
                |m| m["settings_schema"]["properties"]["rows"] = json!({"type": "integer"}),
                "undescribed_setting",
            ),
            (rego, |m| m["cases"] = json!([]), "no_cases"),
            (
                rego,
                |m| m["cases"][0]["verdict"] = json!("deny"),
                "always_acts",
            ),
            (
                rego,
                |m| m["cases"][1]["verdict"] = json!("abstain"),
                "never_acts",
            ),
            (
                rego,
                |m| m["cases"][0] = json!({"name": "c", "shell": "ls", "verdict": "abstain"}),
                "undeclared_operation",
            ),
        ];
        for (text, change, expected) in gaps {
            let found = codes(&candidate(text, change));
            assert!(found.contains(&expected), "{expected}: {found:?}");
        }
    }

    #[test]
    fn a_policy_that_looks_at_nothing_but_people_judges_everything() {
        let anyone = candidate("deny if input.principal.name == \"x\"", |m| {
            m["operations"] = json!(["sql", "http"]);
        });
        assert!(!codes(&anyone).contains(&"operation_unused"));
    }

    #[test]
    fn a_policy_that_looks_at_the_kind_tells_operations_apart_by_it() {
        let by_kind = "deny if input.kind == \"http\"\ndeny if input.sql.class == \"write\"";
        let counted = candidate(by_kind, |m| m["operations"] = json!(["sql", "http"]));
        assert!(!codes(&counted).contains(&"operation_unused"));
    }

    #[test]
    fn a_longer_name_is_another_name() {
        assert!(contains(
            b"[method]action.sql\0",
            b"[method]action.sql",
            true
        ));
        assert!(!contains(
            b"[method]action.sql-class",
            b"[method]action.sql",
            true
        ));
    }
}
