//! Agents that act for humans: never without the human's own token, never for a stranger.

use axum::http::Method;
use countersign_model::{PrincipalKind, Role, UserId};
use serde_json::json;

use super::{ACCESS_TOKEN, EXCHANGE, ask, claims, error, form, principal, refusals, target};
use crate::{
    oauth::own,
    tests::support::{Answer, Plane},
};

const ADA: &str = "ada@example.com";

async fn exchange(plane: &Plane, token: &str, more: &[(&str, &str)]) -> Answer {
    let pairs = [
        ("grant_type", EXCHANGE),
        ("subject_token_type", ACCESS_TOKEN),
        ("subject_token", token),
    ];
    ask(plane, &[&pairs[..], more].concat()).await
}

async fn ada(plane: &Plane) -> (UserId, String) {
    plane.person(ADA, Role::Member, &["ops"]).await
}

#[tokio::test]
async fn an_agent_acts_for_the_human_whose_it_is() {
    let plane = Plane::start().await;
    let shop = target(&plane, "shop").await;
    let (_, token) = ada(&plane).await;
    let cases = [
        ("her own", json!({"owner": ADA}), true),
        ("her group's", json!({"owner": "group:ops"}), true),
        (
            "registered as acting for her",
            json!({"on_behalf_of": ADA}),
            true,
        ),
        ("nobody's", json!({}), false),
        (
            "another person's",
            json!({"owner": "bob@example.com"}),
            false,
        ),
        ("another group's", json!({"owner": "group:dev"}), false),
        (
            "a group of her name",
            json!({"owner": "group:ada@example.com"}),
            false,
        ),
    ];
    for (at, (name, more, allowed)) in cases.into_iter().enumerate() {
        let agent = format!("agent-{at}");
        let id = principal(&plane, &agent, more).await;
        let more = [("requested_actor", agent.as_str()), ("audience", "shop")];
        let answer = exchange(&plane, &token, &more).await;
        if !allowed {
            assert_eq!(error(&answer), "unauthorized_client", "{name}");
            assert_eq!(refusals(&plane).await[0], "not_their_agent", "{name}");
            continue;
        }
        let answer = answer.expect(200);
        let credential = answer["access_token"].as_str().unwrap();
        let said = claims(&plane, credential, &shop.to_string()).await;
        assert_eq!(said.client_id, id, "{name}");
        assert_eq!(said.act.map(|act| act.sub), Some(id), "{name}");
        let human = plane
            .state
            .store
            .principal(said.sub, plane.state.now())
            .await;
        let human = human.unwrap().principal;
        assert_eq!(
            (human.name.as_str(), human.kind),
            (ADA, PrincipalKind::Human),
            "{name}"
        );
    }
    let missing = [("requested_actor", "nobody"), ("audience", "shop")];
    let answer = exchange(&plane, &token, &missing).await;
    assert_eq!(
        error(&answer),
        "unauthorized_client",
        "as if it were not hers"
    );
}

#[tokio::test]
async fn an_agent_shows_its_own_token_as_actor() {
    let plane = Plane::start().await;
    let shop = target(&plane, "shop").await;
    let (user, token) = ada(&plane).await;
    principal(&plane, "hers", json!({"owner": ADA})).await;
    principal(&plane, "strange", json!({})).await;
    let mut tokens = Vec::new();
    for (agent, owner) in [("hers", ADA), ("strange", "")] {
        // For the API: by themselves, through another human where need be.
        let id = plane
            .state
            .store
            .principal_named(agent, plane.state.now())
            .await;
        let id = id.unwrap().unwrap().principal.id;
        let new = crate::oauth::mint::NewToken {
            principal: id,
            human: None,
            grant: None,
            targets: vec![shop],
            api: true,
            lifetime: crate::oauth::mint::DEFAULT_LIFETIME,
            not_after: None,
            once: false,
            api_token: None,
            via: "test",
        };
        let minted = plane.state.mint_credential(new).await.unwrap();
        assert!(!format!("{minted:?}").contains(&minted.credential));
        tokens.push((agent, owner, minted.credential));
    }
    for (agent, owner, actor) in &tokens {
        let more = [
            ("actor_token", actor.as_str()),
            ("actor_token_type", ACCESS_TOKEN),
            ("audience", "shop"),
        ];
        let answer = exchange(&plane, &token, &more).await;
        if owner.is_empty() {
            assert_eq!(error(&answer), "unauthorized_client", "{agent}");
        } else {
            let answer = answer.expect(200);
            let credential = answer["access_token"].as_str().unwrap();
            let said = claims(&plane, credential, &shop.to_string()).await;
            assert!(said.act.is_some(), "{agent}");
        }
    }
    // A person who was disabled has no agents.
    plane.delete(&format!("/users/{user}")).await;
    let path = format!("/users/{user}");
    let _ = plane.patch(&path, json!({"disabled": true})).await;
    let more = [("requested_actor", "hers"), ("audience", "shop")];
    let answer = exchange(&plane, &token, &more).await;
    assert_eq!(error(&answer), "invalid_grant");
}

