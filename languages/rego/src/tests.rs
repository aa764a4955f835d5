//! What Rego modules say, and how they are refused.

use std::sync::Arc;

use countersign_language_facts::{
    Refused,
    testing::{Fake, FakeHost},
    wit,
};
use countersign_policy_sdk::{MaskSelector, MaskStyle, StatementClass, Verdict};
use serde_json::{Value, json};

use crate::Program;

const EXAMPLE: &str = include_str!("../../../docs/policies/examples/production.rego");

fn host() -> Arc<FakeHost> {
    Arc::new(FakeHost::default().document("partners", "bad.example.com", r#"{"blocked": true}"#))
}

fn compile(text: &str, settings: &Value) -> Result<Program, Refused> {
    Program::compile(text, settings, host())
}

fn module(rules: &str) -> Program {
    compile(&format!("package countersign\n{rules}"), &json!({})).expect("compiles")
}

fn judge(rules: &str, action: &Fake) -> String {
    say(module(rules).judge(action))
}

fn say(said: Result<Verdict, String>) -> String {
    match said {
        Ok(Verdict::Abstain) => "abstain".to_owned(),
        Ok(Verdict::Allow) => "allow".to_owned(),
        Ok(Verdict::Deny(reason)) => format!("deny: {reason}"),
        Ok(Verdict::Review(review)) => format!(
            "review: {} by {:?}, {} within {}",
            review.reason, review.reviewers, review.quorum, review.expires_in
        ),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("error: {error}"),
    }
}

fn example() -> Program {
    compile(EXAMPLE, &json!({"reviewers": ["dba"], "quorum": 2})).expect("compiles")
}

fn on_production(class: StatementClass, operation: &str) -> Fake {
    Fake::sql(class, operation).label("env", "production")
}

#[test]
fn the_example_guards_production() {
    let mut example = example();
    let mut said = |action: &Fake| say(example.judge(action));

    let drop = on_production(StatementClass::Destructive, "drop_table");
    let refused = "deny: drop_table on production is for the group dba";
    assert_eq!(said(&drop), refused);
    assert_eq!(said(&drop.clone().group("dba")), "abstain");
    assert_eq!(
        said(&Fake::sql(StatementClass::Destructive, "drop_table")),
        "abstain"
    );

    let mut update = on_production(StatementClass::Destructive, "update");
    for statement in update.sql.iter_mut().flatten() {
        statement.unbounded_write = true;
    }
    assert_eq!(
        said(&update),
        r#"review: a write without a predicate on production needs approval by ["dba"], 2 within 900"#
    );
}

#[test]
fn the_example_masks_what_may_be_read() {
    let said = example().judge(&on_production(StatementClass::Read, "select"));
    let Ok(Verdict::AllowWith(with)) = said else {
        panic!("{said:?}");
    };
    assert_eq!(with.limits.rows, Some(500));
    assert_eq!(with.masks.len(), 1);
    assert_eq!(
        with.masks[0].selector,
        MaskSelector::Entity("EMAIL_ADDRESS".to_owned())
    );
    assert_eq!(with.masks[0].style, MaskStyle::Pseudonym);
}

#[test]
fn the_example_knows_requests_tools_and_command_lines() {
    let mut example = example();
    let mut deploy = Fake::new("tool_call");
    deploy.tool_call = Some(wit::ToolCall {
        server: "ci".to_owned(),
        tool: "deploy".to_owned(),
        arguments: "{}".to_owned(),
        definition_changed: false,
    });
    assert_eq!(say(example.judge(&deploy)), "abstain", "a Thursday");
    deploy.at = 86_400_000;
    assert_eq!(
        say(example.judge(&deploy)),
        "deny: deployments are frozen on Fridays"
    );
    deploy.at = 0;
    assert_eq!(say(example.judge(&deploy)), "abstain");
    assert_eq!(
        say(example.judge(&deploy)),
        "deny: more than 3 tool calls in a minute"
    );

    let mut post = Fake::new("http");
    let request = |host: &str| wit::HttpRequest {
        method: "POST".to_owned(),
        host: host.to_owned(),
        path: "/".to_owned(),
        route: None,
        query: Vec::new(),
        headers: Vec::new(),
    };
    post.http = Some(request("good.example.com"));
    assert_eq!(say(example.judge(&post)), "abstain");
    post.http = Some(request("bad.example.com"));
    assert_eq!(say(example.judge(&post)), "deny: this partner is blocked");

    let mut shell = Fake::new("shell");
    shell.shell = Some(vec![wit::ShellCommand {
        argv: vec!["tee".to_owned(), "/etc/hosts".to_owned()],
        class: StatementClass::Write,
        paths_read: Vec::new(),
        paths_written: vec!["/etc/hosts".to_owned()],
        hosts: Vec::new(),
    }]);
    assert_eq!(
        say(example.judge(&shell)),
        "deny: /etc/hosts would be written"
    );
}

#[test]
fn rules_become_verdicts() {
    let action = Fake::sql(StatementClass::Read, "select");
    let cases = [
        ("allow if input.kind == \"sql\"", "allow"),
        ("allow if input.kind == \"http\"", "abstain"),
        ("default allow := false", "abstain"),
        (
            "deny if input.kind == \"sql\"",
            "deny: refused by the policy",
        ),
        ("deny := \"no\"", "deny: no"),
        (
            "allow := true\ndeny contains \"b\"\ndeny contains \"a\"",
            "deny: a; b",
        ),
        ("deny contains {\"msg\": \"old style\"}", "deny: old style"),
        ("deny[reason] := true if reason := \"keyed\"", "deny: keyed"),
        (
            "review contains \"look\"",
            "review: look by [], 1 within 900",
        ),
        (
            "review contains {\"reason\": \"a\", \"quorum\": 2, \"expires_in\": 60}\nreview contains \"b\"",
            "review: b; a by [], 2 within 60",
        ),
    ];
    for (rules, expected) in cases {
        assert_eq!(judge(rules, &action), expected, "{rules}");
    }
    let oblige = module(
        "tag contains \"seen\"\ncharge contains {\"counter\": \"rows:a\", \"window_seconds\": 60}",
    )
    .judge(&action);
    let Ok(Verdict::Oblige(with)) = oblige else {
        panic!("{oblige:?}");
    };
    assert_eq!(with.tags, ["seen"]);
    assert_eq!(
        (
            with.charges[0].counter.as_str(),
            with.charges[0].window_seconds
        ),
        ("rows:a", 60)
    );
}

#[test]
fn what_cannot_be_told_is_an_error() {
    let action = Fake::sql(StatementClass::Read, "select");
    let cases = [
        ("allow := 1", "must be true or false"),
        ("deny contains 1", "a reason must be a text"),
        ("deny := 7", "must be a set"),
        (
            "review contains {\"reviewers\": [\"a\"]}",
            "`reason` is missing",
        ),
        (
            "review contains {\"reason\": \"a\", \"reviewer\": \"b\"}",
            "no field `reviewer`",
        ),
        (
            "review contains {\"reason\": \"a\", \"quorum\": 0}",
            "`quorum`",
        ),
        (
            "mask contains {\"entity\": \"X\", \"style\": \"blur\"}",
            "`style`",
        ),
        (
            "mask contains {\"style\": \"null\"}",
            "`entity` or `column`",
        ),
        ("limits := {\"row\": 1}", "no field `row`"),
        ("review contains \"a\"\ntag contains \"b\"", "would be lost"),
        (
            "review contains {\"reason\": \"a\", \"reviewers\": [\"a\"]}\nreview contains {\"reason\": \"b\", \"reviewers\": [\"b\"]}",
            "different reviewers",
        ),
        // Undefined in OPA, where nobody asks for strict errors: a rule passed over.
        (
            "deny contains \"x\" if to_number(\"seven\") > 3",
            "rule `deny`: line 2",
        ),
        (
            "allow := 1 if input.kind == \"sql\"\nallow := 2",
            "rule `allow`: line",
        ),
    ];
    for (rules, expected) in cases {
        let said = judge(rules, &action);
        assert!(
            said.starts_with("error: ") && said.contains(expected),
            "{rules}: {said}"
        );
    }
}

#[test]
fn a_wrong_text_is_refused_with_its_place() {
    let cases = [
        (
            "package countersign\n\nallow if {\n  input.kind ==\n}\n",
            Some(5),
            "line 5",
        ),
        (
            "package other\nallow := true\n",
            Some(1),
            "must be `countersign`",
        ),
        (
            "package countersign\nhelper := 1\n",
            None,
            "none of the rules",
        ),
        (
            "package countersign\nallow if nonsense(input.kind)\n",
            Some(2),
            "nonsense",
        ),
        ("package countersign\nallow if x == 1\n", Some(2), "x"),
        (
            "package countersign\nallow if http.send({})\n",
            Some(2),
            "http.send",
        ),
        ("", None, ""),
    ];
    for (text, line, expected) in cases {
        let refused = compile(text, &json!({})).expect_err(text);
        assert_eq!(refused.line, line.or(refused.line), "{text}: {refused:?}");
        assert!(refused.message.contains(expected), "{text}: {refused:?}");
    }
}

#[test]
fn nothing_stays_from_one_action_to_the_next() {
    let mut program = module("deny contains input.target.name if input.kind == \"sql\"");
    let sql = Fake::sql(StatementClass::Read, "select");
    assert_eq!(say(program.judge(&sql)), "deny: shop");
    assert_eq!(say(program.judge(&Fake::new("http"))), "abstain");
    assert_eq!(say(program.judge(&sql)), "deny: shop");
}

#[test]
fn the_runtime_describes_itself() {
    let manifest: Value = serde_json::from_str(&crate::manifest()).expect("JSON");
    assert_eq!(
        (&manifest["name"], &manifest["language"]),
        (&json!("rego"), &json!("rego"))
    );
    assert_eq!(manifest["stateless"], true);
    assert!(
        manifest["cases"]
            .as_array()
            .is_some_and(|cases| !cases.is_empty())
    );
}
