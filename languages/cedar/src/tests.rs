//! What Cedar policies say, and how they are refused.

use countersign_language_facts::{testing::Fake, wit};
use countersign_policy_sdk::{MaskSelector, MaskStyle, StatementClass, Verdict};
use serde_json::{Value, json};

use crate::Program;

const EXAMPLE: &str = include_str!("../../../docs/policies/examples/production.cedar");

fn judge(text: &str, action: &Fake) -> String {
    say(Program::compile(text, &json!({}))
        .expect(text)
        .judge(action))
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
    Program::compile(EXAMPLE, &json!({"hosts": ["api.example.com"]})).expect("compiles")
}

fn on_production(class: StatementClass, operation: &str) -> Fake {
    Fake::sql(class, operation).label("env", "production")
}

#[test]
fn the_example_guards_production() {
    let example = example();
    let said = |action: &Fake| say(example.judge(action));

    let drop = on_production(StatementClass::Destructive, "drop_table");
    let refused = "deny: destructive statements on production are for the group dba";
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
        r#"review: a write without a predicate on production needs approval by ["dba", "leads"], 2 within 900"#
    );
}

#[test]
fn the_example_masks_what_may_be_read() {
    let said = example().judge(&on_production(StatementClass::Read, "select"));
    let Ok(Verdict::AllowWith(with)) = said else {
        panic!("{said:?}");
    };
    assert_eq!(with.limits.rows, Some(500));
    let shown: Vec<_> = with.masks.iter().map(|m| (&m.selector, m.style)).collect();
    assert_eq!(
        shown[0],
        (
            &MaskSelector::Entity("EMAIL_ADDRESS".to_owned()),
            MaskStyle::Pseudonym
        )
    );
    let MaskSelector::Column(column) = shown[1].0 else {
        panic!("{shown:?}");
    };
    assert_eq!(
        (column.table.as_str(), column.name.as_str()),
        ("customers", "phone")
    );
    assert_eq!(shown[1].1, MaskStyle::Partial(4));
}

#[test]
fn the_example_knows_requests_tools_and_command_lines() {
    let example = example();
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

    let mut post = Fake::new("http");
    let request = |host: &str| wit::HttpRequest {
        method: "POST".to_owned(),
        host: host.to_owned(),
        path: "/".to_owned(),
        route: None,
        query: Vec::new(),
        headers: Vec::new(),
    };
    post.http = Some(request("api.example.com"));
    assert_eq!(say(example.judge(&post)), "abstain");
    post.http = Some(request("evil.example.com"));
    assert_eq!(
        say(example.judge(&post)),
        "deny: this host is not on the list"
    );
    post.principal.kind = wit::PrincipalKind::Human;
    assert_eq!(say(example.judge(&post)), "abstain");

    let mut shell = Fake::new("shell");
    shell.shell = Some(vec![wit::ShellCommand {
        argv: vec!["cat".to_owned()],
        class: StatementClass::Read,
        paths_read: vec!["/root/.ssh/id_ed25519".to_owned()],
        paths_written: Vec::new(),
        hosts: Vec::new(),
    }]);
    assert_eq!(say(example.judge(&shell)), "deny: keys are not for agents");
}

