//! Actions found by their ids, who acted when, and what a replay reads.

use countersign_model::{
    ActionId, ActionIntent, ActionOutcome, DecisionRecord, DefaultVerdict, EdgeId, Effect,
    EventBody, OutcomeStatus, RecordedOperation, Role, SessionChanged, SessionId, Timing,
};
use countersign_store::{
    ReplayEnd, ReplayJournal, ReplaySpan, ReplayState, Store, StoreError, action_of, made_at,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    journal::{Journal, full},
    samples::{START, at, edge, principal, user},
};

/// An action's id as an edge makes it, `seconds` after the beginning.
fn action_at(seconds: u64, number: u128) -> ActionId {
    let millis = u128::try_from(at(seconds).as_millis()).unwrap();
    let uuid = (millis << 80) | (7 << 76) | (2 << 62) | number;
    ActionId::from_uuid(Uuid::from_u128(uuid))
}

fn intent(session_id: SessionId, action_id: ActionId, decision: DecisionRecord) -> EventBody {
    EventBody::ActionIntent(ActionIntent {
        session_id,
        action_id,
        operation: RecordedOperation {
            phase: "simple".to_owned(),
            text: format!("SELECT '{action_id}'").into(),
            parameters: [].into(),
            facts: None,
            request: None,
        },
        decision,
        review_id: None,
        timing: Timing::default(),
        grant: None,
    })
}

fn outcome(session_id: SessionId, action_id: ActionId) -> EventBody {
    EventBody::ActionOutcome(ActionOutcome {
        session_id,
        action_id,
        status: OutcomeStatus::Completed,
        rows: 3,
        bytes: 30,
        tags: Vec::new(),
        sqlstate: None,
        masked: Vec::new(),
        findings: Vec::new(),
        timing: Timing::default(),
        grant: None,
        response: None,
    })
}

/// Writes a journal of 40 actions, each with an outcome one record later, in batches of ten.
async fn filled(store: &Store, edge: EdgeId, session: SessionId, salt: u128) -> Vec<ActionId> {
    let mut journal = Journal::new(1);
    journal.open(session, "release-bot");
    let mut actions = Vec::new();
    for n in 0..40 {
        let action = action_at(2 * n + 1, salt + u128::from(n));
        journal.write(intent(session, action, full(Effect::Allow)));
        journal.write(outcome(session, action));
        actions.push(action);
    }
    for first in (1..=81).step_by(10) {
        let batch = journal.batch(first, (first + 9).min(81));
        store.ingest(edge, batch, START).await.unwrap();
    }
    actions
}

pub async fn an_action_is_found_by_its_id(store: &Store) {
    let (one, two) = (edge(store, "edge-1").await, edge(store, "edge-2").await);
    let (first, second) = (SessionId::new(), SessionId::new());
    let actions = filled(store, one, first, 0x1_0000_0000).await;
    let others = filled(store, two, second, 0x2_0000_0000).await;
    for (edge, session, actions) in [(one, first, &actions), (two, second, &others)] {
        for action in actions {
            let found = store.action(*action).await.unwrap();
            assert_eq!((found.edge_id, found.session_id), (edge, session));
            let kinds: Vec<bool> = found
                .events
                .iter()
                .map(|event| {
                    assert_eq!(action_of(&event.event.body), Some(*action));
                    matches!(event.event.body, EventBody::ActionOutcome(_))
                })
                .collect();
            assert_eq!(
                kinds,
                [false, true],
                "{action}: the intent, then its outcome"
            );
        }
    }
    let page = store.edge_events(one, None, 0, 1000).await.unwrap();
    let found = store.action(actions[20]).await.unwrap();
    assert!(
        page.events.contains(&found.events[0]),
        "hash and place are the same"
    );

    let unknown = [
        action_at(5, 0x9999),
        action_at(100_000, 1),
        ActionId::from_uuid(Uuid::from_u128(1)),
    ];
    for id in unknown {
        let missing = store.action(id).await;
        assert!(
            matches!(missing, Err(StoreError::NotFound("action"))),
            "{id}"
        );
    }
    assert_eq!(made_at(actions[1]), Some(at(3)));

    let suffix = |id: ActionId| id.as_uuid().simple().to_string()[22..].to_owned();
    let found = store.recent_actions(&suffix(actions[7])).await.unwrap();
    assert_eq!(found, [actions[7]]);
    let both = suffix(actions[7])[6..].to_owned();
    let found = store.recent_actions(&both).await.unwrap();
    assert_eq!(found, [actions[7], others[7]], "the same four digits");
    assert_eq!(store.recent_actions("ffffff").await.unwrap(), []);
}

