//! A role is not enough: whoever an operation admits for their own gets nothing of others by it.

use axum::http::Method;
use countersign_model::{PrincipalId, Role};
use serde_json::{Value, json};

use super::{
    access::{Operation, api_credential, operations, principal},
    reviews::{hold, request},
    support::{Answer, Plane},
};

/// What an operation is to somebody whom its roles admit and whom the thing it names is none of.
enum Scope {
    /// It answers, with nothing that is another's.
    Silent,
    /// It is refused.
    Refused(u16, &'static str),
    /// It takes nothing but what the caller showed, and is about their own session.
    Own,
}

use Scope::{Own, Refused, Silent};

const NOT_THERE: Scope = Refused(404, "not_found");
const NO_SESSION: Scope = Refused(409, "no_session");

/// Operations that people of no role but `member` may call, or principals.
const OF_ONES_OWN: [(&str, Scope); 16] = [
    ("list_grants", Silent),
    ("create_grant", Refused(403, "not_owner")),
    ("get_grant_options", Silent),
    ("get_grant", NOT_THERE),
    ("complete_grant", NOT_THERE),
    ("create_grant_credential", NOT_THERE),
    ("revoke_grant", NOT_THERE),
    ("withdraw_grant", NOT_THERE),
    ("get_live", Own),
    ("create_authorization", Own),
    // To decide takes the person at the dashboard, and the code that the device shows.
    ("get_device", NOT_THERE),
    ("approve_device", NO_SESSION),
    ("deny_device", NO_SESSION),
    ("get_session", Silent),
    ("delete_session", Own),
    ("sign_out", Own),
];

/// Operations that admins and reviewers alone may call: those that decide.
const DECISIONS: [&str; 3] = ["approve_grant", "deny_grant", "create_review_decision"];

/// Operations on what one edge holds.
const OF_AN_EDGE: [&str; 2] = ["withdraw_edge_review", "use_edge_review"];

/// The document's operations of which this is true; each must be in the table, and no others.
fn exactly(named: &[&str], which: impl Fn(&Operation) -> bool) -> Vec<Operation> {
    let found: Vec<Operation> = operations().into_iter().filter(which).collect();
    let mut ids: Vec<&str> = found
        .iter()
        .map(|operation| operation.id.as_str())
        .collect();
    let mut named = named.to_vec();
    ids.sort_unstable();
    named.sort_unstable();
    assert_eq!(ids, named, "who else may call needs a case in the table");
    found
}

/// An agent of Alice's that holds a grant for her and a request, and who has nothing to do with them.
struct House {
    plane: Plane,
    alice: String,
    grant: String,
    agent: PrincipalId,
}

const TASK: &str = "refund order 1042";

impl House {
    async fn start() -> Self {
        let plane = Plane::start().await;
        let target = json!({
            "name": "shop", "kind": "postgres", "access": "grant", "labels": {"env": "production"},
        });
        plane.post("/targets", target).await.expect(201);
        let (_, alice) = plane.person("alice@example.com", Role::Member, &[]).await;
        let agent = json!({"name": "copilot", "kind": "agent", "owner": "alice@example.com"});
        let agent = principal(&plane, agent).await;
        let asked = plane.call(Method::POST, "/grants", &alice, Some(wanted("copilot")));
        let grant = asked.await.expect(201)["id"].as_str().unwrap().to_owned();
        Self {
            plane,
            alice,
            grant,
            agent,
        }
    }

    async fn call(&self, operation: &Operation, token: &str) -> Answer {
        let path = operation.template.replace("{id}", &self.grant);
        let path = path.replace("{user_code}", "BCDF-GHJK");
        let path = path.strip_prefix("/api/v1").unwrap();
        let body = match operation.id.as_str() {
            "create_grant" => wanted("alice@example.com"),
            "revoke_grant" => json!({"reason": "no"}),
            "approve_grant" | "deny_grant" => json!({"comment": "fine"}),
            _ => json!({}),
        };
        let body = (operation.method != Method::GET).then_some(body);
        self.plane
            .call(operation.method.clone(), path, token, body)
            .await
    }