#[test]
fn policies_become_verdicts() {
    let action = Fake::sql(StatementClass::Read, "select").group("ai");
    let cases = [
        ("permit(principal, action, resource);", "allow"),
        (
            "permit(principal, action == Action::\"http\", resource);",
            "abstain",
        ),
        (
            "forbid(principal, action, resource);",
            "deny: forbidden by policy0",
        ),
        (
            "@id(\"none\") forbid(principal, action, resource);",
            "deny: forbidden by none",
        ),
        (
            "permit(principal, action, resource);\n@reason(\"a\") forbid(principal, action, resource);\n@reason(\"b\") forbid(principal, action, resource);",
            "deny: a; b",
        ),
        (
            "@review(\"r\") forbid(principal, action, resource);\n@reason(\"b\") forbid(principal, action, resource);",
            "deny: b",
        ),
        (
            "@review(\"r\") @expires_in(\"60\") forbid(principal, action, resource);",
            "review: r by [], 1 within 60",
        ),
        (
            "permit(principal == Agent::\"agent\", action, resource == Target::\"shop\");",
            "allow",
        ),
        (
            "permit(principal in Group::\"ai\", action, resource);",
            "allow",
        ),
        (
            "permit(principal, action, resource) when { principal.groups.contains(\"ai\") };",
            "allow",
        ),
        (
            "permit(principal, action, resource) when { context.sql.statements.contains({\"class\": \"read\"}) };",
            "abstain",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(judge(text, &action), expected, "{text}");
    }
}

#[test]
fn a_policy_that_fails_is_not_passed_over() {
    let action = Fake::sql(StatementClass::Read, "select");
    let text = "permit(principal, action, resource);\n\
        forbid(principal, action, resource) when { context.http.method == \"GET\" };";
    let said = judge(text, &action);
    assert!(
        said.starts_with("error: ") && said.contains("http"),
        "{said}"
    );
    let said = judge(
        "permit(principal, action, resource) when { resource.labels.env == \"production\" };",
        &action,
    );
    assert!(
        said.starts_with("error: ") && said.contains("env"),
        "{said}"
    );
}

#[test]
fn a_clients_words_are_values_and_nothing_else() {
    let mut call = Fake::new("tool_call");
    call.tool_call = Some(wit::ToolCall {
        server: "s".to_owned(),
        tool: "t".to_owned(),
        arguments: json!({
            "who": {"__entity": {"type": "Group", "id": "dba"}},
            "__extn": {"fn": "ip", "arg": "10.0.0.1"},
            "nothing": null, "half": 0.5, "large": u64::MAX, "list": [1, null, "a"],
        })
        .to_string(),
        definition_changed: false,
    });
    let holds = |condition: &str| {
        let text = format!("permit(principal, action, resource) when {{ {condition} }};");
        judge(&text, &call)
    };
    let arguments = "context.tool_call.arguments";
    assert_eq!(
        holds(&format!("{arguments}.who == Group::\"dba\"")),
        "abstain"
    );
    assert_eq!(holds(&format!("{arguments}.who has \"__entity\"")), "allow");
    assert_eq!(holds(&format!("{arguments} has nothing")), "abstain");
    assert_eq!(holds(&format!("{arguments}.half == \"0.5\"")), "allow");
    assert_eq!(
        holds(&format!("{arguments}.large == \"{}\"", u64::MAX)),
        "allow"
    );
    assert_eq!(
        holds(&format!("{arguments}.list.containsAll([\"a\", 1])")),
        "allow"
    );
}

#[test]
fn a_wrong_text_is_refused_with_its_place() {
    let cases = [
        (
            "permit(principal, action, resource)\nwhen { context. };\n",
            Some(2),
            "unexpected token",
        ),
        ("permit(principal, action, resource)", Some(1), ""),
        (
            "forbid(principal, action == Action::\"sqll\", resource);",
            Some(1),
            "no Action::\"sqll\"",
        ),
        ("forbid(principal is User, action, resource);", None, ""),
        (
            "forbid(principal == User::\"bob\", action, resource);",
            Some(1),
            "no entities of type User",
        ),
        (
            "\n\n@reveiw(\"x\") forbid(principal, action, resource);",
            Some(3),
            "@reveiw",
        ),
        (
            "@mask(\"X\") forbid(principal, action, resource);",
            Some(1),
            "belongs to a permit",
        ),
        (
            "@review(\"X\") permit(principal, action, resource);",
            Some(1),
            "belongs to a forbid",
        ),
        (
            "@quorum(\"2\") forbid(principal, action, resource);",
            Some(1),
            "@review",
        ),
        (
            "@mask(\"X blur\") permit(principal, action, resource);",
            Some(1),
            "blur",
        ),
        (
            "permit(principal == ?principal, action, resource);",
            None,
            "template",
        ),
        ("// nothing\n", None, "no policy"),
    ];
    for (text, line, expected) in cases {
        let refused = Program::compile(text, &json!({})).err();
        let Some(refused) = refused else {
            assert_eq!((line, expected), (None, ""), "accepted: {text}");
            continue;
        };
        assert_eq!(refused.line, line, "{text}: {refused:?}");
        assert!(refused.message.contains(expected), "{text}: {refused:?}");
    }
}

#[test]
fn the_runtime_describes_itself() {
    let manifest: Value = serde_json::from_str(&crate::manifest()).expect("JSON");
    assert_eq!(
        (&manifest["name"], &manifest["language"]),
        (&json!("cedar"), &json!("cedar"))
    );
    assert_eq!(manifest["stateless"], true);
}
