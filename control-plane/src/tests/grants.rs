//! Access, from the request to its end.

use std::time::Duration;

use axum::http::Method;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_model::{Role, UserId};
use futures::future::join_all;
use serde_json::{Value, json};

use super::{
    registry::{plugin, push},
    support::{Answer, Plane},
};
use crate::oauth::mint::NewToken;

/// A shop with a target in production and one in staging, an agent of Alice's, and people.
struct Shop {
    plane: Plane,
    alice: String,
    bob: String,
    carol: String,
    dave: String,
}

impl Shop {
    /// Nothing judges access.
    async fn start() -> Self {
        let plane = Plane::start().await;
        for env in ["production", "staging"] {
            let target = json!({
                "name": format!("shop-{env}"),
                "kind": "postgres",
                "labels": {"env": env},
                "access": "grant",
            });
            plane.post("/targets", target).await.expect(201);
        }
        let agent = json!({"name": "copilot", "kind": "agent", "owner": "alice@example.com"});
        plane.post("/principals", agent).await.expect(201);
        let person = async |email, role, groups| plane.person(email, role, groups).await.1;
        Self {
            alice: person("alice@example.com", Role::Member, &[]).await,
            bob: person("bob@example.com", Role::Member, &[]).await,
            carol: person("carol@example.com", Role::Reviewer, &["dba"]).await,
            dave: person("dave@example.com", Role::Reviewer, &["web"]).await,
            plane,
        }
    }

    /// The built-in policy judges it, with these settings.
    async fn guarded(settings: Value) -> Self {
        let shop = Self::start().await;
        let version = push(&shop.plane, plugin("access-guard")).await.expect(201);
        let binding = json!({
            "policy_version_id": version["id"],
            "stage": "enforced",
            "settings": settings,
        });
        shop.plane.post("/bindings", binding).await.expect(201);
        shop
    }

    async fn ask(&self, token: &str, body: Value) -> Answer {
        let post = Method::POST;
        self.plane.call(post, "/grants", token, Some(body)).await
    }

    /// A request of Alice's for her agent, on production.
    async fn request(&self) -> Value {
        self.ask(&self.alice, wanted(json!({"principal": "copilot"})))
            .await
            .expect(201)
    }

    async fn step(&self, token: &str, grant: &Value, step: &str, body: Value) -> Answer {
        let path = format!("/grants/{}/{step}", id(grant));
        self.plane
            .call(Method::POST, &path, token, Some(body))
            .await
    }

    async fn approve(&self, token: &str, grant: &Value) -> Answer {
        self.step(token, grant, "approve", json!({"comment": "fine"}))
            .await
    }

    async fn see(&self, token: &str, grant: &Value) -> Answer {
        let path = format!("/grants/{}", id(grant));
        self.plane.call(Method::GET, &path, token, None).await
    }

    /// Grants that edges enforce now.
    async fn in_force(&self) -> Vec<String> {
        let bundle = self.plane.state.store.bundle(self.plane.state.now()).await;
        let grants = bundle.unwrap().grants;
        grants.iter().map(|grant| grant.id.to_string()).collect()
    }

    async fn events(&self, kind: &str) -> usize {
        let path = format!("/audit-events?kind={kind}");
        let page = self.plane.get(&path).await.expect(200);
        page["items"].as_array().unwrap().len()
    }
}

