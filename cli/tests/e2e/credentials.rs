//! Signed credentials by the commands that a user types, as passwords at a real edge.

use anyhow::{Context as _, Result};
use countersign_test_support::wait_until;
use tokio_postgres::{Client, NoTls, error::SqlState};

use crate::support::{House, PATIENCE, PRODUCTION};

/// Who the tests' administrator is.
const ADMIN: &str = "admin@localhost";

async fn connect(
    house: &House,
    user: &str,
    password: &str,
) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::Config::new()
        .host("127.0.0.1")
        .port(house.plane.edge_port)
        .user(user)
        .password(password)
        .dbname(PRODUCTION)
        .connect(NoTls)
        .await?;
    tokio::spawn(async move {
        // The client's own calls report how the connection ended.
        let _ = connection.await;
    });
    Ok(client)
}

/// Connects as soon as the edge knows the principal.
async fn connected(house: &House, user: &str, password: &str) -> Result<Client> {
    wait_until("the edge lets the credential in", PATIENCE, || async {
        connect(house, user, password).await.ok()
    })
    .await
}

fn token(house: &House, more: &[&str]) -> Result<String> {
    let command = ["access", "token", "--target", PRODUCTION];
    let admin = &house.plane.admin;
    admin.text(&[&command[..], more].concat(), "/access_token")
}

#[tokio::test(flavor = "multi_thread")]
async fn people_agents_and_services_sign_in_without_a_lasting_secret() -> Result<()> {
    let house = House::with_policies(&[]).await?;
    let admin = house.plane.admin.clone();
    let create = |name: &str, kind: &str, owner: &str| {
        admin.json(&[
            "principal",
            "create",
            name,
            "--kind",
            kind,
            "--owner",
            owner,
            "--purpose",
            "a test",
        ])
    };
    create("copilot", "agent", ADMIN)?;
    create("stranger", "agent", "mallory@example.com")?;
    create("batch", "service", "group:ops")?;

    let own = token(&house, &[])?;
    connected(&house, ADMIN, &own)
        .await?
        .simple_query("SELECT 1")
        .await?;

    let agents = token(&house, &["--agent", "copilot", "--for", "5m"])?;
    let copilot = connected(&house, "copilot", &agents).await?;
    copilot.simple_query("SELECT 1").await?;
    let opened = house
        .events(|events| {
            events
                .iter()
                .any(|event| event["principal"]["name"] == "copilot")
        })
        .await?;
    let opened = opened
        .iter()
        .find(|event| event["principal"]["name"] == "copilot");
    let opened = opened.context("the session")?;
    assert_eq!(opened["principal"]["on_behalf_of"], ADMIN, "{opened}");
    assert!(
        token(&house, &["--agent", "stranger"]).is_err(),
        "not the admin's"
    );

    let folder = tempfile::TempDir::new()?;
    let key = folder.path().join("batch.jwk").display().to_string();
    admin.json(&["principal", "key", "add", "batch", "--generate", &key])?;
    let services = token(&house, &["--agent", "batch", "--key", &key, "--once"])?;
    connected(&house, "batch", &services)
        .await?
        .simple_query("SELECT 1")
        .await?;
    let again = connect(&house, "batch", &services)
        .await
        .err()
        .context("replayed")?;
    assert_eq!(again.code(), Some(&SqlState::INVALID_PASSWORD), "{again}");

    let id = opened["credential_id"].as_str().context("an id")?;
    admin.json(&["principal", "revoke", id])?;
    wait_until(
        "the revoked credential's session ends",
        PATIENCE,
        || async { copilot.is_closed().then_some(()) },
    )
    .await?;
    let refused = connect(&house, "copilot", &agents)
        .await
        .err()
        .context("revoked")?;
    assert_eq!(
        refused.code(),
        Some(&SqlState::INVALID_PASSWORD),
        "{refused}"
    );
    Ok(())
}
