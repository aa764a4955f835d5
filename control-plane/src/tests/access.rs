//! Every operation refuses whom its description does not name.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use std::time::Duration;

use countersign_ledger::{
    credential::{self, CredentialClaims},
    keys::SigningKey,
    token::mint_edge_token,
};
use countersign_model::{CredentialId, PrincipalId, Role, TargetId};
use serde_json::{Value, json};

use super::support::Plane;
use crate::oauth::mint::{DEFAULT_LIFETIME, NewToken};

const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];

/// An operation as the OpenAPI document describes it.
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// With an id and names in it that are nobody's.
    pub path: String,
    /// As it is written in the document.
    pub template: String,
    pub roles: Vec<String>,
}

pub fn operations() -> Vec<Operation> {
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
                id: operation["operationId"].as_str().unwrap().to_owned(),
                template: path.clone(),
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
    pub fn is_for(&self, role: &str) -> bool {
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

/// What lets its holder in somewhere, and nowhere in the API: credentials for something else, by
/// somebody else, or that are over; and secrets of other kinds. Each with its name.
async fn of_others(plane: &Plane, principal: PrincipalId) -> Vec<(&'static str, String)> {
    let api = NewToken {
        principal,
        human: None,
        grant: None,
        targets: Vec::new(),
        api: true,
        lifetime: DEFAULT_LIFETIME,
        not_after: None,
        once: false,
        api_token: None,
        via: "test",
    };
    let for_targets = NewToken {
        targets: vec![TargetId::new(), TargetId::new()],
        api: false,
        ..api.clone()
    };
    let once = NewToken {
        once: true,
        ..api.clone()
    };
    let short = NewToken {
        lifetime: Duration::from_secs(60),
        ..api.clone()
    };
    let mint = async |new: NewToken| plane.state.mint_credential(new).await.unwrap();
    let over = mint(short).await.credential;
    plane.pass(61);
    let revoked = mint(api).await;
    let now = plane.state.now();
    let gone = plane.state.store.revoke_issued_token(revoked.id, now).await;
    assert_eq!(gone.unwrap(), Some(principal));
    let path = format!("/principals/{principal}/credentials");
    let opaque = plane.post(&path, json!({"ttl_seconds": 600})).await;
    let opaque = opaque.expect(201);
    let link = plane.link.split("token=").nth(1).unwrap();
    let mut others = vec![
        ("for targets", mint(for_targets).await.credential),
        ("for one session", mint(once).await.credential),
        ("expired", over),
        ("revoked", revoked.credential),
        (
            "a secret for edges",
            opaque["secret"].as_str().unwrap().to_owned(),
        ),
        ("a sign-in link", link.to_owned()),
    ];
    others.extend(forged(plane, principal));
    others
}

/// Credentials that this control plane did not make, or not for itself.
fn forged(plane: &Plane, principal: PrincipalId) -> Vec<(&'static str, String)> {
    let own = &plane.state.token_keys.current().key;
    let another = SigningKey::generate().unwrap();
    let url = plane.state.base_url.clone();
    let now = plane.state.now().as_millis() / 1000;
    let claims = |iss: &str, aud: &str| CredentialClaims {
        iss: iss.to_owned(),
        sub: principal,
        act: None,
        client_id: principal,
        aud: vec![aud.to_owned()],
        jti: CredentialId::new(),
        iat: now,
        exp: now + 600,
        grant: None,
        once: false,
    };
    let longer = format!("{url}.evil.example");
    [
        ("signed by another key", &another, claims(&url, &url)),
        (
            "by another issuer",
            own,
            claims("https://plane.example", &url),
        ),
        (
            "for another control plane",
            own,
            claims(&url, "https://plane.example"),
        ),
        (
            "for an address that begins alike",
            own,
            claims(&url, &longer),
        ),
        ("that was never issued", own, claims(&url, &url)),
    ]
    .map(|(name, key, claims)| (name, credential::mint(key, &claims).unwrap()))
    .to_vec()
}

/// A principal's credential for the API.
pub async fn api_credential(
    plane: &Plane,
    principal: PrincipalId,
    human: Option<PrincipalId>,
) -> String {
    let new = NewToken {
        principal,
        human,
        grant: None,
        targets: Vec::new(),
        api: true,
        lifetime: DEFAULT_LIFETIME,
        not_after: None,
        once: false,
        api_token: None,
        via: "test",
    };
    plane.state.mint_credential(new).await.unwrap().credential
}

/// A new principal.
pub async fn principal(plane: &Plane, body: Value) -> PrincipalId {
    let made = plane.post("/principals", body).await.expect(201);
    made["id"].as_str().unwrap().parse().unwrap()
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
    let agent = principal(&plane, json!({"name": "agent", "kind": "agent"})).await;
    let of_others = of_others(&plane, agent).await;
    let agent = api_credential(&plane, agent, None).await;
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
        for (what, credential) in &of_others {
            let answer = plane.send(operation.request(Some(credential))).await;
            assert_eq!(answer.code(401), "unauthenticated", "{name}: {what}");
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