    async fn state(&self) -> Value {
        let path = format!("/grants/{}", self.grant);
        let seen = self.plane.call(Method::GET, &path, &self.alice, None).await;
        seen.expect(200)["state"].clone()
    }
}

fn wanted(principal: &str) -> Value {
    json!({
        "targets": ["shop"], "operations": ["read"], "task": TASK, "duration_seconds": 600,
        "principal": principal,
    })
}

#[tokio::test]
async fn nobody_gets_what_is_anothers() {
    let house = House::start().await;
    let plane = &house.plane;
    let (_, carol) = plane.person("carol@example.com", Role::Reviewer, &[]).await;
    let path = format!("/grants/{}/approve", house.grant);
    let approved = plane.call(
        Method::POST,
        &path,
        &carol,
        Some(json!({"comment": "fine"})),
    );
    approved.await.expect(200);
    let (_, bob) = plane.person("bob@example.com", Role::Member, &[]).await;
    let other = principal(plane, json!({"name": "release-bot", "kind": "agent"})).await;
    let human = principal(plane, json!({"name": "bob@example.com", "kind": "human"})).await;
    let callers = [
        ("member", "another person", bob),
        (
            "principal",
            "another agent",
            api_credential(plane, other, None).await,
        ),
        // Its right is what both may: what it holds for Alice is nothing to Bob.
        (
            "principal",
            "the agent for another human",
            api_credential(plane, house.agent, Some(human)).await,
        ),
    ];
    let named: Vec<&str> = OF_ONES_OWN.iter().map(|(id, _)| *id).collect();
    let own = |operation: &Operation| {
        let anyone = operation.is_for("anyone");
        !anyone && (operation.is_for("member") || operation.is_for("principal"))
    };
    for operation in exactly(&named, own) {
        let (_, scope) = OF_ONES_OWN
            .iter()
            .find(|(id, _)| *id == operation.id)
            .unwrap();
        for (role, who, token) in &callers {
            if !operation.is_for(role) {
                continue;
            }
            let name = format!("{} by {who}", operation.id);
            match scope {
                Own => assert!(!operation.template.contains('{'), "{name} names a thing"),
                Refused(status, code) => {
                    let answer = house.call(&operation, token).await;
                    assert_eq!(answer.code(*status), *code, "{name}");
                }
                Silent => {
                    let answer = house.call(&operation, token).await;
                    let text = answer.expect(200).to_string();
                    for secret in [house.grant.as_str(), "copilot", "alice@example.com", TASK] {
                        assert!(!text.contains(secret), "{name} tells {secret}: {text}");
                    }
                }
            }
        }
    }
    assert_eq!(house.state().await, "active");
}

#[tokio::test]
async fn a_reviewer_decides_nothing_outside_their_labels() {
    let house = House::start().await;
    let plane = &house.plane;
    let edge = plane.edge("edge-1").await;
    let held = request(plane, 1, "alice@example.com");
    hold(plane, &edge, &held).await;
    let (eve, token) = plane
        .person("eve@example.com", Role::Reviewer, &["dba"])
        .await;
    let decides = |operation: &Operation| operation.roles == ["admin", "reviewer"];
    let operations = exactly(&DECISIONS, decides);
    for (scope, code) in [
        (json!({"env": "staging"}), "out_of_scope"),
        (json!({"env": "production", "region": "eu"}), "out_of_scope"),
        (json!({"region": "*"}), "out_of_scope"),
    ] {
        let path = format!("/users/{eve}");
        let body = json!({"review_scope": scope});
        plane.patch(&path, body).await.expect(200);
        for operation in &operations {
            let answer = if operation.id == "create_review_decision" {
                let path = format!("/reviews/{}/decisions", held["id"].as_str().unwrap());
                let body = json!({"decision": "approve", "comment": "", "digest": held["digest"]});
                plane.call(Method::POST, &path, &token, Some(body)).await
            } else {
                house.call(operation, &token).await
            };
            assert_eq!(answer.code(403), code, "{} with {scope}", operation.id);
        }
    }
    assert_eq!(house.state().await, "requested");
    let path = format!("/reviews/{}", held["id"].as_str().unwrap());
    let review = plane.get(&path).await.expect(200);
    assert_eq!(review["state"], "pending");
}

#[tokio::test]
async fn an_edge_touches_nothing_that_another_holds() {
    let plane = Plane::start().await;
    let (one, other) = (plane.edge("edge-1").await, plane.edge("edge-2").await);
    let held = request(&plane, 1, "alice@example.com");
    let id = hold(&plane, &one, &held).await;
    let on_things =
        |operation: &Operation| operation.is_for("edge") && operation.template.contains("{id}");
    for operation in exactly(&OF_AN_EDGE, on_things) {
        let path = operation.template.replace("{id}", &id);
        let path = path.strip_prefix("/api/v1").unwrap();
        let answer = plane.as_edge(&other, operation.method, path, None).await;
        assert_eq!(answer.code(404), "not_found", "{}", operation.id);
    }
    let post = Method::POST;
    let again = plane
        .as_edge(&other, post, "/edge/reviews", Some(held))
        .await;
    assert_eq!(again.code(409), "id_taken");
    let review = plane.get(&format!("/reviews/{id}")).await.expect(200);
    assert_eq!(review["state"], "pending");
}
