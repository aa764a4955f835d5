//! One client connection: requests one after the other, each read whole, answered, and abandoned when
//! the client goes away.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use countersign_model::TargetKind;
use futures::StreamExt as _;
use http::{Method, StatusCode};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    Request, Shared,
    body::{self, BodyError},
    fault::Fault,
    head::{self, Framing, Head, HeadError},
    response::{self, Body, Response, Sending},
    serve::handle,
};
use crate::pipeline::EndSignal;

/// How long a connection may be silent between requests.
const IDLE: Duration = Duration::from_secs(75);
/// How long a head and a body may take to arrive.
const READING: Duration = Duration::from_secs(120);
/// How long and how much is still read, and thrown away, when a connection is closed.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 64 << 20;
/// What is read at a time while a head is awaited.
const READ: usize = 4 << 10;
/// What most heads of answers have room in.
const HEAD: usize = 512;
/// Bytes of the next requests that are read while one is answered.
const AHEAD: usize = 8 << 10;

/// A client's side of a connection.
pub(super) struct Connection<S> {
    reader: tokio::io::ReadHalf<S>,
    writer: tokio::io::WriteHalf<S>,
    /// What has arrived and was not used.
    buffer: BytesMut,
    client: SocketAddr,
    tls: bool,
    shared: Arc<Shared>,
}

/// What ends a connection without an answer.
struct Gone;

/// A head that is refused, and whose target it names: it is told in that protocol's form.
struct Broken {
    error: HeadError,
    kind: TargetKind,
}

