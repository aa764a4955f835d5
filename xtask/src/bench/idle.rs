//! What streams cost the edge in memory: many that wait for their model, and one that is not read.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::own_memory;
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{
    llm::{self, Way},
    pace::{Client, http},
};

/// Streams that wait at a time.
const STREAMS: u64 = 2_000;
/// How many of them are opened at a time: a listener's backlog is short.
const AT_ONCE: usize = 50;
/// How long freed memory has to be given back.
const SETTLE: Duration = Duration::from_secs(4);
/// How long a model speaks to a client that does not read.
const UNREAD: Duration = Duration::from_secs(8);

/// Bytes of the edge's memory that are no file's.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Memory {
    /// Of one stream among [`STREAMS`] that wait.
    pub idle_stream_bytes: u64,
    /// What a stream that is not read has added after [`UNREAD`].
    pub unread_stream_bytes: u64,
}

/// How a model speaks once it has begun its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// It thinks for ever.
    Silent,
    /// Without a pause and without an end.
    Endless,
    /// A few words, at a model's pace, on a connection that lives on.
    Calm,
}

/// Events of a calm answer, and how far apart they are.
const CALM: (u32, Duration) = (5, Duration::from_millis(2));

/// A model that speaks.
#[derive(Debug)]
pub struct Speaker {
    pub port: u16,
    task: JoinHandle<()>,
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Speaker {
    pub async fn start(speech: Speech) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // A client that has gone ends its answer.
                tokio::spawn(async move { answer(socket, speech).await.ok() });
            }
        });
        Ok(Self { port, task })
    }
}

async fn answer(mut socket: TcpStream, speech: Speech) -> Result<()> {
    socket.set_nodelay(true)?;
    let mut request = [0; 16 << 10];
    if speech == Speech::Calm {
        loop {
            read(&mut socket, &mut request).await?;
            speak_calmly(&mut socket).await?;
        }
    }
    read(&mut socket, &mut request).await?;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
    socket.write_all(head.as_bytes()).await?;
    // The start of an answer, as providers send it, and words that nothing holds back.
    socket.write_all(event("").as_bytes()).await?;
    socket
        .write_all(event("Let me think about that. ").as_bytes())
        .await?;
    let words = event("The order has left the warehouse and will be with you soon. ").repeat(32);
    if speech == Speech::Endless {
        loop {
            socket.write_all(words.as_bytes()).await?;
        }
    }
    // Until the edge closes.
    while socket.read(&mut request).await? > 0 {}
    Ok(())
}

/// Reads one request, which ends with its JSON.
async fn read(socket: &mut TcpStream, request: &mut [u8]) -> Result<()> {
    let mut read = 0;
    while !request.get(..read).unwrap_or_default().ends_with(b"}") {
        let room = request.get_mut(read..).unwrap_or_default();
        let more = socket.read(room).await?;
        ensure!(more > 0, "the request is too long, or broke off");
        read += more;
    }
    Ok(())
}

async fn speak_calmly(socket: &mut TcpStream) -> Result<()> {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await?;
    let (events, pause) = CALM;
    for _ in 0..events {
        let event = event("The order has left the warehouse. ");
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        socket.write_all(chunk.as_bytes()).await?;
        tokio::time::sleep(pause).await;
    }
    let end = "data: [DONE]\n\n";
    let last = format!("{:x}\r\n{end}\r\n0\r\n\r\n", end.len());
    Ok(socket.write_all(last.as_bytes()).await?)
}

fn event(words: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\
         \"model\":\"bench-1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{words}\"}},\
         \"finish_reason\":null}}]}}\n\n"
    )
}

/// Measures both on the edge with this process id.
pub async fn measure(edge: u32, silent: &Way, speaking: &Way) -> Result<Memory> {
    // Once beforehand, so that what is made for the first stream of all is there.
    drop(open(silent, 8).await?);
    tokio::time::sleep(SETTLE).await;
    let before = own_memory(edge)?;
    let streams = open(silent, STREAMS).await?;
    tokio::time::sleep(SETTLE).await;
    let idle = own_memory(edge)?.saturating_sub(before);
    drop(streams);
    tokio::time::sleep(SETTLE).await;
    let before = own_memory(edge)?;
    let unread = open(speaking, 1).await?;
    tokio::time::sleep(UNREAD).await;
    let unread_stream_bytes = own_memory(edge)?.saturating_sub(before);
    drop(unread);
    Ok(Memory {
        idle_stream_bytes: idle / STREAMS,
        unread_stream_bytes,
    })
}

/// Opens streams and reads the first words of each.
async fn open(way: &Way, count: u64) -> Result<Vec<Client>> {
    let mut all = Vec::new();
    let request = http(way, &llm::request(true));
    let numbers: Vec<u64> = (0..count).collect();
    for some in numbers.chunks(AT_ONCE) {
        let clients = some.iter().map(|_| {
            let (way, request) = (way.clone(), request.clone());
            tokio::spawn(async move {
                let mut client = Client::connect(&way).await?;
                client.until_first_event(&request).await?;
                Ok::<_, anyhow::Error>(client)
            })
        });
        for client in clients.collect::<Vec<_>>() {
            all.push(client.await.context("a client panicked")??);
        }
    }
    Ok(all)
}
