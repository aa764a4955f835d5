//! A socket, encrypted or not, with its buffers.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::{client, server};
use tokio_util::io::poll_read_buf;

use super::budget::{Budget, BudgetExhausted, Share};

/// What every connection has without asking the budget, in each direction.
const BASE: usize = 16 << 10;

/// A connection to a client or an upstream.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    TlsServer(Box<server::TlsStream<TcpStream>>),
    TlsClient(Box<client::TlsStream<TcpStream>>),
}

macro_rules! each {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Tcp($stream) => $call,
            Stream::Unix($stream) => $call,
            Stream::TlsServer($stream) => $call,
            Stream::TlsClient($stream) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

/// A stream with what was read and not used, and what is to be written.
#[derive(Debug)]
pub(super) struct Channel {
    stream: Stream,
    /// Read, not used yet.
    pub(super) input: BytesMut,
    /// To be written.
    pub(super) output: BytesMut,
    /// Whether the peer will send nothing more.
    pub(super) ended: bool,
    dirty: bool,
    input_share: Share,
    output_share: Share,
}

impl Channel {
    pub(super) fn new(stream: Stream, budget: &std::sync::Arc<Budget>) -> Self {
        Self {
            stream,
            input: BytesMut::with_capacity(BASE),
            output: BytesMut::with_capacity(BASE),
            ended: false,
            dirty: false,
            input_share: budget.share(),
            output_share: budget.share(),
        }
    }

    /// Makes room so that a message of `size` bytes fits, out of the budget.
    pub(super) fn expect(&mut self, size: usize) -> Result<(), BudgetExhausted> {
        if size > self.input.capacity() {
            self.input_share.resize(size.saturating_sub(BASE))?;
            self.input.reserve(size - self.input.len());
        }
        Ok(())
    }

    /// Accounts for the output's size, and gives back what neither buffer needs any more.
    pub(super) fn settle(&mut self) -> Result<(), BudgetExhausted> {
        if self.input.is_empty() && self.input.capacity() > 4 * BASE {
            self.input = BytesMut::with_capacity(BASE);
            self.input_share.resize(0)?;
        }
        if self.output.is_empty() && self.output.capacity() > 4 * BASE {
            self.output = BytesMut::with_capacity(BASE);
        }
        self.output_share
            .resize(self.output.capacity().saturating_sub(4 * BASE))
    }

    /// Reads once; ready with the number of bytes, 0 at the end of the stream.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.input.capacity() - self.input.len() < BASE / 4 {
            self.input.reserve(BASE);
        }
        let count = ready!(poll_read_buf(
            Pin::new(&mut self.stream),
            cx,
            &mut self.input
        ))?;
        self.ended |= count == 0;
        Poll::Ready(Ok(count))
    }

    /// Writes as much as the socket takes; ready when all is written.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.output))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.output.advance(count);
            self.dirty = true;
        }
        if self.dirty {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.dirty = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads once.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        std::future::poll_fn(|cx| self.poll_fill(cx)).await
    }

    /// Writes everything.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_drain(cx)).await
    }

    /// Says that nothing more will be written.
    pub(super) async fn shut(&mut self) {
        // The peer may be gone already; there is nothing to tell anyone then.
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut self.stream).await;
    }
}
