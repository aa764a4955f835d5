//! A server on a thread of its own: it answers while its owner waits for other programs.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinSet,
};

use super::message::{Content, Head, HttpAnswer, HttpRequest};

type Answers = dyn Fn(&HttpRequest) -> HttpAnswer + Send + Sync;

/// A running server. Ends when dropped.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    got: Arc<Mutex<Vec<HttpRequest>>>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl HttpServer {
    /// Starts one on a free port of the loopback address.
    pub fn start(
        answer: impl Fn(&HttpRequest) -> HttpAnswer + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .context("no free port on the loopback address")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let got = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("no runtime for a server")?;
        let serving = Serving {
            got: Arc::clone(&got),
            answer: Arc::new(answer),
        };
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    _ = serving.accept(listener) => {}
                    _ = ended => {}
                }
            });
        });
        Ok(Self {
            address,
            got,
            end: Some(end),
            thread: Some(thread),
        })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it got so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.got
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Clone)]
struct Serving {
    got: Arc<Mutex<Vec<HttpRequest>>>,
    answer: Arc<Answers>,
}

impl Serving {
    async fn accept(self, listener: std::net::TcpListener) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await?;
            while connections.try_join_next().is_some() {}
            connections.spawn(self.clone().serve(stream));
        }
    }

    /// Serves a connection until the client leaves or sends what is no request.
    async fn serve(self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut bytes = Vec::new();
        loop {
            let request = match read(&mut stream, &mut bytes).await? {
                Ok(Some(request)) => request,
                Ok(None) => return Ok(()),
                Err(problem) => {
                    let body = serde_json::json!({ "error": { "message": problem } });
                    return write(&mut stream, HttpAnswer::json(400, &body)).await;
                }
            };
            let last = request.header("connection").is_some_and(|it| it == "close");
            let answer = (self.answer)(&request);
            self.got
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(request);
            write(&mut stream, answer).await?;
            if last {
                return Ok(());
            }
        }
    }
}

/// The next request; none when the client has left between two.
async fn read(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
) -> io::Result<Result<Option<HttpRequest>, &'static str>> {
    let head = loop {
        match Head::parse(bytes) {
            Ok(Some(head)) => break head,
            Ok(None) => {}
            Err(problem) => return Ok(Err(problem)),
        }
        if stream.read_buf(bytes).await? == 0 {
            let clean = bytes.is_empty();
            return Ok(clean.then_some(None).ok_or("it ends in its head"));
        }
    };
    if head.header("transfer-encoding").is_some() {
        return Ok(Err("bodies come with their length"));
    }
    let length = match head.content_length() {
        Ok(length) => length.unwrap_or(0),
        Err(problem) => return Ok(Err(problem)),
    };
    bytes.drain(..head.length);
    while bytes.len() < length {
        if stream.read_buf(bytes).await? == 0 {
            return Ok(Err("it ends in its body"));
        }
    }
    let body = bytes.drain(..length).collect();
    let [method, path, _] = head.start;
    Ok(Ok(Some(HttpRequest {
        method,
        path,
        headers: head.headers,
        body,
    })))
}

async fn write(stream: &mut TcpStream, answer: HttpAnswer) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} -\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match answer.body {
        Content::Whole(body) => {
            head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
            let mut message = head.into_bytes();
            message.extend(body);
            stream.write_all(&message).await
        }
        Content::Pieces(pieces) => {
            head.push_str("transfer-encoding: chunked\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            for piece in pieces {
                let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
                chunk.extend(piece);
                chunk.extend(b"\r\n");
                stream.write_all(&chunk).await?;
                // Readers see the pieces one by one.
                tokio::task::yield_now().await;
            }
            stream.write_all(b"0\r\n\r\n").await
        }
    }
}
