//! Two PostgreSQL servers, production's and staging's, each with a database `shop`.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use countersign_test_support::{Account, Binaries, Postgres, PostgresOptions, Upstream};
use tokio_postgres::NoTls;

use crate::{process::say, secret};

const SCHEMA: &str = include_str!("shop.sql");

/// The role that the edge signs in as. It owns the tables: nothing but the policies stands between
/// an agent and a `DROP TABLE`.
const ROLE: &str = "countersign";

/// One environment's database.
#[derive(Debug)]
pub struct Shop {
    pub environment: &'static str,
    postgres: Postgres,
    password: String,
}

/// What differs between the two.
struct Plan {
    environment: &'static str,
    customers: u32,
    seed: u32,
}

const PLANS: [Plan; 2] = [
    Plan {
        environment: "production",
        customers: 12_000,
        seed: 0,
    },
    Plan {
        environment: "staging",
        customers: 10_000,
        seed: 500_000,
    },
];

/// Starts both, and fills those that are empty.
pub async fn start(folder: &Path, binaries: Option<&Binaries>) -> Result<Vec<Shop>> {
    let mut shops = Vec::new();
    for plan in &PLANS {
        shops.push(Shop::start(plan, folder, binaries).await?);
    }
    Ok(shops)
}

impl Shop {
    async fn start(plan: &Plan, folder: &Path, binaries: Option<&Binaries>) -> Result<Self> {
        let postgres = Postgres::start_with(PostgresOptions {
            folder: Some(reachable(folder, plan.environment)?),
            binaries: binaries.cloned(),
            durable: true,
            ..PostgresOptions::default()
        })
        .await?;
        let shop = Self {
            environment: plan.environment,
            postgres,
            password: secret::random()?,
        };
        shop.sign_in_role().await?;
        shop.fill(plan).await?;
        Ok(shop)
    }

    /// Where the edge finds it, as target `shop-<environment>`.
    pub fn upstream(&self) -> Upstream {
        Upstream {
            target: self.target(),
            port: self.postgres.port(),
            database: "shop".to_owned(),
            user: ROLE.to_owned(),
            password: self.password.clone(),
        }
    }

    pub fn target(&self) -> String {
        format!("shop-{}", self.environment)
    }

    /// The role with a new password for this run.
    async fn sign_in_role(&self) -> Result<()> {
        let admin = self.postgres.connect("postgres").await?;
        let exists = admin
            .query_opt("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&ROLE])
            .await
            .context("the roles cannot be read")?;
        let verb = if exists.is_some() { "ALTER" } else { "CREATE" };
        admin
            .batch_execute(&format!(
                "{verb} ROLE {ROLE} LOGIN PASSWORD '{}'",
                self.password
            ))
            .await
            .context("the edge's role cannot be made")
    }

    async fn fill(&self, plan: &Plan) -> Result<()> {
        let admin = self.postgres.connect("postgres").await?;
        let exists = admin
            .query_opt("SELECT 1 FROM pg_database WHERE datname = 'shop'", &[])
            .await
            .context("the databases cannot be read")?;
        if exists.is_some() {
            return Ok(());
        }
        say(&format!(
            "seeding {} with {} customers",
            self.target(),
            plan.customers
        ));
        admin
            .batch_execute(&format!("CREATE DATABASE shop OWNER {ROLE}"))
            .await
            .context("the database cannot be made")?;
        let url = self.postgres.url_as(ROLE, &self.password, "shop");
        let (client, connection) = tokio_postgres::connect(&url, NoTls)
            .await
            .context("the edge's role cannot sign in")?;
        let connection = tokio::spawn(connection);
        let script = SCHEMA
            .replace("{seed}", &plan.seed.to_string())
            .replace("{customers}", &plan.customers.to_string());
        client
            .batch_execute(&script)
            .await
            .context("the shop cannot be seeded")?;
        drop(client);
        let _ = connection.await;
        Ok(())
    }
}

/// Where the clusters are when their server's account cannot enter the demo's own folder.
const ELSEWHERE: &str = "/var/tmp/countersign-demo";

/// Removes what an earlier demo left there.
pub fn clear_elsewhere() -> Result<()> {
    match fs::remove_dir_all(ELSEWHERE) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{ELSEWHERE} cannot be removed"))
        }
        _ => Ok(()),
    }
}

/// A folder below `folder`, or, where the server's account cannot go there (a home folder that is
/// closed to others), below /var/tmp.
fn reachable(folder: &Path, environment: &str) -> Result<PathBuf> {
    let name = format!("postgres-{environment}");
    if Account::unprivileged()?.can_enter(folder) {
        return Ok(folder.join(name));
    }
    let elsewhere = PathBuf::from(ELSEWHERE).join(name);
    say(&format!(
        "PostgreSQL's account cannot enter {}: its data goes to {}",
        folder.display(),
        elsewhere.display()
    ));
    if let Some(parent) = elsewhere.parent() {
        fs::create_dir_all(parent)
            .with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    Ok(elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luhn(number: &str) -> bool {
        let sum: u32 = number
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, digit)| {
                let digit = u32::from(digit - b'0');
                match place % 2 {
                    1 if digit > 4 => digit * 2 - 9,
                    1 => digit * 2,
                    _ => digit,
                }
            })
            .sum();
        sum.is_multiple_of(10)
    }

    fn iban(number: &str) -> bool {
        let (head, tail) = number.split_at(4);
        let remainder = tail.bytes().chain(head.bytes()).fold(0_u64, |rest, byte| {
            let value = u64::from(char::from(byte).to_digit(36).unwrap());
            (rest * if value > 9 { 100 } else { 10 } + value) % 97
        });
        remainder == 1
    }

    #[tokio::test]
    async fn the_shop_is_large_valid_and_the_same_every_time() {
        let plan = Plan {
            environment: "test",
            customers: 10_000,
            seed: 0,
        };
        let mut digests = Vec::new();
        for _ in 0..2 {
            let folder = new_folder();
            let shop = Shop::start(&plan, &folder, None).await.unwrap();
            let client = shop.postgres.connect("shop").await.unwrap();
            let digest = client
                .query_one(
                    "SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM customers c",
                    &[],
                )
                .await
                .unwrap();
            digests.push(digest.get::<_, String>(0));

            let cards = client
                .query("SELECT card_number FROM customers", &[])
                .await
                .unwrap();
            assert_eq!(cards.len(), 10_000);
            assert!(cards.iter().all(|row| luhn(row.get(0))));
            let accounts = client
                .query("SELECT account FROM payments WHERE method = 'sepa'", &[])
                .await
                .unwrap();
            assert!(accounts.len() > 1_000, "{} SEPA payments", accounts.len());
            assert!(accounts.iter().all(|row| iban(row.get(0))));
            let orphans = client
                .query_one("SELECT count(*) FROM orders WHERE total_cents = 0", &[])
                .await
                .unwrap();
            assert_eq!(orphans.get::<_, i64>(0), 0);
            drop(shop);
            std::fs::remove_dir_all(&folder).unwrap();
        }
        assert_eq!(digests.first(), digests.last());
    }

    fn new_folder() -> PathBuf {
        let name = format!(
            "countersign-shop-{}-{}",
            std::process::id(),
            secret::random().unwrap()
        );
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}
