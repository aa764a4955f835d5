//! A held action, from the edge to the person and back.

use axum::http::Method;
use countersign_ledger::digest::sql_action;
use countersign_model::{
    ActionId, FollowEvent, PrincipalId, ReviewId, ReviewState, Role, SessionId, TargetId,
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{
    edges::Stream,
    support::{Plane, TestEdge},
};

const TEXT: &str = "DELETE FROM orders WHERE created_at < $1";

/// A statement in production, to be held.
pub fn request(plane: &Plane, quorum: u8, on_behalf_of: &str) -> Value {
    let target = TargetId::new();
    let now = plane.state.now();
    json!({
        "id": ReviewId::new(), "action_id": ActionId::new(), "session_id": SessionId::new(),
        "principal": {
            "id": PrincipalId::new(), "name": "release-bot", "kind": "agent",
            "on_behalf_of": on_behalf_of,
        },
        "target_id": target, "target": "shop-production", "labels": {"env": "production"},
        "text": TEXT, "parameters": ["null"],
        "digest": sql_action(target, TEXT, &[countersign_model::Parameter::Null]),
        "facts": {"statements": []},
        "decision": {
            "effect": "review", "reasons": ["more than 1,000 rows"],
            "review": {"reason": "more than 1,000 rows", "reviewers": ["dba"], "quorum": quorum, "expires_in": 300},
            "policies": [], "bundle_revision": 3,
        },
        "requested_at": now, "expires_at": now.after(std::time::Duration::from_secs(300)),
    })
}

/// Holds it.
pub async fn hold(plane: &Plane, edge: &TestEdge, request: &Value) -> String {
    let held = plane
        .as_edge(edge, Method::POST, "/edge/reviews", Some(request.clone()))
        .await;
    assert_eq!(held.expect(201)["state"], "pending");
    request["id"].as_str().unwrap().to_owned()
}

async fn decide(
    plane: &Plane,
    token: &str,
    request: &Value,
    decision: &str,
) -> super::support::Answer {
    let path = format!("/reviews/{}/decisions", request["id"].as_str().unwrap());
    let body = json!({"decision": decision, "comment": "checked", "digest": request["digest"]});
    plane.call(Method::POST, &path, token, Some(body)).await
}

async fn use_it(plane: &Plane, edge: &TestEdge, id: &str) -> super::support::Answer {
    plane
        .as_edge(edge, Method::POST, &format!("/edge/reviews/{id}/use"), None)
        .await
}

#[tokio::test]
async fn an_approval_reaches_the_edge_and_is_used_once() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let (_, dba) = plane
        .person("carol@example.com", Role::Reviewer, &["dba"])
        .await;
    let mut stream = Stream::follow(&plane, &edge).await;
    stream.next_event().await.unwrap();
    let request = request(&plane, 1, "alice@example.com");
    let id = hold(&plane, &edge, &request).await;
    hold(&plane, &edge, &request).await;
    let shown = plane
        .call(Method::GET, &format!("/reviews/{id}"), &dba, None)
        .await
        .expect(200);
    assert_json_snapshot!(shown, {
        ".id" => "[id]", ".edge_id" => "[id]", ".session_id" => "[id]", ".action_id" => "[id]",
        ".principal.id" => "[id]", ".target_id" => "[id]", ".digest" => "[digest]",
    });
    assert_eq!(use_it(&plane, &edge, &id).await.code(409), "not_approved");
    let decided = decide(&plane, &dba, &request, "approve").await.expect(201);
    assert_eq!(decided["state"], "approved");
    assert_eq!(decided["may_not_decide"], "not_pending");
    let expected = |state| FollowEvent::Review {
        review_id: id.parse().unwrap(),
        state,
        decided_by: (state != ReviewState::Pending).then(|| "carol@example.com".to_owned()),
        comment: (state != ReviewState::Pending).then(|| "checked".to_owned()),
    };
    for state in [
        ReviewState::Pending,
        ReviewState::Pending,
        ReviewState::Approved,
    ] {
        assert_eq!(stream.next_event().await, Some(expected(state)));
    }
    // An edge that was away learns it when it comes back.
    let mut again = Stream::follow(&plane, &edge).await;
    again.next_event().await.unwrap();
    assert_eq!(
        again.next_event().await,
        Some(expected(ReviewState::Approved))
    );
    assert_eq!(
        use_it(&plane, &edge, &id).await.expect(200)["state"],
        "used"
    );
    assert_eq!(use_it(&plane, &edge, &id).await.code(409), "not_approved");
    let numbers = plane.get("/review_statistics").await.expect(200);
    assert_json_snapshot!(numbers);
}