#[tokio::test]
async fn who_signs_out_leaves_no_agent_acting_for_them() {
    let plane = Plane::start().await;
    target(&plane, "shop").await;
    let (user, _) = ada(&plane).await;
    principal(&plane, "hers", json!({"owner": ADA})).await;
    for way in ["revoked by an admin", "revoked by its holder", "disabled"] {
        let path = format!("/users/{user}/tokens");
        let issued = plane.post(&path, json!({"name": "laptop"})).await;
        let issued = issued.expect(201);
        let token = issued["token"].as_str().unwrap();
        let agent = exchange(&plane, token, &[("requested_actor", "hers")]).await;
        let own = exchange(&plane, token, &[]).await;
        let mut given = Vec::new();
        for answer in [agent, own] {
            let answer = answer.expect(200);
            given.push(answer["access_token"].as_str().unwrap().to_owned());
        }
        let lives = async |credential: &str| {
            let shown = own::bearer(&plane.state, credential).await;
            shown.unwrap().is_some()
        };
        assert!(lives(&given[0]).await && lives(&given[1]).await, "{way}");
        match way {
            "revoked by an admin" => {
                let path = format!("/tokens/{}", issued["id"].as_str().unwrap());
                plane.delete(&path).await.expect(204);
            }
            "revoked by its holder" => {
                let gone = form(&plane, "/oauth/revoke", &[("token", token)]).await;
                assert_eq!(gone.status.as_u16(), 200, "{}", gone.body);
            }
            _ => {
                let path = format!("/users/{user}");
                plane
                    .patch(&path, json!({"disabled": true}))
                    .await
                    .expect(200);
            }
        }
        assert!(!lives(&given[0]).await && !lives(&given[1]).await, "{way}");
        let bundle = plane.state.store.bundle(plane.state.now()).await.unwrap();
        assert!(bundle.revoked_tokens.len() >= 2, "edges know: {way}");
    }
}

#[tokio::test]
async fn a_person_gets_a_credential_for_themselves_no_longer_than_their_token() {
    let plane = Plane::start().await;
    let shop = target(&plane, "shop").await;
    let (user, _) = ada(&plane).await;
    let body = json!({"name": "short", "ttl_seconds": 3600});
    let issued = plane
        .post(&format!("/users/{user}/tokens"), body)
        .await
        .expect(201);
    let token = issued["token"].as_str().unwrap();
    plane.pass(1800);
    let more = [
        ("audience", "shop"),
        ("expires_in", "43200"),
        ("once", "true"),
    ];
    let answer = exchange(&plane, token, &more).await.expect(200);
    assert_eq!(answer["expires_in"], 1800);
    let credential = answer["access_token"].as_str().unwrap();
    let said = claims(&plane, credential, &shop.to_string()).await;
    assert!(said.act.is_none() && said.once);
    let refused = exchange(&plane, "cst_unknown", &more).await;
    assert_eq!(error(&refused), "invalid_grant");
}

