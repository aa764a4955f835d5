//! The server starts quickly, serves, and is gone afterwards, even after `kill -9`.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use countersign_test_support::{Postgres, PostgresOptions, wait_until};

/// Where the process to be killed writes its server's process id.
const VICTIM: &str = "COUNTERSIGN_TEST_VICTIM";

fn runs(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z"))
}

#[tokio::test]
async fn serves_databases_and_asks_for_a_password_over_tcp() {
    let postgres = Postgres::start().await.unwrap();
    let url = postgres.create_database("shop \"two\"").await.unwrap();
    assert!(url.contains(&postgres.port().to_string()));

    let client = postgres.connect("postgres").await.unwrap();
    let row = client
        .query_one(
            "SELECT count(*) FROM pg_database WHERE datname LIKE 'shop%'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);

    let wrong = postgres.url_as("postgres", "wrong", "postgres");
    let refused = tokio_postgres::connect(&wrong, tokio_postgres::NoTls).await;
    let error = refused.err().expect("a wrong password must be refused");
    assert_eq!(error.code().unwrap().code(), "28P01");
}

#[tokio::test]
async fn is_gone_when_dropped_and_quick_to_start_again() {
    let first = Postgres::start().await.unwrap();
    let (pid, folder) = (first.pid(), first.folder().to_owned());
    drop(first);
    assert!(!runs(pid), "the server outlived its owner");
    assert!(!folder.exists(), "the folder outlived its owner");

    let start = Instant::now();
    let second = Postgres::start().await.unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    drop(second);
}

#[tokio::test]
async fn a_kept_folder_keeps_its_data() {
    let root = tempfile::tempdir().unwrap();
    // A temporary folder is its owner's alone; the server may run as somebody else.
    Command::new("chmod")
        .arg("755")
        .arg(root.path())
        .status()
        .unwrap();
    let options = PostgresOptions {
        folder: Some(root.path().join("kept")),
        durable: true,
        ..PostgresOptions::default()
    };
    let first = Postgres::start_with(options.clone()).await.unwrap();
    first.create_database("stays").await.unwrap();
    drop(first);
    let again = Postgres::start_with(options).await.unwrap();
    again.connect("stays").await.unwrap();
}

#[tokio::test]
async fn is_gone_when_its_owner_is_killed() {
    // This test starts itself again as the process that is killed.
    if let Some(told) = std::env::var_os(VICTIM) {
        let postgres = Postgres::start().await.unwrap();
        std::fs::write(told, postgres.pid().to_string()).unwrap();
        tokio::time::sleep(Duration::from_secs(60)).await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("pid");
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "is_gone_when_its_owner_is_killed"])
        .env(VICTIM, &told)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid: u32 = wait_until(
        "the victim's server starts",
        Duration::from_secs(30),
        || async { std::fs::read_to_string(&told).ok()?.parse().ok() },
    )
    .await
    .unwrap();
    assert!(runs(pid));
    victim.kill().unwrap();
    victim.wait().unwrap();
    wait_until(
        "the server ends with its owner",
        Duration::from_secs(10),
        || async { (!runs(pid)).then_some(()) },
    )
    .await
    .unwrap();
}
