//! Tokens of models, and the tools of MCP servers.

use std::sync::Arc;

use countersign_model::{
    ActionId, ActionOutcome, EventBody, GrantId, GrantRef, OutcomeStatus, RecordedResponse,
    SessionId, Timing, TokenUsage, ToolDefinition, ToolDefinitionChanged,
};
use countersign_store::{AcceptError, Store, UsageBy, UsageRecord};

use crate::{
    journal::Journal,
    registry::new_target,
    samples::{START, at, edge},
};

fn answered(
    session_id: SessionId,
    model: &str,
    (input, output): (u64, u64),
    grant: Option<GrantId>,
) -> EventBody {
    let usage = TokenUsage {
        input,
        output,
        cached: 1,
    };
    EventBody::ActionOutcome(ActionOutcome {
        session_id,
        action_id: ActionId::new(),
        status: OutcomeStatus::Completed,
        rows: 0,
        bytes: 0,
        tags: Vec::new(),
        sqlstate: None,
        masked: Vec::new(),
        findings: Vec::new(),
        timing: Timing::default(),
        grant: grant.map(|id| {
            Arc::new(GrantRef {
                id,
                task: "answer tickets".into(),
                break_glass: false,
            })
        }),
        response: Some(Arc::new(RecordedResponse {
            usage: Some(usage),
            model: Some(model.to_owned()),
            ..RecordedResponse::default()
        })),
    })
}

fn told(records: &[UsageRecord]) -> Vec<(&str, u64, u64, u64)> {
    records
        .iter()
        .map(|r| {
            let tokens = r.sums.tokens;
            (r.key.as_str(), r.sums.answers, tokens.input, tokens.output)
        })
        .collect()
}

pub async fn tokens_are_summed_up(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let (first, second) = (SessionId::new(), SessionId::new());
    let grant = GrantId::new();
    let mut journal = Journal::new(1);
    journal.open(first, "release-bot");
    journal.open(second, "support-bot");
    journal.write(answered(first, "small", (10, 2), None));
    journal.write(answered(first, "small", (10, 2), None));
    journal.write(answered(first, "lar\0ge", (1, 1), Some(grant)));
    journal.write(answered(second, "small", (u64::MAX, 5), None));
    for (from, to) in [(1, 3), (4, 4), (4, 6)] {
        store
            .ingest(edge, journal.batch(from, to), START)
            .await
            .unwrap();
    }
    let huge = 1 << 40;
    let total = store.usage_total(START).await.unwrap();
    assert_eq!((total.answers, total.tokens.input), (4, huge + 21));
    let id = grant.to_string();
    let cases = [
        (
            UsageBy::Principal,
            vec![("support-bot", 1, huge, 5), ("release-bot", 3, 21, 5)],
        ),
        (UsageBy::Target, vec![("shop-production", 4, huge + 21, 10)]),
        (
            UsageBy::Model,
            vec![("small", 3, huge + 20, 9), ("lar\u{fffd}ge", 1, 1, 1)],
        ),
        (
            UsageBy::Grant,
            vec![("", 3, huge + 20, 9), (id.as_str(), 1, 1, 1)],
        ),
    ];
    for (by, expected) in cases {
        let records = store.usage(by, START, 10).await.unwrap();
        assert_eq!(told(&records), expected, "{by:?}");
        assert_eq!(store.usage(by, START, 1).await.unwrap().len(), 1);
    }
    let mut pairs = store
        .usage_by_model(UsageBy::Principal, START)
        .await
        .unwrap();
    pairs.sort_by(|a, b| (&a.key, &a.model).cmp(&(&b.key, &b.model)));
    let pairs: Vec<_> = pairs
        .iter()
        .map(|pair| (&*pair.key, &*pair.model, pair.tokens.input))
        .collect();
    let expected = [
        ("release-bot", "lar\u{fffd}ge", 1),
        ("release-bot", "small", 20),
        ("support-bot", "small", huge),
    ];
    assert_eq!(pairs, expected);
    let under = store.usage_by_model(UsageBy::Grant, START).await.unwrap();
    assert!(
        under
            .iter()
            .any(|pair| pair.key == id && pair.tokens.input == 1)
    );
    let own = store.session_usage(first).await.unwrap();
    assert_eq!(
        told(&own),
        [("small", 2, 20, 4), ("lar\u{fffd}ge", 1, 1, 1)]
    );
    assert!(
        store
            .usage(UsageBy::Model, at(7200), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

pub async fn tools_are_pinned_and_accepted(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let target = store
        .create_target(new_target("tools"), START)
        .await
        .unwrap();
    let definition = |digest: &str| ToolDefinition {
        digest: digest.to_owned(),
        text: format!("{{\"name\":\"{digest}\"}}").into(),
    };
    let event = |tool: &str, before: Option<&str>, after: &str| {
        EventBody::ToolDefinitionChanged(ToolDefinitionChanged {
            session_id: None,
            target_id: target.target.id,
            target: "tools".to_owned(),
            server: "shop".to_owned(),
            tool: tool.to_owned(),
            before: before.map(definition),
            after: definition(after),
        })
    };
    let mut journal = Journal::new(1);
    journal.write(event("refund", None, "a"));
    journal.write(event("orders", Some("x"), "y"));
    journal.write(event("refund", Some("a"), "b"));
    // Another edge saw it for the first time only now: what was pinned first stays.
    journal.write(event("refund", None, "c"));
    journal.write(event("orders", Some("x"), "x"));
    store.ingest(edge, journal.all(), START).await.unwrap();
    let tools = store.tool_definitions(None, 10).await.unwrap();
    let told: Vec<_> = tools
        .iter()
        .map(|t| {
            (
                t.tool.as_str(),
                t.pinned.digest.as_str(),
                t.seen.as_ref().map(|s| s.digest.as_str()),
            )
        })
        .collect();
    assert_eq!(told, [("refund", "a", Some("c")), ("orders", "x", None)]);
    assert!(store.bundle(at(1)).await.unwrap().tool_pins.is_empty());

    let id = tools[0].id;
    let before = store.revision().await.unwrap();
    let stale = store
        .accept_tool_definition(id, "b", "alice@example.com", at(1))
        .await;
    assert!(matches!(stale, Err(AcceptError::Stale)), "{stale:?}");
    let accepted = store
        .accept_tool_definition(id, "c", "alice@example.com", at(1))
        .await
        .unwrap();
    assert_eq!(
        (accepted.pinned.digest.as_str(), accepted.seen),
        ("c", None)
    );
    let again = store
        .accept_tool_definition(id, "c", "alice@example.com", at(2))
        .await;
    assert!(matches!(again, Err(AcceptError::Stale)), "{again:?}");
    assert_eq!(store.revision().await.unwrap(), before + 1);
    let pins = store.bundle(at(2)).await.unwrap().tool_pins;
    assert_eq!((pins.len(), pins[0].digest.as_str()), (1, "c"));
    store
        .remove_target(target.target.id, "admin", at(3))
        .await
        .unwrap();
    assert!(store.bundle(at(4)).await.unwrap().tool_pins.is_empty());
    assert!(store.tool_definitions(None, 10).await.unwrap().is_empty());
}
