//! What one request costs more, at a steady pace and until the first event of a stream.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{MissedTickBehavior, interval},
};

use super::llm::{self, Way};

/// Connections that share a pace of 1,000 requests a second.
const CONNECTIONS: u32 = 20;
const PACE: Duration = Duration::from_millis(20);
const STREAMS: u32 = 200;

/// Microseconds that a way takes longer than another.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Added {
    pub p50_us: f64,
    pub p99_us: f64,
}

/// Both ways at 1,000 requests a second, in turns.
pub async fn compare(plain: &Way, edge: &Way, seconds: u32) -> Result<Added> {
    let (mut plain_took, mut edge_took) = (Vec::new(), Vec::new());
    paced(edge, 1).await?;
    for _ in 0..2 {
        plain_took.extend(paced(plain, seconds).await?);
        edge_took.extend(paced(edge, seconds).await?);
    }
    Ok(Added::of(plain_took, edge_took))
}

impl Added {
    fn of(mut plain: Vec<Duration>, mut edge: Vec<Duration>) -> Self {
        let mut added = |part: f64| at(&mut edge, part) - at(&mut plain, part);
        Self {
            p50_us: added(0.5),
            p99_us: added(0.99),
        }
    }
}

/// The duration below which this part of all lies, in microseconds.
fn at(took: &mut [Duration], part: f64) -> f64 {
    took.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index of a list in memory"
    )]
    let index = ((took.len() as f64 - 1.0) * part).max(0.0) as usize;
    took.get(index).map_or(0.0, |one| one.as_secs_f64() * 1e6)
}

async fn paced(way: &Way, seconds: u32) -> Result<Vec<Duration>> {
    let clients = (0..CONNECTIONS).map(|number| {
        let way = way.clone();
        tokio::spawn(async move {
            // Spread over the pace, so that they do not come at once.
            tokio::time::sleep(PACE * number / CONNECTIONS).await;
            let mut client = Client::connect(&way).await?;
            let request = http(&way, &llm::request(false));
            let mut ticks = interval(PACE);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let end = Instant::now() + Duration::from_secs(seconds.into());
            let mut took = Vec::new();
            while Instant::now() < end {
                ticks.tick().await;
                took.push(client.whole(&request).await?);
            }
            Ok::<_, anyhow::Error>(took)
        })
    });
    let mut all = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        all.extend(client.await.context("a client panicked")??);
    }
    Ok(all)
}

/// Until the first event of a stream, both ways in turns: on connections that live on, as SDKs keep them.
pub async fn first_events(plain: &Way, edge: &Way) -> Result<Added> {
    let (mut plain_took, mut edge_took) = (Vec::new(), Vec::new());
    let mut clients = (Client::connect(plain).await?, Client::connect(edge).await?);
    let body = llm::request(true);
    let requests = (http(plain, &body), http(edge, &body));
    for number in 0..STREAMS + 20 {
        let one = clients.0.streamed(&requests.0).await?;
        let other = clients.1.streamed(&requests.1).await?;
        if number >= 20 {
            plain_took.push(one);
            edge_took.push(other);
        }
    }
    Ok(Added::of(plain_took, edge_took))
}

/// A request as it is sent.
pub(super) fn http(way: &Way, body: &str) -> String {
    format!(
        "POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer \
         {}\r\nContent-Length: {}\r\n\r\n{body}",
        way.path,
        way.credential,
        body.len()
    )
}

/// One connection, one request after the other.
pub(super) struct Client {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(super) async fn connect(way: &Way) -> Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", way.port)).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            buffer: Vec::with_capacity(16 << 10),
        })
    }

    async fn read(&mut self) -> Result<()> {
        let read = self.socket.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the connection was closed");
        Ok(())
    }

    /// Sends a request and reads as far as the first event of the answer.
    pub(super) async fn until_first_event(&mut self, request: &str) -> Result<Duration> {
        let began = Instant::now();
        self.socket.write_all(request.as_bytes()).await?;
        while memory_find(&self.buffer, b"data:").is_none() {
            self.read().await?;
            ensure!(
                self.buffer.starts_with(b"HTTP/1.1 200 "),
                "a stream was refused: {}",
                String::from_utf8_lossy(&self.buffer)
            );
        }
        Ok(began.elapsed())
    }

    /// Sends a request and reads a whole stream; how long its first event took.
    async fn streamed(&mut self, request: &str) -> Result<Duration> {
        self.buffer.clear();
        let took = self.until_first_event(request).await?;
        while !self.buffer.ends_with(b"\r\n0\r\n\r\n") {
            self.read().await?;
        }
        Ok(took)
    }

    /// Sends a request and reads the whole answer, whose length the head tells.
    async fn whole(&mut self, request: &str) -> Result<Duration> {
        self.buffer.clear();
        let began = Instant::now();
        self.socket.write_all(request.as_bytes()).await?;
        let head = loop {
            self.read().await?;
            if let Some(end) = memory_find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = String::from_utf8_lossy(self.buffer.get(..head).unwrap_or_default());
        ensure!(text.starts_with("HTTP/1.1 200 "), "refused: {text}");
        let mut lines = text.lines().filter_map(|line| line.split_once(": "));
        let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length: usize = length.context("an answer without a length")?.1.parse()?;
        while self.buffer.len() < head + length {
            self.read().await?;
        }
        Ok(began.elapsed())
    }
}

fn memory_find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
