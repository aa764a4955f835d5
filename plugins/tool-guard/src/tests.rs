//! Which calls are let pass, held and refused.

use countersign_policy_sdk::testing::{ActionBuilder, mcp, tool_call};
use serde_json::json;

use super::*;

fn rule(rule: serde_json::Value) -> ToolRule {
    serde_json::from_value(rule).expect("a rule")
}

/// Refunds up to 50 at once, up to 500 with a review, no more.
fn settings() -> Settings {
    Settings {
        tools: vec![
            rule(json!({
                "server": "shop", "tool": "refund_*",
                "arguments": [{"at": "/amount", "at_most": 50}], "then": "allow",
            })),
            rule(json!({
                "server": "shop", "tool": "refund_*",
                "arguments": [{"at": "/amount", "at_least": 500.01}],
                "then": "deny", "reason": "nobody refunds more than 500",
            })),
            rule(json!({
                "server": "shop", "tool": "refund_*", "then": "review",
                "review": {"reviewers": ["support"], "quorum": 2, "expires_in_seconds": 60},
            })),
            rule(json!({"tool": "delete_*", "then": "deny"})),
            rule(json!({
                "tool": "send_mail",
                "arguments": [{"at": "/to", "matches": "*@example.com"}], "then": "allow",
            })),
            rule(json!({
                "tool": "read_file",
                "arguments": [{"at": "/path", "within": "/srv/data"}], "then": "allow",
            })),
        ],
        ..Settings::default()
    }
}

fn said(settings: &Settings, action: ActionBuilder) -> String {
    match judge(&action.build(), settings) {
        Verdict::Abstain => "abstain".to_owned(),
        Verdict::Allow => "allow".to_owned(),
        Verdict::Review(review) => format!("review: {}", review.reason),
        Verdict::Deny(reason) => format!("deny: {reason}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn the_first_rule_that_applies_decides() {
    let cases = [
        ("shop", "refund_order", json!({"amount": 50}), "allow"),
        (
            "shop",
            "refund_order",
            json!({"amount": 51}),
            "review: refund_order of shop needs approval",
        ),
        (
            "shop",
            "refund_order",
            json!({"amount": 501}),
            "deny: nobody refunds more than 500",
        ),
        // What is no number is no small one, and may be a large one.
        (
            "shop",
            "refund_order",
            json!({"amount": "1"}),
            "deny: nobody refunds more than 500",
        ),
        (
            "shop",
            "refund_order",
            json!({}),
            "review: refund_order of shop needs approval",
        ),
        (
            "bank",
            "refund_order",
            json!({"amount": 1}),
            "review: no rule names refund_order of bank",
        ),
        (
            "",
            "delete_customer",
            json!({}),
            "deny: delete_customer is not allowed here",
        ),
        (
            "mail",
            "send_mail",
            json!({"to": ["a@example.com"]}),
            "allow",
        ),
        (
            "mail",
            "send_mail",
            json!({"to": ["a@example.com", "b@example.org"]}),
            "review: no rule names send_mail of mail",
        ),
        (
            "mail",
            "send_mail",
            json!({"to": []}),
            "review: no rule names send_mail of mail",
        ),
        ("fs", "read_file", json!({"path": "/srv/data/a"}), "allow"),
        (
            "fs",
            "read_file",
            json!({"path": "/srv/data/../../etc/passwd"}),
            "review: no rule names read_file of fs",
        ),
    ];
    for (server, tool, arguments, expected) in cases {
        let shown = format!("{server} {tool} {arguments}");
        let verdict = said(&settings(), tool_call(server, tool, arguments));
        assert_eq!(verdict, expected, "{shown}");
    }
}

#[test]
fn a_changed_definition_comes_before_every_rule() {
    let refund = || tool_call("shop", "refund_order", json!({"amount": 1})).definition_changed();
    for (changed_definitions, expected) in [
        (Stance::Deny, "deny: the definition of refund_order of shop"),
        (Stance::Review, "review: the definition of refund_order"),
        (Stance::Allow, "allow"),
    ] {
        let settings = Settings {
            changed_definitions,
            ..settings()
        };
        let verdict = said(&settings, refund());
        assert!(verdict.starts_with(expected), "{verdict}");
    }
}

#[test]
fn a_list_hides_what_nobody_may_call() {
    for (tool, expected) in [
        ("refund_order", "allow"),
        ("delete_customer", "deny"),
        ("read_file", "allow"),
    ] {
        let verdict = said(&settings(), tool_call("shop", tool, json!(null)));
        assert!(verdict.starts_with(expected), "{tool}: {verdict}");
    }
    let strict = Settings {
        other_tools: Stance::Deny,
        ..settings()
    };
    assert_eq!(
        said(&strict, tool_call("fs", "read_file", json!(null))),
        "allow"
    );
    assert!(said(&strict, tool_call("fs", "write_file", json!(null))).starts_with("deny"));
}

#[test]
fn a_held_call_asks_whom_its_rule_names() {
    let action = tool_call("shop", "refund_order", json!({"amount": 60})).build();
    let Verdict::Review(review) = judge(&action, &settings()) else {
        panic!("not held");
    };
    assert_eq!(review.reviewers, ["support"]);
    assert_eq!((review.quorum, review.expires_in), (2, 60));
}

#[test]
fn other_requests_have_rules_of_their_own() {
    let rules: Vec<RequestRule> = serde_json::from_value(json!([
        {"method": "resources/*", "name": "file:///srv/data/*", "then": "allow"},
        {"server": "shop", "method": "prompts/get", "then": "deny"},
    ]))
    .expect("rules");
    let settings = Settings {
        requests: rules,
        ..Settings::default()
    };
    let cases = [
        ("tools/list", None, "allow"),
        ("initialize", None, "allow"),
        ("resources/read", Some("file:///srv/data/a"), "allow"),
        (
            "resources/read",
            Some("file:///etc/passwd"),
            "review: no rule names resources/read of file:///etc/passwd",
        ),
        (
            "prompts/get",
            Some("greet"),
            "deny: prompts/get of greet is not allowed here",
        ),
        (
            "sampling/createMessage",
            None,
            "review: no rule names sampling/createMessage",
        ),
    ];
    for (method, name, expected) in cases {
        let verdict = said(&settings, mcp("shop", method, name, &json!({})));
        assert_eq!(verdict, expected, "{method} {name:?}");
    }
}
