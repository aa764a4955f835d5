//! The labelled cases: every class, statement count, table set and bound must come out right.

use countersign_inspect::sql;
use serde_json::Value;

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().expect("a list of names");
    let mut names: Vec<String> = list
        .iter()
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect();
    names.sort();
    names
}

fn union<'a>(lists: impl Iterator<Item = &'a Vec<String>>) -> Vec<String> {
    let mut names: Vec<String> = lists.flatten().cloned().collect();
    names.sort();
    names.dedup();
    names
}

fn check(case: &Value) -> Result<(), String> {
    let text = case["sql"].as_str().expect("the text");
    let facts = match sql::inspect(text) {
        Ok(facts) => facts,
        Err(_) if case["class"] == "refuse" => return Ok(()),
        Err(error) => return Err(format!("refused: {error}")),
    };
    let got = serde_json::json!({
        "class": facts.class().as_str(),
        "statements": facts.statements.len(),
        "tables_read": union(facts.statements.iter().map(|s| &s.tables_read)),
        "tables_written": union(facts.statements.iter().map(|s| &s.tables_written)),
        "unbounded": facts.statements.iter().any(|s| s.unbounded_write),
    });
    let want = serde_json::json!({
        "class": case["class"],
        "statements": case["statements"],
        "tables_read": strings(&case["tables_read"]),
        "tables_written": strings(&case["tables_written"]),
        "unbounded": case["unbounded"],
    });
    if got == want {
        Ok(())
    } else {
        Err(format!("\n   got {got}\n  want {want}"))
    }
}

fn check_all(cases: &str) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in cases.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).expect("a JSON line");
        count += 1;
        if let Err(why) = check(&case) {
            wrong.push(format!("{} {} {why}", case["id"], case["sql"]));
        }
    }
    assert!(count > 0, "no cases");
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn labelled_cases() {
    check_all(include_str!("data/sql-cases.jsonl"));
}

#[test]
fn own_cases() {
    check_all(include_str!("data/sql-cases-own.jsonl"));
}