#[tokio::test]
async fn only_the_right_people_decide_and_only_what_they_saw() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let (_, alice) = plane
        .person("alice@example.com", Role::Admin, &["dba"])
        .await;
    let (_, web) = plane
        .person("wendy@example.com", Role::Reviewer, &["web"])
        .await;
    let (_, auditor) = plane
        .person("eve@example.com", Role::Auditor, &["dba"])
        .await;
    let (_, carol) = plane
        .person("carol@example.com", Role::Reviewer, &["dba"])
        .await;
    let (_, dave) = plane.person("dave@example.com", Role::Admin, &[]).await;
    let request = request(&plane, 2, "Alice@example.com");
    hold(&plane, &edge, &request).await;
    let refusals = [
        (&alice, "requester"),
        (&web, "not_a_reviewer"),
        (&auditor, "forbidden"),
    ];
    for (token, code) in refusals {
        assert_eq!(
            decide(&plane, token, &request, "approve").await.code(403),
            code
        );
    }
    let mut stale = request.clone();
    stale["digest"] = json!("00");
    assert_eq!(
        decide(&plane, &carol, &stale, "approve").await.code(409),
        "stale_digest"
    );
    let first = decide(&plane, &carol, &request, "approve")
        .await
        .expect(201);
    assert_eq!(
        (&first["state"], &first["approvals"]),
        (&json!("pending"), &json!(1))
    );
    assert_eq!(
        decide(&plane, &carol, &request, "deny").await.code(409),
        "already_decided"
    );
    let second = decide(&plane, &dave, &request, "approve").await.expect(201);
    assert_eq!(second["state"], "approved");
    assert_eq!(
        decide(&plane, &dave, &request, "deny").await.code(409),
        "not_pending"
    );
}

#[tokio::test]
async fn reviews_end_by_denial_withdrawal_and_time() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let other = plane.edge("edge-2").await;
    let requests: Vec<Value> = (0..3)
        .map(|_| request(&plane, 1, "alice@example.com"))
        .collect();
    let mut ids = Vec::new();
    for request in &requests {
        ids.push(hold(&plane, &edge, request).await);
    }
    let denied = decide(&plane, &plane.admin, &requests[0], "deny")
        .await
        .expect(201);
    assert_eq!(denied["decisions"][0]["comment"], "checked");
    let withdraw = format!("/edge/reviews/{}/withdraw", ids[1]);
    let foreign = plane.as_edge(&other, Method::POST, &withdraw, None).await;
    assert_eq!(foreign.code(404), "not_found");
    plane
        .as_edge(&edge, Method::POST, &withdraw, None)
        .await
        .expect(200);
    plane.pass(300);
    let late = decide(&plane, &plane.admin, &requests[2], "approve").await;
    assert_eq!(late.code(409), "not_pending");
    plane
        .state
        .store
        .expire_reviews(plane.state.now())
        .await
        .unwrap();
    let reviews = plane.get("/reviews").await.expect(200);
    let states: Vec<_> = reviews["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["state"])
        .collect();
    assert_eq!(states, ["expired", "withdrawn", "denied"]);
    let pending = plane.get("/reviews?state=pending").await.expect(200);
    assert_eq!(pending["items"], json!([]));

    let mut forged = request(&plane, 1, "alice@example.com");
    forged["text"] = json!("DROP TABLE orders");
    let refused = plane
        .as_edge(&edge, Method::POST, "/edge/reviews", Some(forged))
        .await;
    assert_eq!(
        refused.code(422),
        "invalid_body",
        "the digest is of another text"
    );
}
