//! What is let be, charged and stopped.

use countersign_policy_sdk::testing::{ActionBuilder, http, llm, tool_call};
use serde_json::json;

use super::*;

const PRINCIPAL: &str = "00000000-0000-7000-8000-000000000001";

fn settings(value: serde_json::Value) -> Settings {
    serde_json::from_value(value).expect("settings")
}

fn ask(model: &str) -> ActionBuilder {
    llm("openai", model, [("user", "hello")])
}

fn key(what: &str, rest: &str) -> String {
    format!("{what}:p:{PRINCIPAL}{rest}")
}

fn charged(verdict: Verdict) -> Vec<String> {
    match verdict {
        Verdict::Oblige(with) => with.charges.into_iter().map(|c| c.counter).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tokens_are_charged_until_they_are_used_up() {
    let settings = settings(json!({
        "limits": [{"of": "tokens", "most": 1000, "window_seconds": 3600}],
    }));
    let key = key("tokens", "");
    for (used, spent) in [(0, false), (999, false), (1000, true), (1500, true)] {
        let action = ask("m").counted(&key, used).build();
        match judge(&action, &settings) {
            Verdict::Deny(reason) => {
                assert!(spent, "{used}");
                let expected = format!(
                    "the budget of this principal is used up: {used} of 1000 tokens in 1 hours; \
                     some of it is free again by 1970-01-01 01:00 UTC at the latest"
                );
                assert_eq!(reason, expected);
            }
            other => {
                assert!(!spent, "{used}");
                assert_eq!(charged(other), [key.as_str()]);
            }
        }
    }
}

#[test]
fn prompts_and_answers_are_counted_apart() {
    let settings = settings(json!({
        "limits": [
            {"of": "input_tokens", "most": 10, "window_seconds": 60},
            {"of": "output_tokens", "most": 10, "window_seconds": 60, "when_spent": "review"},
        ],
    }));
    let (input, output) = (key("tokens", "#input"), key("tokens", "#output"));
    assert_eq!(
        charged(judge(&ask("m").build(), &settings)),
        [&*input, &*output]
    );
    let verdict = judge(&ask("m").counted(&output, 10).build(), &settings);
    assert!(matches!(verdict, Verdict::Review(_)));
    // A refusal comes before a review.
    let both = ask("m").counted(&output, 10).counted(&input, 10).build();
    assert!(matches!(judge(&both, &settings), Verdict::Deny(_)));
}

#[test]
fn money_is_tokens_at_their_prices() {
    let settings = settings(json!({
        "limits": [{"of": "money", "most": 1_000_000, "window_seconds": 86_400}],
        "prices": [
            {"model": "small-*", "input": 100_000, "output": 400_000},
            {"model": "large", "input": 10_000_000, "output": 40_000_000},
        ],
    }));
    let keys = charged(judge(&ask("large").build(), &settings));
    let [input, output] = &keys[..] else {
        panic!("{keys:?}")
    };
    assert!(input.ends_with("#input") && output.ends_with("#output"));
    // 50,000 tokens in and 12,500 out: 50 cents each.
    let spent = |i, o| ask("small-1").counted(input, i).counted(output, o).build();
    charged(judge(&spent(50_000, 12_499), &settings));
    let Verdict::Deny(reason) = judge(&spent(50_000, 12_500), &settings) else {
        panic!("not refused");
    };
    assert!(reason.contains("$1.00 of $1.00 in 1 days"), "{reason}");
    let Verdict::Deny(reason) = judge(&ask("unknown").build(), &settings) else {
        panic!("not refused");
    };
    assert_eq!(reason, "no price is known for the model unknown");
}

#[test]
fn calls_are_counted_by_kind_and_tool() {
    let settings = settings(json!({
        "limits": [
            {"of": "calls", "most": 2, "window_seconds": 60, "operations": ["tool_call"],
             "tools": ["refund_*"]},
            {"of": "calls", "most": 3, "window_seconds": 60, "operations": ["llm"]},
        ],
    }));
    let refund = || tool_call("shop", "refund_order", json!({}));
    let [key] = &charged(judge(&refund().build(), &settings))[..] else {
        panic!("one charge");
    };
    assert!(matches!(
        judge(&refund().counted(key, 2).build(), &settings),
        Verdict::Deny(_)
    ));
    let other = tool_call("shop", "list_orders", json!({})).build();
    assert_eq!(judge(&other, &settings), Verdict::Abstain);
    assert_eq!(
        judge(&http("GET", "/").build(), &settings),
        Verdict::Abstain
    );
    // Its charge would add its tokens: a request to a model is counted when it is judged.
    let builder = ask("m");
    let record = builder.record();
    let action = builder.build();
    for _ in 0..3 {
        assert!(charged(judge(&action, &settings)).is_empty());
    }
    assert!(matches!(judge(&action, &settings), Verdict::Deny(_)));
    assert!(record.counted().iter().all(|key| key.starts_with("calls:")));
}

#[test]
fn who_shares_a_limit_shares_its_counter() {
    let counter = |per: &str, action: ActionBuilder| {
        let settings = settings(json!({
            "limits": [{"of": "tokens", "most": 9, "window_seconds": 60, "per": per}],
        }));
        charged(judge(&action.build(), &settings)).remove(0)
    };
    assert_eq!(
        counter("grant", ask("m")),
        counter("principal", ask("m")),
        "without a grant"
    );
    let granted = counter("grant", ask("m").grant("refund"));
    assert_eq!(granted, "tokens:g:00000000-0000-7000-8000-000000000005");
    let ada = |name| counter("human", ask(name).on_behalf_of("ada@example.com"));
    assert_eq!(ada("a"), ada("b"));
    assert_ne!(
        ada("a"),
        counter("human", ask("a").on_behalf_of("bob@example.com"))
    );
    assert!(counter("target", ask("m")).starts_with("tokens:t:"));
}

#[test]
fn a_list_of_models_costs_nothing() {
    let settings = settings(json!({
        "limits": [{"of": "money", "most": 0, "window_seconds": 60}],
    }));
    let verdict = judge(&tool_call("shop", "x", json!({})).build(), &settings);
    assert_eq!(verdict, Verdict::Abstain);
    assert_eq!(
        judge(&ask("m").build(), &Settings::default()),
        Verdict::Abstain
    );
}
