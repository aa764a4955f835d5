//! Signed credentials as passwords: who gets in by one, and that nobody else does.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use countersign_ledger::{
    credential::{self, Actor, CredentialClaims},
    jwk,
    keys::SigningKey,
};
use countersign_model::{
    Bundle, BundlePrincipal, CredentialId, EventBody, Principal, PrincipalId, PrincipalKind,
    Timestamp, TokenKey, TokenTrust,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
};
use tokio_postgres::{Client, NoTls};

use crate::{
    postgres::world::{World, code},
    support::{SECRET, until},
};

const ISSUER: &str = "https://countersign.example.com";
const ADA: &str = "ada@example.com";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn trusted(key: &SigningKey) -> TokenKey {
    TokenKey {
        kid: jwk::thumbprint(&key.verifying_key()),
        key: key.verifying_key().to_string(),
    }
}

/// The agent, who may act for a human, and whom the edge trusts.
fn trust(bundle: &mut Bundle) {
    bundle.tokens = Some(TokenTrust {
        issuer: ISSUER.to_owned(),
        keys: vec![trusted(&key(1)), trusted(&key(2))],
        revoked: Vec::new(),
    });
    for (name, kind) in [(ADA, PrincipalKind::Human), ("bot", PrincipalKind::Agent)] {
        let agent = &bundle.principals[0].principal;
        bundle.principals.push(BundlePrincipal {
            principal: Principal {
                id: PrincipalId::new(),
                name: name.to_owned(),
                kind,
                ..agent.clone()
            },
            credentials: Vec::new(),
        });
    }
}

fn principal(bundle: &Bundle, name: &str) -> PrincipalId {
    let mut all = bundle.principals.iter().map(|entry| &entry.principal);
    all.find(|principal| principal.name == name)
        .expect("there")
        .id
}

/// What a credential of the agent for the shop says.
fn claims(bundle: &Bundle) -> CredentialClaims {
    let iat = Timestamp::now().as_millis() / 1000;
    let agent = principal(bundle, "agent");
    CredentialClaims {
        iss: ISSUER.to_owned(),
        sub: agent,
        act: None,
        client_id: agent,
        aud: vec![bundle.targets[0].id.to_string()],
        jti: CredentialId::new(),
        iat,
        exp: iat + 600,
        grant: None,
        once: false,
    }
}

fn mint(claims: &CredentialClaims) -> String {
    credential::mint(&key(1), claims).expect("minted")
}

/// Connects from an address of its own, so that refusals are not slowed down by others.
async fn connect(world: &World, from: u8, password: &str) -> Result<Client, tokio_postgres::Error> {
    connect_as(world, from, "agent", password).await
}

async fn connect_as(
    world: &World,
    from: u8,
    user: &str,
    password: &str,
) -> Result<Client, tokio_postgres::Error> {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind(SocketAddr::new(address(from), 0))
        .expect("bound");
    let stream = socket.connect(world.address).await.expect("connected");
    let mut config = tokio_postgres::Config::new();
    config.user(user).password(password).dbname("shop");
    let (client, connection) = config.connect_raw(stream, NoTls).await?;
    tokio::spawn(async move {
        // Its errors are also the client's.
        let _ = connection.await;
    });
    Ok(client)
}

