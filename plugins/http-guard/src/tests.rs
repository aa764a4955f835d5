//! Which requests are let pass, held and refused.

use countersign_policy_sdk::testing::{ActionBuilder, http};
use serde_json::json;

use super::*;

fn settings() -> Settings {
    serde_json::from_value(json!({
        "rules": [
            {"methods": ["POST"], "paths": ["/v1/refunds"],
             "body": [{"at": "/amount", "at_most": 50}], "then": "allow"},
            {"methods": ["POST"], "paths": ["/v1/refunds"],
             "body": [{"at": "/currency", "one_of": ["XBT"]}], "then": "deny"},
            {"methods": ["POST", "PUT"], "paths": ["/v1/refunds", "/v1/orders/{id}"], "then": "review",
             "review": {"reviewers": ["support"], "quorum": 2}},
            {"paths": ["/internal/**"], "then": "deny", "reason": "internal to the shop"},
        ],
    }))
    .expect("settings")
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
    let refund = |body: &str| http("POST", "/v1/refunds").body(body);
    let cases = [
        (refund(r#"{"amount": 50}"#), "allow"),
        (
            refund(r#"{"amount": 51}"#),
            "review: POST /v1/refunds needs approval",
        ),
        (
            refund(r#"{"amount": 51, "currency": "XBT"}"#),
            "deny: POST /v1/refunds is not allowed here",
        ),
        // What is no JSON may say anything.
        (
            refund("amount=50"),
            "deny: POST /v1/refunds is not allowed here",
        ),
        (http("GET", "/v1/refunds"), "allow"),
        (
            http("PUT", "/v1/orders/7").route("/v1/orders/{id}"),
            "review: PUT /v1/orders/{id} needs approval",
        ),
        (
            http("PUT", "/v1/orders/7"),
            "review: PUT /v1/orders/7 needs approval",
        ),
        (
            http("GET", "/internal/keys/1"),
            "deny: internal to the shop",
        ),
        (
            http("DELETE", "/v1/orders/7"),
            "review: no rule names DELETE /v1/orders/7",
        ),
        (http("TRACE", "/v1"), "review: no rule names TRACE /v1"),
    ];
    for (action, expected) in cases {
        let shown = format!("{action:?}");
        assert_eq!(said(&settings(), action), expected, "{shown}");
    }
}

#[test]
fn what_no_rule_names_is_as_the_settings_say() {
    let strict = Settings {
        safe_methods: Stance::Abstain,
        otherwise: Stance::Deny,
        ..Settings::default()
    };
    assert_eq!(said(&strict, http("GET", "/")), "abstain");
    assert_eq!(
        said(&strict, http("PATCH", "/x")),
        "deny: no rule names PATCH /x"
    );
}

#[test]
fn a_held_request_asks_whom_its_rule_names() {
    let action = http("PUT", "/v1/orders/7").build();
    let Verdict::Review(review) = judge(&action, &settings()) else {
        panic!("not held");
    };
    assert_eq!(review.reviewers, ["support"]);
    assert_eq!((review.quorum, review.expires_in), (2, 900));
}
