//! Which prompts leave, as they are or masked.

use countersign_policy_sdk::{
    Mask, MaskSelector,
    testing::{ActionBuilder, llm},
};

use super::*;

fn rule(entity: &str, providers: &[&str], then: Treatment) -> EntityRule {
    EntityRule {
        entity: entity.to_owned(),
        providers: providers.iter().map(|p| Pattern::new(p)).collect(),
        then,
    }
}

fn ask(provider: &str, model: &str) -> ActionBuilder {
    llm(provider, model, [("user", "refund ada@example.com")])
}

fn said(settings: &Settings, action: ActionBuilder) -> String {
    match judge(&action.build(), settings) {
        Verdict::AllowWith(_) => "allow".to_owned(),
        Verdict::Oblige(_) => "oblige".to_owned(),
        Verdict::Review(review) => format!("review: {}", review.reason),
        Verdict::Deny(reason) => format!("deny: {reason}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn only_named_models_are_asked_and_only_so_much() {
    let settings = Settings {
        models: vec![
            ModelRule {
                provider: Pattern::new("openai"),
                model: Pattern::new("gpt-4o*"),
                tools: Some(vec![Pattern::new("refund_*")]),
                max_output_tokens: Some(1_000),
            },
            ModelRule {
                provider: Pattern::new("anthropic"),
                model: Pattern::new("claude-*"),
                tools: None,
                max_output_tokens: None,
            },
        ],
        ..Settings::default()
    };
    let mini = || ask("openai", "gpt-4o-mini").max_output_tokens(1_000);
    let cases = [
        (mini(), "allow"),
        (mini().tool("refund_order"), "allow"),
        (
            mini().tool("refund_order").tool("delete_order"),
            "deny: the tool delete_order may not be offered to this model",
        ),
        (
            ask("openai", "gpt-4o-mini").max_output_tokens(1_001),
            "deny: an answer may have 1000 tokens",
        ),
        (
            ask("openai", "gpt-4o-mini"),
            "deny: the request has to say how long the answer may be: 1000 tokens at most",
        ),
        (
            ask("openai", "o3"),
            "deny: the model o3 of openai is not one that may be asked",
        ),
        (ask("anthropic", "claude-x").tool("anything"), "allow"),
    ];
    for (action, expected) in cases {
        let shown = format!("{action:?}");
        assert_eq!(said(&settings, action), expected, "{shown}");
    }
}

#[test]
fn what_is_found_stops_or_is_masked_by_provider() {
    let settings = Settings {
        entities: vec![
            rule("PRIVATE_KEY", &[], Treatment::Deny),
            rule("US_SSN", &["openai"], Treatment::Review),
            rule("EMAIL_ADDRESS", &["anthropic"], Treatment::Pass),
            rule("EMAIL_ADDRESS", &[], Treatment::Tokenise),
            rule("CREDIT_CARD", &[], Treatment::Partial),
        ],
        ..Settings::default()
    };
    let cases = [
        ("openai", "EMAIL_ADDRESS", "allow"),
        (
            "openai",
            "PRIVATE_KEY",
            "deny: the prompt holds PRIVATE_KEY (2), which may not leave to openai",
        ),
        (
            "openai",
            "US_SSN",
            "review: the prompt holds US_SSN (2), which leaves only with approval to openai",
        ),
        ("anthropic", "US_SSN", "allow"),
    ];
    for (provider, entity, expected) in cases {
        let action = ask(provider, "m").finding(entity, 2);
        assert_eq!(said(&settings, action), expected, "{provider} {entity}");
    }
    let mask = |entity: &str, style| Mask {
        selector: MaskSelector::Entity(entity.to_owned()),
        style,
    };
    let card = mask("CREDIT_CARD", MaskStyle::Partial(4));
    for (provider, expected) in [
        (
            "openai",
            vec![mask("EMAIL_ADDRESS", MaskStyle::Pseudonym), card.clone()],
        ),
        ("anthropic", vec![card]),
    ] {
        let Verdict::AllowWith(with) = judge(&ask(provider, "m").build(), &settings) else {
            panic!("stopped");
        };
        assert_eq!(with.masks, expected, "{provider}");
    }
}

#[test]
fn it_may_leave_the_last_word_to_others() {
    let settings = Settings {
        allow: false,
        ..Settings::default()
    };
    assert_eq!(said(&settings, ask("openai", "m")), "oblige");
}