impl From<std::io::Error> for Gone {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    pub(super) fn new(stream: S, client: SocketAddr, tls: bool, shared: Arc<Shared>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            reader,
            writer,
            buffer: BytesMut::new(),
            client,
            tls,
            shared,
        }
    }

    /// Serves requests until the client closes, breaks the protocol, or the edge shuts down.
    pub(super) async fn serve(mut self, shutdown: CancellationToken) {
        loop {
            let head = tokio::select! {
                () = shutdown.cancelled() => return,
                head = self.head() => head,
            };
            let exchanged = match head {
                Ok(Some(head)) => self.exchange(head).await,
                Ok(None) => return,
                Err(broken) => self.refuse(&broken).await,
            };
            match exchanged {
                Ok(true) if !shutdown.is_cancelled() => {}
                _ => {
                    self.close().await;
                    return;
                }
            }
        }
    }

    /// Closes so that the client gets the last answer: a socket that is closed with bytes unread is
    /// reset, and the answer may be lost with it.
    async fn close(&mut self) {
        // The client may be gone already.
        if self.writer.shutdown().await.is_err() {
            return;
        }
        let discard = async {
            let mut left = LINGER_BYTES;
            while left > 0 {
                self.buffer.clear();
                self.buffer.reserve(READ);
                match self.reader.read_buf(&mut self.buffer).await {
                    Ok(read @ 1..) => left = left.saturating_sub(read),
                    _ => return,
                }
            }
        };
        let _ = timeout(LINGER, discard).await;
    }

    /// The next head; `None` when the client has gone, or was silent for too long.
    async fn head(&mut self) -> Result<Option<Head>, Broken> {
        let mut looked = 0;
        loop {
            match head::end(&self.buffer, looked) {
                Ok(Some(end)) => {
                    let bytes = self.buffer.split_to(end);
                    let head = head::parse(&bytes);
                    return head.map(Some).map_err(|error| self.broken(error, &bytes));
                }
                Ok(None) => {}
                Err(error) => return Err(self.broken(error, &self.buffer)),
            }
            looked = self.buffer.len();
            if self.buffer.is_empty() {
                // An idle connection holds no buffer.
                self.buffer = BytesMut::new();
            }
            self.buffer.reserve(READ);
            let read = timeout(IDLE, self.reader.read_buf(&mut self.buffer)).await;
            match read {
                Ok(Ok(1..)) => {}
                _ => return Ok(None),
            }
        }
    }

    fn broken(&self, error: HeadError, head: &[u8]) -> Broken {
        Broken {
            error,
            kind: self.kind_of(head::addressed(head)),
        }
    }

    /// What kind a target is, as far as it is one.
    fn kind_of(&self, target: Option<&str>) -> TargetKind {
        let known = target.and_then(|name| self.shared.pipeline.target_kind(name));
        known.unwrap_or(TargetKind::Http)
    }

    /// Reads the rest of a request and answers it; `true` when another may follow.
    async fn exchange(&mut self, head: Head) -> Result<bool, Gone> {
        let keep_alive = head.keep_alive;
        let sends_body = head.method != Method::HEAD;
        let is_1_1 = head.is_1_1;
        let kind = self.kind_of(head.target.split(['/', '?']).nth(1));
        let request = match self.request(head).await {
            Ok(request) => request,
            Err(BodyError::Io(_)) => return Err(Gone),
            Err(error) => {
                let status = match error {
                    BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
                    BodyError::NoMemory => StatusCode::SERVICE_UNAVAILABLE,
                    BodyError::Chunk | BodyError::Io(_) => StatusCode::BAD_REQUEST,
                };
                self.violation(&error.to_string());
                let fault = Fault::new(status, "bad_request", error.to_string());
                self.write(fault.render(kind), true, true, true).await?;
                return Ok(false);
            }
        };
        // By itself, so that a connection that waits or streams does not hold its room.
        let handled = Box::pin(handle(&self.shared, request));
        let response = tokio::select! {
            response = handled => response,
            () = gone(&mut self.reader, &mut self.buffer) => return Err(Gone),
        };
        self.write(response, sends_body, is_1_1, !keep_alive)
            .await?;
        Ok(keep_alive)
    }

    async fn request(&mut self, head: Head) -> Result<Request, BodyError> {
        let most = self.shared.max_body_bytes;
        let fits = !matches!(head.framing, Framing::Length(length) if length > most as u64);
        if head.expects_continue && fits {
            self.writer
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await?;
            self.writer.flush().await?;
        }
        let mut share = self.shared.budget.share();
        let reading = body::read(
            &mut self.reader,
            &mut self.buffer,
            head.framing,
            most,
            &mut share,
        );
        let body = timeout(READING, reading).await;
        let body = body
            .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))?;
        Ok(Request {
            method: head.method,
            target: head.target,
            headers: head.headers,
            body,
            client: self.client,
            tls: self.tls,
            share,
        })
    }

    /// Answers what is no request, and ends the connection: where the next one begins is not known.
    async fn refuse(&mut self, broken: &Broken) -> Result<bool, Gone> {
        let Broken { error, kind } = broken;
        self.violation(&error.to_string());
        let status = match error {
            HeadError::TooLong => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            HeadError::Version => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            _ => StatusCode::BAD_REQUEST,
        };
        let fault = Fault::new(status, "bad_request", error.to_string());
        self.write(fault.render(*kind), true, true, true).await?;
        Ok(false)
    }

    fn violation(&self, detail: &str) {
        self.shared.pipeline.violation(self.client, detail);
    }

    async fn write(
        &mut self,
        response: Response,
        sends_body: bool,
        is_1_1: bool,
        close: bool,
    ) -> Result<(), Gone> {
        let Response {
            status,
            headers,
            body,
            end,
        } = response;
        let mut out = BytesMut::new();
        if response::is_bodyless(status) || !sends_body {
            response::write_head(&mut out, status, &headers, Sending::Nothing, close);
            return self.send(&out).await;
        }
        match body {
            Body::Full(bytes) => {
                let sending = Sending::Length(bytes.len());
                out.reserve(HEAD + bytes.len());
                response::write_head(&mut out, status, &headers, sending, close);
                out.extend_from_slice(&bytes);
                self.send(&out).await
            }
            Body::Stream(stream) => {
                let (sending, close) = if is_1_1 {
                    (Sending::Chunked, close)
                } else {
                    (Sending::UntilClose, true)
                };
                response::write_head(&mut out, status, &headers, sending, close);
                self.send(&out).await?;
                // A stream may be silent for long: it holds no more than it has to.
                drop((out, headers));
                if self.buffer.is_empty() {
                    self.buffer = BytesMut::new();
                }
                self.stream(stream, sending, end.unwrap_or_default()).await
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.writer.write_all(bytes).await?;
        self.writer.flush().await?;
        Ok(())
    }

    /// Sends a body piece by piece. The next piece is asked for when the one before is written, so
    /// that a slow reader holds up its upstream and nothing grows.
    async fn stream(
        &mut self,
        mut stream: futures::stream::BoxStream<'static, Result<Bytes, response::BrokenOff>>,
        sending: Sending,
        end: EndSignal,
    ) -> Result<(), Gone> {
        let Self {
            reader,
            writer,
            buffer,
            ..
        } = self;
        let sending = async move {
            let mut out = BytesMut::new();
            while let Some(piece) = stream.next().await {
                let piece = piece.map_err(|_| Gone)?;
                if sending == Sending::Chunked {
                    response::write_chunk(&mut out, &piece);
                    writer.write_all(&out).await?;
                    out.clear();
                } else {
                    writer.write_all(&piece).await?;
                }
                writer.flush().await?;
            }
            if sending == Sending::Chunked {
                writer.write_all(response::LAST_CHUNK).await?;
                writer.flush().await?;
            }
            Ok(())
        };
        tokio::select! {
            sent = sending => sent,
            _ = end.ended() => Err(Gone),
            () = gone(reader, buffer) => Err(Gone),
        }
    }
}

/// Ends when the client has closed. What it sends meanwhile is kept for later, up to a bound.
async fn gone<R: AsyncRead + Unpin>(reader: &mut R, buffer: &mut BytesMut) {
    loop {
        if buffer.len() >= AHEAD {
            return std::future::pending().await;
        }
        buffer.reserve(512);
        match reader.read_buf(buffer).await {
            Ok(1..) => {}
            _ => return,
        }
    }
}