/// The status with which the HTTP listener answers whoever shows this credential.
async fn http_status(world: &World, from: u8, credential: &str) -> String {
    let socket = TcpSocket::new_v4().expect("a socket");
    let at = SocketAddr::new(address(from), 0);
    socket.bind(at).expect("bound");
    let mut stream = socket.connect(world.http).await.expect("connected");
    let request =
        format!("GET /shop/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {credential}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

fn address(from: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 1, from).into()
}

/// A world whose edge trusts the issuer already.
async fn trusting() -> World {
    let world = World::new(&[]).await;
    world.publish(trust);
    let probe = mint(&claims(&world.bundle()));
    countersign_test_support::wait_until("the edge trusts", Duration::from_secs(20), || async {
        connect(&world, 250, &probe).await.ok()
    })
    .await
    .expect("trusted");
    world
}

/// The code with which the journal says why that address was not let in.
async fn refusal(world: &World, from: u8) -> String {
    let client = format!("{}:", address(from));
    let event = world
        .event("the refusal", |body| {
            matches!(body, EventBody::SignInRefused { client: c, .. } if c.starts_with(&client))
        })
        .await;
    match event.body {
        EventBody::SignInRefused { code, .. } => code,
        _ => unreachable!("just matched"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_a_password() {
    let world = trusting().await;
    let bundle = world.bundle();
    let own = claims(&bundle);
    let for_ada = CredentialClaims {
        sub: principal(&bundle, ADA),
        act: Some(Actor { sub: own.client_id }),
        jti: CredentialId::new(),
        ..own.clone()
    };
    for (from, claims, human) in [(1, own, None), (2, for_ada, Some(ADA))] {
        let client = connect(&world, from, &mint(&claims)).await.expect("let in");
        let rows = client.query("SELECT 1", &[]).await.expect("runs");
        assert_eq!(rows.len(), 1);
        let opened = world
            .event(
                "the session",
                |body| matches!(body, EventBody::SessionOpened(s) if s.credential_id == claims.jti),
            )
            .await;
        let EventBody::SessionOpened(opened) = opened.body else {
            unreachable!("just matched")
        };
        assert_eq!(opened.principal.name, "agent");
        assert_eq!(opened.principal.on_behalf_of.as_deref(), human);
    }
    let shown = serde_json::to_string(&world.plane.events()).expect("JSON");
    assert!(!shown.contains("eyJ"), "no credential is recorded");
    world.end().await;
}

/// HMAC-SHA256, as a forger who takes the public key for a shared secret would sign.
fn hs256(secret: &[u8], message: &str) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> {
        (0..64)
            .map(|at| secret.get(at).copied().unwrap_or(0) ^ with)
            .collect()
    };
    let inner = Sha256::digest([pad(0x36), message.as_bytes().to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

/// The credential with another header, signed as `sign` does.
fn forged(credential: &str, alg: &str, sign: impl Fn(&str) -> Vec<u8>) -> String {
    let claims = credential.split('.').nth(1).expect("three parts");
    let header: Value = json!({"alg": alg, "kid": trusted(&key(1)).kid, "typ": "at+jwt"});
    let signed = format!("{}.{claims}", BASE64URL.encode(header.to_string()));
    let signature = BASE64URL.encode(sign(&signed));
    format!("{signed}.{signature}")
}

/// Every password that a listener must refuse, and what the journal says of it.
fn refused(
    bundle: &Bundle,
    spent: &str,
    revoked: CredentialId,
) -> Vec<(&'static str, String, &'static str)> {
    let with = |change: &dyn Fn(&mut CredentialClaims)| {
        let mut claims = claims(bundle);
        change(&mut claims);
        mint(&claims)
    };
    let good = mint(&claims(bundle));
    let other = credential::mint(&key(9), &claims(bundle)).expect("minted");
    let public = key(1).verifying_key();
    let swapped = {
        // Our kid over another key's signature.
        let (signed, _) = good.rsplit_once('.').expect("three parts");
        let (_, signature) = other.rsplit_once('.').expect("three parts");
        format!("{signed}.{signature}")
    };
    let bot = principal(bundle, "bot");
    let now = Timestamp::now().as_millis() / 1000;
    vec![
        ("missing", "x".to_owned(), "bad_credential"),
        (
            "a secret that is none",
            SECRET.replace('A', "B"),
            "bad_credential",
        ),
        (
            "only its beginning",
            "eyJ".to_owned(),
            "malformed_credential",
        ),
        (
            "expired",
            with(&|c| (c.iat, c.exp) = (now - 600, now - 1)),
            "expired_credential",
        ),
        (
            "from the future",
            with(&|c| (c.iat, c.exp) = (now + 600, now + 900)),
            "credential_not_yet_valid",
        ),
        ("revoked", with(&|c| c.jti = revoked), "revoked_credential"),
        (
            "wrong audience",
            with(&|c| c.aud = vec![ISSUER.to_owned()]),
            "wrong_audience",
        ),
        (
            "wrong issuer",
            with(&|c| c.iss = "https://evil.example".to_owned()),
            "wrong_issuer",
        ),
        (
            "alg none",
            forged(&good, "none", |_| Vec::new()),
            "wrong_algorithm",
        ),
        (
            "HS256 with the public key",
            forged(&good, "HS256", |m| hs256(&public.to_bytes(), m)),
            "wrong_algorithm",
        ),
        (
            "HS256 with the key's text",
            forged(&good, "HS256", |m| hs256(public.to_string().as_bytes(), m)),
            "wrong_algorithm",
        ),
        ("an unknown key", other, "unknown_key"),
        ("another key's signature", swapped, "bad_signature"),
        (
            "replayed single use",
            spent.to_owned(),
            "replayed_credential",
        ),
        (
            "another principal's",
            with(&|c| (c.sub, c.client_id) = (bot, bot)),
            "bad_credential",
        ),
        (
            "for a human who is none",
            with(&|c| {
                c.act = Some(Actor { sub: c.client_id });
                c.sub = bot;
            }),
            "unknown_human",
        ),
        (
            "for a human who is gone",
            with(&|c| {
                c.act = Some(Actor { sub: c.client_id });
                c.sub = PrincipalId::new();
            }),
            "unknown_human",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listener_refuses_every_other_credential_alike() {
    let world = trusting().await;
    let once = {
        let mut claims = claims(&world.bundle());
        claims.once = true;
        mint(&claims)
    };
    let first = connect(&world, 240, &once).await.expect("good for once");
    first.batch_execute("SELECT 1").await.expect("runs");
    let revoked = CredentialId::new();
    world.publish(|bundle| {
        let tokens = bundle.tokens.as_mut().expect("trust");
        tokens.revoked.push(revoked);
        tokens.keys.remove(1);
    });
    let newest = world.bundle().revision;
    until("the newest bundle is enforced", || {
        let state = world.plane.state();
        (state.statuses.last()?.bundle_revision == newest).then_some(())
    })
    .await;
    let bundle = world.bundle();
    let mut cases = refused(&bundle, &once, revoked);
    let retired = credential::mint(&key(2), &claims(&bundle)).expect("minted");
    cases.push(("a key that was trusted", retired, "unknown_key"));
    let mut words = Vec::new();
    for (from, (name, password, expected)) in (1..).zip(&cases) {
        let Err(error) = connect(&world, from, password).await else {
            panic!("{name} is let in");
        };
        assert_eq!(code(&error), "28P01", "{name}");
        let said = error.as_db_error().expect("an error of the protocol");
        words.push(said.message().to_owned());
        assert_eq!(refusal(&world, from).await, *expected, "{name}");
        // HTTP has no name beside the credential; a database is not reached by it.
        let status = http_status(&world, from + 100, password).await;
        if *name == "another principal's" {
            assert_eq!(status, "404", "{name}");
            continue;
        }
        assert_eq!(status, "401", "{name}");
        assert_eq!(refusal(&world, from + 100).await, *expected, "{name}");
    }
    words.dedup();
    assert_eq!(words.len(), 1, "the client learns nothing: {words:?}");
    connect(&world, 239, &mint(&claims(&bundle)))
        .await
        .expect("a good one gets in");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_what_its_credential_rests_on() {
    type Change = fn(&mut Bundle, CredentialId);
    let cases: [(&str, Change); 3] = [
        ("the credential", |bundle, id| {
            bundle.tokens.as_mut().expect("trust").revoked.push(id);
        }),
        ("the key", |bundle, _| {
            bundle.tokens.as_mut().expect("trust").keys.remove(0);
        }),
        ("the human", |bundle, _| {
            bundle
                .principals
                .retain(|entry| entry.principal.name != ADA);
        }),
    ];
    for (name, change) in cases {
        let world = trusting().await;
        let bundle = world.bundle();
        let mut claims = claims(&bundle);
        claims.act = Some(Actor {
            sub: claims.client_id,
        });
        claims.sub = principal(&bundle, ADA);
        let client = connect(&world, 1, &mint(&claims)).await.expect("let in");
        client.batch_execute("SELECT 1").await.expect("runs");
        world.publish(|bundle| change(bundle, claims.jti));
        let ended = tokio::time::timeout(Duration::from_secs(1), async {
            while !client.is_closed() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(ended.await.is_ok(), "{name}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_ends_its_session_with_itself() {
    let world = trusting().await;
    let mut claims = claims(&world.bundle());
    claims.exp = claims.iat + 3;
    let client = connect(&world, 1, &mint(&claims)).await.expect("let in");
    let ended = tokio::time::timeout(Duration::from_secs(5), async {
        while !client.is_closed() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(ended.await.is_ok());
    world
        .event(
            "the end",
            |body| matches!(body, EventBody::SessionClosed(s) if s.reason == "credential_expired"),
        )
        .await;
    world.end().await;
}