pub async fn who_acted_is_known_for_every_record(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let session = SessionId::new();
    let mut journal = Journal::new(1);
    journal.open(session, "release-bot");
    journal.write(intent(session, action_at(1, 1), full(Effect::Allow)));
    let mut renamed = principal("release-bot");
    renamed.groups = vec!["night-shift".to_owned()];
    let changed = journal.write(EventBody::SessionChanged(SessionChanged {
        session_id: session,
        principal: renamed.clone(),
        target: "shop\0production".to_owned(),
        labels: [("env".to_owned(), "staging".to_owned())].into(),
        default_verdict: DefaultVerdict::Allow,
        grant: None,
    }));
    journal.write(intent(session, action_at(3, 2), full(Effect::Allow)));
    store
        .ingest(edge, journal.batch(1, 2), START)
        .await
        .unwrap();
    store.ingest(edge, journal.all(), START).await.unwrap();

    let opened = store.session(session).await.unwrap();
    for seq in [1, changed - 1] {
        let then = store.session_snapshot(session, seq).await.unwrap();
        assert_eq!(then.principal, opened.principal, "record {seq}");
        assert_eq!(then.target.name, "shop-production");
        assert_eq!(then.target.default_verdict, DefaultVerdict::Deny);
    }
    for seq in [changed, changed + 1, u64::MAX] {
        let then = store.session_snapshot(session, seq).await.unwrap();
        assert_eq!(then.principal, renamed, "record {seq}");
        assert_eq!(then.target.name, "shop\0production");
        assert_eq!(then.target.labels["env"], "staging");
        assert_eq!(then.target.default_verdict, DefaultVerdict::Allow);
        assert_eq!(then.target.id, opened.target_id);
        assert_eq!(then.edge_id, edge);
    }
    let unknown = store.session_snapshot(SessionId::new(), 1).await;
    assert!(matches!(unknown, Err(StoreError::NotFound("session"))));
}

pub async fn a_span_is_read_batch_by_batch(store: &Store) {
    let edge = edge(store, "edge-1").await;
    filled(store, edge, SessionId::new(), 0).await;
    let span = |since, until| ReplaySpan {
        since: at(since),
        until: at(until),
    };
    // Records are one a second from second 1; batches are of ten.
    let cases = [
        ("everything", span(0, 1_000), 81, (1, 81)),
        ("nothing yet", span(1_000, 2_000), 0, (0, 0)),
        ("within one batch", span(33, 34), 10, (31, 40)),
        ("over a border", span(39, 41), 20, (31, 50)),
    ];
    for (name, span, records, bounds) in cases {
        let (journals, total) = store.replay_journals(span).await.unwrap();
        assert_eq!(total, records, "{name}");
        let journal = ReplayJournal {
            edge_id: edge,
            epoch: 1,
        };
        let expected = if records == 0 { vec![] } else { vec![journal] };
        assert_eq!(journals, expected, "{name}");
        let (mut after, mut lines, mut seen) = (0, 0, Vec::new());
        loop {
            let batches = store.replay_batches(journal, span, after).await.unwrap();
            let Some(last) = batches.last() else { break };
            after = last.last_seq;
            for batch in &batches {
                lines += batch.text.lines().count() as u64;
                seen.extend([batch.first_seq, batch.last_seq]);
            }
        }
        assert_eq!(lines, records, "{name}");
        let outer = (
            seen.first().copied().unwrap_or(0),
            seen.last().copied().unwrap_or(0),
        );
        assert_eq!(outer, bounds, "{name}");
    }
}

pub async fn replays_are_kept(store: &Store) {
    let admin = user(store, "ann@example.com", Role::Admin).await;
    let request = json!({"since": "2026-11-22T14:02:11Z"});
    let done = store.begin_replay(&request, admin, at(0)).await.unwrap();
    let cut_off = store.begin_replay(&request, admin, at(1)).await.unwrap();
    let end = ReplayEnd {
        state: ReplayState::Done,
        result: json!({"judged": 3}),
        error: None,
    };
    store.end_replay(done, &end, at(2)).await.unwrap();
    store.abandon_replays(at(3)).await.unwrap();

    let kept = store.replay(done).await.unwrap();
    assert_eq!((kept.state, kept.result), (end.state, Some(end.result)));
    assert_eq!(kept.request, request);
    assert_eq!((kept.started_at, kept.finished_at), (at(0), Some(at(2))));
    assert_eq!(kept.requested_by_name, "ann@example.com");
    let abandoned = store.replay(cut_off).await.unwrap();
    assert_eq!(abandoned.state, ReplayState::Cancelled);
    assert!(abandoned.error.is_some() && abandoned.result.is_none());

    let listed = store.replays(None, 10).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|replay| replay.id).collect();
    assert_eq!(ids, [cut_off, done]);
    let older = store.replays(Some(cut_off), 10).await.unwrap();
    assert_eq!(older.len(), 1);

    for n in 0..200 {
        store.begin_replay(&request, admin, at(n)).await.unwrap();
    }
    assert_eq!(store.replays(None, 1000).await.unwrap().len(), 200);
    let oldest = store.replay(done).await;
    assert!(matches!(oldest, Err(StoreError::NotFound("replay"))));
}
