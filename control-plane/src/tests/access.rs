//! Every operation refuses whom its description does not name.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use countersign_ledger::token::mint_edge_token;
use countersign_model::{Role, TargetId};
use serde_json::{Value, json};

use super::support::Plane;
use crate::oauth::mint::{DEFAULT_LIFETIME, NewToken};

const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];

/// An operation as the OpenAPI document describes it.
struct Operation {
    method: Method,
    path: String,
    roles: Vec<String>,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&crate::openapi::document().unwrap()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let roles = operation["x-roles"].as_array();
            let roles = roles.unwrap_or_else(|| panic!("{method} {path} names no roles"));
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path
                    .replace("{id}", "019a3c1e-7b5d-7f00-8000-0123456789ab")
                    .replace("{digest}", &"ab".repeat(32))
                    .replace("{name}", "teams")
                    .replace("{kid}", "key")
                    .replace("{revision}", "1"),
                roles: roles
                    .iter()
                    .map(|r| r.as_str().unwrap().to_owned())
                    .collect(),
            });
        }
    }
    operations
}

impl Operation {
    fn is_for(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }

    /// With a body that no operation accepts: who may not call must not learn that.
    fn request(&self, token: Option<&str>) -> Request<Body> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request.body(Body::from("[")).unwrap()
    }
}

/// A principal's credential for the API, and those that are good for something else or no more: one
/// for a target, one for a single session, one that was revoked.
async fn credentials(plane: &Plane) -> (String, Vec<String>) {
    let made = plane
        .post("/principals", json!({"name": "agent", "kind": "agent"}))
        .await
        .expect(201);
    let principal = made["id"].as_str().unwrap().parse().unwrap();
    let new = NewToken {
        principal,
        human: None,
        grant: None,
        targets: Vec::new(),
        api: true,
        lifetime: DEFAULT_LIFETIME,
        not_after: None,
        once: false,
        via: "test",
    };
    let mint = async |new: NewToken| plane.state.mint_credential(new).await.unwrap();
    let for_a_target = NewToken {
        targets: vec![TargetId::new()],
        api: false,
        ..new.clone()
    };
    let once = NewToken {
        once: true,
        ..new.clone()
    };
    let revoked = mint(new.clone()).await;
    let now = plane.state.now();
    let gone = plane.state.store.revoke_issued_token(revoked.id, now).await;
    assert_eq!(gone.unwrap(), Some(principal));
    let of_others = vec![
        mint(for_a_target).await.credential,
        mint(once).await.credential,
        revoked.credential,
    ];
    (mint(new).await.credential, of_others)
}

#[tokio::test]
async fn every_operation_refuses_whom_it_does_not_name() {
    let plane = Plane::start().await;
    let edge = plane.edge("edge-1").await;
    let mut people = Vec::new();
    for role in Role::ALL {
        let email = format!("{}@example.com", role.as_str());
        let (_, token) = plane.person(&email, role, &[]).await;
        people.push((role.as_str(), token));
    }
    let (agent, of_others) = credentials(&plane).await;
    let operations = operations();
    assert!(operations.len() > 50, "the document is whole");
    for operation in &operations {
        let name = format!("{} {}", operation.method, operation.path);
        if operation.is_for("anyone") {
            continue;
        }
        let anonymous = plane.send(operation.request(None)).await;
        assert_eq!(anonymous.code(401), "unauthenticated", "{name}");
        let forged = plane.send(operation.request(Some("cst_forged"))).await;
        assert_eq!(forged.code(401), "unauthenticated", "{name}");
        for (role, token) in &people {
            let answer = plane.send(operation.request(Some(token))).await;
            if operation.is_for("edge") {
                assert_eq!(answer.code(401), "unauthenticated", "{name} as {role}");
            } else if !operation.is_for(role) {
                assert_eq!(answer.code(403), "forbidden", "{name} as {role}");
            } else {
                let status = answer.status.as_u16();
                assert!(status != 401 && status != 403, "{name} as {role}: {status}");
            }
        }
        for credential in &of_others {
            let answer = plane.send(operation.request(Some(credential))).await;
            assert_eq!(answer.code(401), "unauthenticated", "{name}");
        }
        let answer = plane.send(operation.request(Some(&agent))).await;
        if operation.is_for("principal") {
            assert_ne!(answer.status.as_u16(), 401, "{name} as a principal");
        } else {
            assert_eq!(answer.code(401), "unauthenticated", "{name} as a principal");
        }
        let token = mint_edge_token(&edge.key, edge.id, plane.state.now());
        let answer = plane.send(operation.request(Some(&token))).await;
        let refused = matches!(answer.status.as_u16(), 401 | 403);
        assert_eq!(refused, !operation.is_for("edge"), "{name} as an edge");
    }
}
