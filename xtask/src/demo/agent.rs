//! A PostgreSQL client with nothing special: the AI agent of the scenario.

use std::{
    future::poll_fn,
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use futures::TryStreamExt as _;
use tokio::{sync::mpsc, time::timeout};
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage, SimpleQueryRow};

use super::governance::SignIn;

/// How long the agent waits for an answer to what is not held.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection through the edge.
#[derive(Debug)]
pub struct Agent {
    client: Client,
    notices: mpsc::UnboundedReceiver<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The rows, those before an error included.
    pub rows: Vec<SimpleQueryRow>,
    /// Rows that a command without a result touched.
    pub touched: Option<u64>,
    /// The server's or the edge's error, with its SQLSTATE.
    pub error: Option<String>,
    pub took: Duration,
}

impl Agent {
    pub async fn connect(port: u16, sign_in: &SignIn, target: &str) -> Result<Self> {
        let (client, mut connection) = tokio_postgres::Config::new()
            .host("127.0.0.1")
            .port(port)
            .user(sign_in.name)
            .password(&sign_in.secret)
            .dbname(target)
            .application_name("release-agent")
            .connect(NoTls)
            .await
            .with_context(|| format!("{} cannot sign in to {target}", sign_in.name))?;
        let (tell, notices) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notice(notice) = message {
                    let _ = tell.send(notice.message().to_owned());
                }
            }
        });
        Ok(Self { client, notices })
    }

    /// Runs a statement to its end.
    pub async fn run(&self, sql: &str) -> Result<Answer> {
        timeout(PATIENCE, self.ask(sql))
            .await
            .with_context(|| format!("no answer to {sql}"))
    }

    /// Starts a statement that is expected to be held, waits for the notice that says so, calls
    /// `meanwhile` with it, and returns the answer.
    pub async fn held(
        &mut self,
        sql: &str,
        meanwhile: impl FnOnce(&str) -> Result<()>,
    ) -> Result<(String, Answer)> {
        let Self { client, notices } = self;
        let running = ask(client, sql);
        tokio::pin!(running);
        let notice = tokio::select! {
            answer = &mut running => {
                let error = answer.error.unwrap_or_else(|| "it ran".to_owned());
                anyhow::bail!("{sql} was not held: {error}");
            }
            notice = timeout(PATIENCE, notices.recv()) => notice
                .ok()
                .flatten()
                .with_context(|| format!("no notice while {sql} is held"))?,
        };
        meanwhile(&notice)?;
        let answer = timeout(PATIENCE, running)
            .await
            .with_context(|| format!("no answer to {sql} after the decision"))?;
        Ok((notice, answer))
    }

    /// Whether the edge or the server has ended the connection.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    async fn ask(&self, sql: &str) -> Answer {
        ask(&self.client, sql).await
    }
}

async fn ask(client: &Client, sql: &str) -> Answer {
    let start = Instant::now();
    let mut answer = Answer {
        rows: Vec::new(),
        touched: None,
        error: None,
        took: Duration::ZERO,
    };
    if let Err(error) = collect(client, sql, &mut answer).await {
        answer.error = Some(describe(&error));
    }
    answer.took = start.elapsed();
    answer
}

async fn collect(
    client: &Client,
    sql: &str,
    answer: &mut Answer,
) -> Result<(), tokio_postgres::Error> {
    let mut messages = pin!(client.simple_query_raw(sql).await?);
    while let Some(message) = messages.try_next().await? {
        match message {
            SimpleQueryMessage::Row(row) => answer.rows.push(row),
            SimpleQueryMessage::CommandComplete(count) => answer.touched = Some(count),
            _ => {}
        }
    }
    Ok(())
}

fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("{} (SQLSTATE {})", error.message(), error.code().code()),
        None => error.to_string(),
    }
}
