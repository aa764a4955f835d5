//! The edge protocol.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use countersign_ledger::{
    chain::{START, link},
    keys::SigningKey,
    token::mint_edge_token,
};
use countersign_model::{Event, EventBody, FollowEvent, Timestamp};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::support::{Plane, TestEdge};

/// Opens a stream and reads its messages.
pub struct Stream(axum::body::BodyDataStream, String);

impl Stream {
    pub async fn open(plane: &Plane, path: &str, token: &str) -> Self {
        let request = Request::builder()
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let response = plane.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/event-stream"
        );
        Self(response.into_body().into_data_stream(), String::new())
    }

    pub async fn follow(plane: &Plane, edge: &TestEdge) -> Self {
        let token = mint_edge_token(&edge.key, edge.id, plane.state.now());
        Self::open(plane, "/edge/follow", &token).await
    }

    /// The next message's data; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((message, rest)) = self.1.split_once("\n\n") {
                let data = message.lines().find_map(|line| line.strip_prefix("data: "));
                let data = data.map(|data| serde_json::from_str(data).unwrap());
                self.1 = rest.to_owned();
                match data {
                    Some(data) => return Some(data),
                    None => continue,
                }
            }
            let chunk = timeout(Duration::from_secs(20), self.0.next()).await;
            let chunk = chunk.expect("a message within 20 s")?.unwrap();
            self.1.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next message of an edge's stream that is no ping.
    pub async fn next_event(&mut self) -> Option<FollowEvent> {
        loop {
            match serde_json::from_value(self.next().await?).unwrap() {
                FollowEvent::Ping { .. } => {}
                event => return Some(event),
            }
        }
    }
}

/// A batch of `count` records from the first one on.
pub fn batch(count: u64) -> Value {
    let mut at = START;
    let records: Vec<String> = (1..=count)
        .map(|seq| {
            let event = Event {
                seq,
                at: Timestamp::from_millis(1_795_356_131_250),
                body: EventBody::BundleActivated { revision: seq },
            };
            let text = serde_json::to_string(&event).unwrap();
            at = link(&at, text.as_bytes());
            text
        })
        .collect();
    json!({"epoch": 7, "first_seq": 1, "prev_hash": hex::encode(START), "records": records})
}

#[tokio::test]
async fn an_edge_enrolls_once_and_is_refused_when_revoked() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let again = json!({
        "join_token": edge.join_token,
        "public_key": edge.key.verifying_key().to_string(),
        "version": "0.1.0",
    });
    let again = plane
        .call(Method::POST, "/edge/enroll", "", Some(again))
        .await;
    assert_eq!(again.code(401), "join_token_refused");
    plane
        .as_edge(&edge, Method::GET, "/edge/bundle", None)
        .await
        .expect(200);

    let stale = mint_edge_token(&edge.key, edge.id, plane.state.now());
    plane.pass(120);
    let refused = plane.call(Method::GET, "/edge/bundle", &stale, None).await;
    assert_eq!(refused.code(401), "unauthenticated", "a stale token");
    let impostor = TestEdge {
        id: edge.id,
        key: SigningKey::generate().unwrap(),
        join_token: String::new(),
    };
    let refused = plane
        .as_edge(&impostor, Method::GET, "/edge/bundle", None)
        .await;
    assert_eq!(refused.code(401), "unauthenticated", "another key");

    let mut stream = Stream::follow(&plane, &edge).await;
    stream.next_event().await.unwrap();
    let edges = plane.get("/edges").await.expect(200);
    assert_eq!(edges["items"][0]["online"], true);
    let path = format!("/edges/{}", edge.id);
    plane.delete(&path).await.expect(204);
    assert_eq!(stream.next_event().await, None, "the stream ends");
    drop(stream);
    let refused = plane
        .as_edge(&edge, Method::GET, "/edge/bundle", None)
        .await;
    assert_eq!(refused.code(401), "unauthenticated", "revoked");
    let view = plane.get(&path).await.expect(200);
    assert_eq!(
        (&view["online"], view["revoked_at"].is_string()),
        (&json!(false), true)
    );
}