/// Half an hour of reading and writing in production, changed so.
fn wanted(change: Value) -> Value {
    let mut body = json!({
        "targets": ["shop-production"],
        "operations": ["write", "read"],
        "task": "refund order 1042",
        "duration_seconds": 1800,
    });
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

fn id(grant: &Value) -> &str {
    grant["id"].as_str().unwrap()
}

#[tokio::test]
async fn where_no_policy_decides_a_reviewer_does() {
    let shop = Shop::start().await;
    let grant = shop.request().await;
    assert_eq!(grant["state"], "requested");
    assert_eq!(grant["operations"], json!(["read", "write"]));
    assert_eq!(grant["on_behalf_of"], "alice@example.com");
    assert_eq!(grant["decision"]["by_default"], true);
    assert!(shop.in_force().await.is_empty());
    let waiting = shop.see(&shop.carol, &grant).await.expect(200);
    assert_eq!(waiting["may_decide"], true);
    shop.plane.pass(60);
    let active = shop.approve(&shop.carol, &grant).await.expect(200);
    assert_eq!(active["state"], "active");
    assert_eq!(active["votes"][0]["email"], "carol@example.com");
    assert_eq!(shop.in_force().await, [id(&grant)]);
    let again = shop.approve(&shop.dave, &grant).await;
    assert_eq!(again.code(409), "not_pending");
    assert_eq!(shop.events("grant.requested").await, 1);
    assert_eq!(shop.events("grant.approved").await, 1);
}

#[tokio::test]
async fn some_may_not_approve() {
    let shop = Shop::start().await;
    let grant = shop.request().await;
    let (_, both) = shop
        .plane
        .person("eve@example.com", Role::Reviewer, &[])
        .await;
    let scope = json!({"review_scope": {"env": "staging"}});
    let eve = person_id(&shop, "eve@example.com").await;
    shop.plane
        .patch(&format!("/users/{eve}"), scope)
        .await
        .expect(200);
    let cases = [
        (&shop.alice, "forbidden", "role"),
        (&both, "out_of_scope", "scope"),
    ];
    for (token, code, _) in cases {
        assert_eq!(shop.approve(token, &grant).await.code(403), code);
    }
    let seen = shop.see(&both, &grant).await.expect(200);
    assert_eq!(seen["may_not_decide"], "scope");
    // Alice asked; were she a reviewer, she would still be behind it.
    let alice = person_id(&shop, "alice@example.com").await;
    let roles = json!({"roles": ["reviewer", "admin"]});
    shop.plane
        .patch(&format!("/users/{alice}"), roles)
        .await
        .expect(200);
    assert_eq!(
        shop.approve(&shop.alice, &grant).await.code(403),
        "requester"
    );
    let own = shop.ask(&shop.alice, wanted(json!({}))).await.expect(201);
    assert_eq!(shop.approve(&shop.alice, &own).await.code(403), "requester");
    shop.approve(&shop.dave, &own).await.expect(200);
}

async fn person_id(shop: &Shop, email: &str) -> UserId {
    let user = shop.plane.state.store.user_by_email(email).await.unwrap();
    user.unwrap().id
}

#[tokio::test]
async fn one_asks_for_oneself_and_what_one_owns() {
    let shop = Shop::start().await;
    let theirs = wanted(json!({"principal": "copilot"}));
    assert_eq!(shop.ask(&shop.bob, theirs).await.code(403), "not_owner");
    let nobody = wanted(json!({"principal": "no-such-agent"}));
    assert_eq!(shop.ask(&shop.bob, nobody).await.code(403), "not_owner");
    let own = shop.ask(&shop.bob, wanted(json!({}))).await.expect(201);
    assert_eq!(own["principal"]["name"], "bob@example.com");
    assert_eq!(own["principal"]["kind"], "human");
    assert_eq!(own["on_behalf_of"], Value::Null);
    let again = wanted(json!({"principal": "bob@example.com"}));
    let again = shop.ask(&shop.bob, again).await.expect(201);
    assert_eq!(again["principal"]["id"], own["principal"]["id"]);

    let grant = shop.request().await;
    assert_eq!(shop.see(&shop.bob, &grant).await.code(404), "not_found");
    let list = async |token: &str| {
        let answer = shop.plane.call(Method::GET, "/grants", token, None).await;
        answer.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(list(&shop.bob).await, 2);
    assert_eq!(list(&shop.alice).await, 1);
    assert_eq!(list(&shop.carol).await, 3);
}

#[tokio::test]
async fn what_is_asked_for_is_checked() {
    let shop = Shop::start().await;
    let cases = [
        (json!({"targets": []}), "/targets"),
        (
            json!({"targets": ["shop-production", "nowhere"]}),
            "/targets/1",
        ),
        (json!({"operations": []}), "/operations"),
        (json!({"task": " "}), "/task"),
        (json!({"task": "two\nlines"}), "/task"),
        (json!({"duration_seconds": 0}), "/duration_seconds"),
        (json!({"duration_seconds": 86_401}), "/duration_seconds"),
        (
            json!({"extends": "019a3c1e-7b5d-7f00-8000-0123456789ab"}),
            "/extends",
        ),
    ];
    for (change, pointer) in cases {
        let refused = shop
            .ask(&shop.alice, wanted(change.clone()))
            .await
            .expect(422);
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_policies_judge_a_request() {
    let shop = Shop::guarded(json!({
        "auto_approve": [
            {"operations": ["read"], "labels": {"env": "staging"}, "up_to_minutes": 60}
        ],
        "deny_operations": ["exec"],
        "reviewers": ["dba"],
        "quorum": 1,
    }))
    .await;
    let cases = [
        (
            json!({"targets": ["shop-staging"], "operations": ["read"]}),
            "active",
        ),
        (json!({"targets": ["shop-staging"]}), "requested"),
        (
            json!({"targets": ["shop-staging", "shop-production"], "operations": ["read"]}),
            "requested",
        ),
        (json!({"operations": ["exec"]}), "denied"),
        (json!({"duration_seconds": 36_000}), "denied"),
    ];
    for (change, expected) in cases {
        let grant = shop
            .ask(&shop.alice, wanted(change.clone()))
            .await
            .expect(201);
        assert_eq!(grant["state"], expected, "{change}: {}", grant["decision"]);
    }
    assert_eq!(shop.in_force().await.len(), 1);
    let grant = shop.request().await;
    assert_eq!(grant["decision"]["reviewers"], json!(["dba"]));
    assert_eq!(
        grant["decision"]["policies"],
        json!([]),
        "members see no more"
    );
    let seen = shop.see(&shop.carol, &grant).await.expect(200);
    assert_eq!(seen["decision"]["policies"][0]["policy"], "access-guard");
    assert_eq!(
        shop.approve(&shop.dave, &grant).await.code(403),
        "not_a_reviewer"
    );
    // The admin pushed the policy.
    assert_eq!(
        shop.approve(&shop.plane.admin, &grant).await.code(403),
        "policy_author"
    );
    shop.approve(&shop.carol, &grant).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_must_approve_and_one_grant_comes_of_it() {
    let shop = Shop::guarded(json!({"quorum": 2})).await;
    let grant = shop.request().await;
    let (_, erin) = shop
        .plane
        .person("erin@example.com", Role::Reviewer, &[])
        .await;
    let first = shop.approve(&shop.carol, &grant).await.expect(200);
    assert_eq!(
        (&first["state"], &first["approvals"]),
        (&json!("requested"), &json!(1))
    );
    let twice = shop.approve(&shop.carol, &grant).await;
    assert_eq!(twice.code(409), "already_decided");
    let race = join_all([
        shop.approve(&shop.dave, &grant),
        shop.approve(&erin, &grant),
    ])
    .await;
    let mut statuses: Vec<_> = race.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(shop.in_force().await.len(), 1);
    assert_eq!(shop.events("grant.approved").await, 1);
}

#[tokio::test]
async fn a_grant_ends_in_one_of_many_ways() {
    let shop = Shop::start().await;
    let nobody = json!({});
    let granted = async || {
        let grant = shop.request().await;
        shop.approve(&shop.carol, &grant).await.expect(200)
    };

    let waiting = shop.request().await;
    let others = shop
        .step(&shop.carol, &waiting, "withdraw", nobody.clone())
        .await;
    assert_eq!(others.code(403), "not_yours");
    let early = shop
        .step(&shop.alice, &waiting, "revoke", nobody.clone())
        .await;
    assert_eq!(early.code(409), "not_active");
    let withdrawn = shop
        .step(&shop.alice, &waiting, "withdraw", nobody.clone())
        .await;
    assert_eq!(withdrawn.expect(200)["state"], "withdrawn");

    let done = granted().await;
    let others = shop
        .step(&shop.carol, &done, "complete", nobody.clone())
        .await;
    assert_eq!(others.code(403), "not_yours");
    let completed = shop
        .step(&shop.alice, &done, "complete", nobody.clone())
        .await;
    assert_eq!(completed.expect(200)["state"], "completed");

    let wrong = granted().await;
    let why = json!({"reason": "wrong target"});
    let revoked = shop
        .step(&shop.plane.admin, &wrong, "revoke", why)
        .await
        .expect(200);
    assert_eq!(revoked["end_reason"], "wrong target");
    assert_eq!(revoked["ended_by"], "admin@localhost");
    let twice = shop
        .step(&shop.alice, &wrong, "complete", nobody.clone())
        .await;
    assert_eq!(twice.code(409), "ended");

    let denied = shop.request().await;
    let no = json!({"comment": "ask for staging"});
    let denied = shop
        .step(&shop.carol, &denied, "deny", no)
        .await
        .expect(200);
    assert_eq!(
        (&denied["state"], &denied["end_reason"]),
        (&json!("denied"), &json!("ask for staging"))
    );

    let over = granted().await;
    shop.plane.pass(1800);
    assert!(shop.in_force().await.is_empty());
    crate::sweep::sweep(&shop.plane.state).await;
    let expired = shop.see(&shop.alice, &over).await.expect(200);
    assert_eq!(expired["state"], "expired");
    for (kind, times) in [
        ("completed", 1),
        ("revoked", 1),
        ("denied", 1),
        ("withdrawn", 1),
        ("expired", 1),
    ] {
        assert_eq!(shop.events(&format!("grant.{kind}")).await, times, "{kind}");
    }
}

#[tokio::test]
async fn what_is_removed_ends_its_grants() {
    let shop = Shop::start().await;
    let staging = wanted(json!({"targets": ["shop-staging"]}));
    let staging = shop.ask(&shop.bob, staging).await.expect(201);
    shop.approve(&shop.carol, &staging).await.expect(200);
    let held = shop.request().await;
    shop.approve(&shop.carol, &held).await.expect(200);
    let asked = shop.request().await;
    let path = format!("/targets/{}", staging["targets"][0]["id"].as_str().unwrap());
    shop.plane.delete(&path).await.expect(204);
    let ended = shop.see(&shop.bob, &staging).await.expect(200);
    assert_eq!(ended["state"], "revoked");
    assert_eq!(ended["end_reason"], "the target was removed");
    assert_eq!(ended["ended_by"], "admin@localhost");
    assert_eq!(shop.in_force().await, [id(&held)]);

    let path = format!("/principals/{}", held["principal"]["id"].as_str().unwrap());
    shop.plane.delete(&path).await.expect(204);
    for (grant, state) in [(&held, "revoked"), (&asked, "withdrawn")] {
        let ended = shop.see(&shop.alice, grant).await.expect(200);
        assert_eq!(ended["state"], state);
        assert_eq!(ended["end_reason"], "the principal was removed");
    }
    assert!(shop.in_force().await.is_empty());
    assert_eq!(shop.events("grant.revoked").await, 2);
    assert_eq!(shop.events("grant.withdrawn").await, 1);
}

#[tokio::test]
async fn a_disabled_person_leaves_no_grants_behind() {
    let shop = Shop::start().await;
    let grant = shop.request().await;
    shop.approve(&shop.carol, &grant).await.expect(200);
    let alice = person_id(&shop, "alice@example.com").await;
    let disable = json!({"disabled": true});
    let path = format!("/users/{alice}");
    shop.plane.patch(&path, disable).await.expect(200);
    let ended = shop.see(&shop.carol, &grant).await.expect(200);
    assert_eq!(ended["state"], "revoked");
    assert_eq!(ended["end_reason"], "the person was disabled");
    assert!(shop.in_force().await.is_empty());
}

#[tokio::test]
async fn an_extension_is_a_new_request() {
    let shop = Shop::start().await;
    let grant = shop.request().await;
    let longer = |change: Value| {
        let mut body = wanted(json!({"principal": "copilot", "extends": id(&grant)}));
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let early = shop.ask(&shop.alice, longer(json!({}))).await;
    assert_eq!(early.code(409), "not_active");
    shop.approve(&shop.carol, &grant).await.expect(200);
    for change in [
        json!({"operations": ["read", "admin"]}),
        json!({"targets": ["shop-staging"]}),
        json!({"principal": null}),
    ] {
        let more = shop.ask(&shop.alice, longer(change.clone())).await;
        assert_eq!(more.code(422), "invalid_body", "{change}");
    }
    let longer = shop
        .ask(&shop.alice, longer(json!({"operations": ["read"]})))
        .await
        .expect(201);
    assert_eq!(
        (&longer["state"], &longer["extends"]),
        (&json!("requested"), &grant["id"])
    );
    shop.plane.pass(1700);
    let longer = shop.approve(&shop.carol, &longer).await.expect(200);
    assert_eq!(shop.in_force().await.len(), 2);
    shop.plane.pass(100);
    assert_eq!(shop.in_force().await, [id(&longer)]);
}

#[tokio::test]
async fn glass_breaks_for_admins_alone() {
    let shop = Shop::start().await;
    let body = |change: Value| {
        let mut body = wanted(json!({"reason": "nobody answers"}));
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        Some(body)
    };
    let path = "/grants/break-glass";
    let post = Method::POST;
    let refused = shop
        .plane
        .call(post.clone(), path, &shop.carol, body(json!({})))
        .await;
    assert_eq!(refused.code(403), "forbidden");
    for change in [json!({"reason": " "}), json!({"duration_seconds": 3601})] {
        let refused = shop
            .plane
            .call(post.clone(), path, &shop.plane.admin, body(change))
            .await;
        assert_eq!(refused.code(422), "invalid_body");
    }
    let grant = shop
        .plane
        .call(post, path, &shop.plane.admin, body(json!({})))
        .await
        .expect(201);
    assert_eq!(
        (&grant["state"], &grant["break_glass"]),
        (&json!("active"), &json!(true))
    );
    assert_eq!(grant["principal"]["name"], "admin@localhost");
    assert_eq!(grant["decision"], Value::Null);
    let bundle = shop
        .plane
        .state
        .store
        .bundle(shop.plane.state.now())
        .await
        .unwrap();
    assert!(bundle.grants[0].break_glass);
    assert_eq!(shop.events("grant.break_glass").await, 1);
}

#[tokio::test]
async fn a_form_knows_what_may_be_asked_for() {
    let shop = Shop::start().await;
    let answer = shop
        .plane
        .call(Method::GET, "/grants/options", &shop.alice, None)
        .await;
    let options = answer.expect(200);
    assert_eq!(options["targets"][0]["name"], "shop-production");
    assert_eq!(options["targets"][0]["access"], "grant");
    let names: Vec<_> = options["principals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["name"])
        .collect();
    assert_eq!(names, ["alice@example.com", "copilot"]);
}

/// A credential of the agent's own, for the API.
async fn own_credential(shop: &Shop) -> String {
    let state = &shop.plane.state;
    let found = state.store.principal_named("copilot", state.now()).await;
    let minted = state.mint_credential(NewToken {
        principal: found.unwrap().unwrap().principal.id,
        human: None,
        grant: None,
        targets: Vec::new(),
        api: true,
        lifetime: Duration::from_secs(3600),
        not_after: None,
        once: false,
        api_token: None,
        via: "private_key",
    });
    minted.await.unwrap().credential
}

#[tokio::test]
async fn an_agent_asks_by_its_own_credential() {
    let shop = Shop::start().await;
    let agent = own_credential(&shop).await;
    let other = wanted(json!({"principal": "alice@example.com"}));
    assert_eq!(shop.ask(&agent, other).await.code(403), "not_owner");
    let grant = shop.ask(&agent, wanted(json!({}))).await.expect(201);
    assert_eq!(grant["requested_by"], "copilot");
    assert_eq!(grant["on_behalf_of"], Value::Null);
    assert_eq!(grant["mine"], true);
    // Alice owns it: she is behind what it asks for.
    let alice = person_id(&shop, "alice@example.com").await;
    let roles = json!({"roles": ["reviewer"]});
    let path = format!("/users/{alice}");
    shop.plane.patch(&path, roles).await.expect(200);
    assert_eq!(
        shop.approve(&shop.alice, &grant).await.code(403),
        "requester"
    );
    let early = shop.step(&agent, &grant, "credentials", json!({})).await;
    assert_eq!(early.code(409), "not_active");
    shop.approve(&shop.carol, &grant).await.expect(200);

    let issued = shop.step(&agent, &grant, "credentials", json!({})).await;
    let issued = issued.expect(201);
    assert!(issued["credential"].as_str().unwrap().starts_with("eyJ"));
    let end = shop.see(&agent, &grant).await.expect(200)["expires_at"].clone();
    assert!(
        issued["expires_at"].as_str() <= end.as_str(),
        "{issued} {end}"
    );
    // Who answers for the holder is not the holder; an admin is not either.
    for token in [&shop.alice, &shop.plane.admin, &shop.carol] {
        let refused = shop.step(token, &grant, "credentials", json!({})).await;
        assert_eq!(refused.code(403), "not_yours");
    }
    let approve = shop.approve(&agent, &grant).await;
    assert_eq!(approve.status.as_u16(), 401, "{}", approve.body);
    let done = shop.step(&agent, &grant, "complete", json!({})).await;
    assert_eq!(done.expect(200)["ended_by"], "copilot");
    assert!(shop.in_force().await.is_empty());
}

#[tokio::test]
async fn a_credential_on_behalf_of_a_human_is_theirs() {
    let shop = Shop::start().await;
    let grant = shop.request().await;
    shop.approve(&shop.carol, &grant).await.expect(200);
    let wrong = json!({"principal": "release-bot"});
    let wrong = shop.step(&shop.alice, &grant, "credentials", wrong).await;
    assert_eq!(wrong.code(422), "invalid_body");
    let once = json!({"principal": "copilot", "once": true});
    let issued = shop.step(&shop.alice, &grant, "credentials", once).await;
    let text = issued.expect(201)["credential"]
        .as_str()
        .unwrap()
        .to_owned();
    let claims = URL_SAFE_NO_PAD.decode(text.split('.').nth(1).unwrap());
    let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
    assert_eq!(claims["grant"], grant["id"]);
    assert_eq!(claims["once"], true);
    assert_eq!(claims["act"]["sub"], grant["principal"]["id"]);
    assert_eq!(claims["aud"], json!([grant["targets"][0]["id"]]));
    // The agent has no credential that names Alice.
    let agent = own_credential(&shop).await;
    let refused = shop.step(&agent, &grant, "credentials", json!({})).await;
    assert_eq!(refused.code(403), "not_yours");
}

#[tokio::test]
async fn who_is_locked_asks_for_nothing() {
    let shop = Shop::start().await;
    let lock = json!({
        "subject": {"kind": "human", "name": "alice@example.com"},
        "reason": "laptop stolen",
    });
    // A locked agent gets none.
    let agent = own_credential(&shop).await;
    shop.plane.post("/locks", lock).await.expect(201);
    let refused = shop.ask(&agent, wanted(json!({}))).await;
    assert!(
        matches!(refused.status.as_u16(), 401 | 403),
        "{}",
        refused.body
    );
}