#[tokio::test]
async fn a_credential_opens_what_it_is_for_until_it_is_revoked() {
    let plane = Plane::start().await;
    target(&plane, "shop").await;
    let (_, token) = ada(&plane).await;
    principal(&plane, "hers", json!({"owner": ADA})).await;
    let get = async |audience: &'static str| {
        let more = [("requested_actor", "hers"), ("audience", audience)];
        let answer = exchange(&plane, &token, &more).await.expect(200);
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let base = plane.state.base_url.clone();
    let for_shop = get("shop").await;
    let answer = exchange(&plane, &token, &[("requested_actor", "hers")]).await;
    let for_api = answer.expect(200)["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    claims(&plane, &for_api, &base).await;
    let shown = own::bearer(&plane.state, &for_api).await.unwrap().unwrap();
    let acting = shown.acting();
    assert_eq!(
        (acting.name.as_str(), acting.on_behalf_of.as_deref()),
        ("hers", Some(ADA))
    );
    assert!(
        own::bearer(&plane.state, &for_shop)
            .await
            .unwrap()
            .is_none(),
        "not for the API"
    );
    let as_person = plane.call(Method::GET, "/targets", &for_api, None).await;
    assert_eq!(
        as_person.code(401),
        "unauthenticated",
        "an agent is no person"
    );

    for credential in [&for_api, &for_shop] {
        let pairs = [
            ("token", credential.as_str()),
            ("token_type_hint", "access_token"),
        ];
        for _ in 0..2 {
            let answer = form(&plane, "/oauth/revoke", &pairs).await;
            assert_eq!(answer.status.as_u16(), 200);
        }
    }
    assert!(
        own::bearer(&plane.state, &for_api).await.unwrap().is_none(),
        "revoked"
    );
    let bundle = plane.state.store.bundle(plane.state.now()).await.unwrap();
    assert_eq!(bundle.revoked_tokens.len(), 2);
    plane.pass(3601);
    let bundle = plane.state.store.bundle(plane.state.now()).await.unwrap();
    assert!(bundle.revoked_tokens.is_empty(), "over by themselves");
    let nonsense = form(&plane, "/oauth/revoke", &[("token", "eyJ.eyJ.x")]).await;
    assert_eq!(
        nonsense.status.as_u16(),
        200,
        "nobody learns what was a token"
    );
}

#[tokio::test]
async fn requests_are_what_the_standards_say() {
    let plane = Plane::start().await;
    target(&plane, "shop").await;
    let (_, token) = ada(&plane).await;
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let subject = [
        ("grant_type", EXCHANGE),
        ("subject_token_type", ACCESS_TOKEN),
        ("subject_token", token.as_str()),
    ];
    let cases: [Case; 12] = [
        ("nothing", &[], "invalid_request"),
        (
            "another grant type",
            &[("grant_type", "password")],
            "unsupported_grant_type",
        ),
        ("no subject", &[("grant_type", EXCHANGE)], "invalid_request"),
        (
            "twice",
            &[&subject[..], &[("subject_token", "x")]].concat(),
            "invalid_request",
        ),
        (
            "another type",
            &[
                ("grant_type", EXCHANGE),
                ("subject_token", "x"),
                (
                    "subject_token_type",
                    "urn:ietf:params:oauth:token-type:saml2",
                ),
            ],
            "invalid_request",
        ),
        (
            "an actor without its type",
            &[&subject[..], &[("actor_token", "x")]].concat(),
            "invalid_request",
        ),
        (
            "two actors",
            &[
                &subject[..],
                &[
                    ("actor_token", "x"),
                    ("actor_token_type", ACCESS_TOKEN),
                    ("requested_actor", "y"),
                ],
            ]
            .concat(),
            "invalid_request",
        ),
        (
            "too short",
            &[&subject[..], &[("expires_in", "29")]].concat(),
            "invalid_request",
        ),
        (
            "too long",
            &[&subject[..], &[("expires_in", "43201")]].concat(),
            "invalid_request",
        ),
        (
            "no number",
            &[&subject[..], &[("expires_in", "1h")]].concat(),
            "invalid_request",
        ),
        (
            "no such target",
            &[&subject[..], &[("audience", "nothing")]].concat(),
            "invalid_target",
        ),
        (
            "once, perhaps",
            &[&subject[..], &[("once", "maybe")]].concat(),
            "invalid_request",
        ),
    ];
    for (name, pairs, code) in cases {
        assert_eq!(error(&ask(&plane, pairs).await), code, "{name}");
    }
    let json = plane.post("/../../oauth/token", json!({})).await;
    assert!(json.status.is_client_error());
    let mut last = 200;
    for _ in 0..100 {
        last = ask(&plane, &[("grant_type", "x")]).await.status.as_u16();
    }
    assert_eq!(last, 429, "guessing is slowed down");
    plane.pass(60);
    exchange(&plane, &token, &[("audience", "shop")])
        .await
        .expect(200);
}