#[tokio::test]
async fn a_stream_tells_each_revision() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let mut stream = Stream::follow(&plane, &edge).await;
    let first = plane.state.store.revision().await.unwrap();
    assert_eq!(
        stream.next_event().await,
        Some(FollowEvent::Bundle { revision: first })
    );
    let target = json!({"name": "shop", "kind": "postgres"});
    plane.post("/targets", target).await.expect(201);
    assert_eq!(
        stream.next_event().await,
        Some(FollowEvent::Bundle {
            revision: first + 1
        })
    );
    let ping: FollowEvent = serde_json::from_value(stream.next().await.unwrap()).unwrap();
    assert_eq!(
        ping,
        FollowEvent::Ping {
            at: plane.state.now()
        }
    );
    plane.state.shutdown.cancel();
    assert_eq!(stream.next().await, None, "the server shuts down");
}

#[tokio::test]
async fn events_are_acknowledged_or_refused_with_what_is_there() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let send = |body: Value| plane.as_edge(&edge, Method::POST, "/edge/events", Some(body));
    let mut gap = batch(5);
    gap["first_seq"] = json!(2);
    let refused = send(gap).await;
    assert_eq!(
        (&refused.body["acked_seq"], &refused.body["epoch"]),
        (&json!(0), &json!(7))
    );
    assert_eq!(refused.code(409), "journal_gap");
    assert_eq!(
        send(batch(5)).await.expect(200),
        json!({"epoch": 7, "acked_seq": 5})
    );
    assert_eq!(send(batch(9)).await.expect(200)["acked_seq"], 9);
    let mut forked = batch(12);
    forked["records"][2] = json!(
        forked["records"][2]
            .as_str()
            .unwrap()
            .replace("n\":3", "n\":4")
    );
    let refused = send(forked).await;
    assert_eq!(refused.body["acked_seq"], 9);
    assert_eq!(refused.code(409), "journal_forked");
    let events = plane.get("/events?after=7&limit=1000").await.expect(200);
    let seqs: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["seq"])
        .collect();
    assert_eq!(seqs, [8, 9]);
    assert_eq!(events["items"][0]["edge_id"], edge.id.to_string());
}

#[tokio::test]
async fn a_status_is_shown_with_the_edge() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let at = plane.state.now().after(Duration::from_millis(250));
    let status = json!({
        "version": "0.1.0", "started_at": at, "at": at, "bundle_revision": 3,
        "policies": [], "targets": ["shop"], "listeners": ["127.0.0.1:6432"], "sessions": 2,
        "spool_records": 0, "spool_bytes": 0, "resident_bytes": 40_000_000,
    });
    let sent = plane
        .as_edge(&edge, Method::POST, "/edge/status", Some(status))
        .await;
    sent.expect(204);
    let view = plane.get(&format!("/edges/{}", edge.id)).await.expect(200);
    insta::assert_json_snapshot!(view, {".id" => "[id]", ".public_key" => "[key]"});
}

#[tokio::test]
async fn dashboards_learn_what_changed() {
    let plane = Plane::start().await;
    let (auditor, token) = plane
        .person("eve@example.com", countersign_model::Role::Auditor, &[])
        .await;
    let mut live = Stream::open(&plane, "/live", &token).await;
    let target = json!({"name": "shop", "kind": "postgres"});
    let id = plane.post("/targets", target).await.expect(201)["id"].clone();
    assert_eq!(live.next().await, Some(json!({"type": "target", "id": id})));
    // Who is disabled hears no more.
    plane
        .patch(&format!("/users/{auditor}"), json!({"disabled": true}))
        .await
        .expect(200);
    assert_eq!(
        live.next().await,
        Some(json!({"type": "user", "id": auditor}))
    );
    assert_eq!(live.next().await, None);
}
