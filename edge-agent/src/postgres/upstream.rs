//! The edge's own connections to a target's server: sign-in, cancel requests, and small queries for
//! the catalog.

use std::{io, path::Path, sync::Arc, time::Duration};

use bytes::{Buf as _, BufMut as _, BytesMut};
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use rustls::pki_types::ServerName;
use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{
    ALPN,
    backend::{CancelKey, Fields, TxStatus},
    budget::{Budget, BudgetExhausted},
    frame::{FrameError, Front, MAX_UPSTREAM_MESSAGE, front},
    frontend, settings, startup,
    stream::{Channel, Stream},
    wire::{Reader, WireError, message, put_string},
};
use crate::{
    config,
    listen::{TlsError, connector},
};

/// How long connecting and signing in may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The upstream cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpstreamError {
    #[error("the connection failed")]
    Io(#[from] io::Error),
    #[error("no answer within {} s", CONNECT_LIMIT.as_secs())]
    Timeout,
    #[error("the server does not offer TLS")]
    NoTls,
    #[error("the server asks for a way to sign in that the edge does not use (code {0})")]
    Authentication(u32),
    #[error("the server did not prove that it knows the password")]
    Scram,
    #[error("the server refused: {message} ({code})")]
    Refused { code: String, message: String },
    #[error("the server sent something unexpected")]
    Wire(#[from] WireError),
    #[error("the server sent an impossible message")]
    Frame(#[from] FrameError),
    #[error("the server broke the protocol")]
    Protocol,
    #[error("a row does not fit in memory")]
    Budget(#[from] BudgetExhausted),
}

/// Where a target is and how the edge signs in to it.
#[derive(Clone)]
pub(super) struct Upstream {
    config: config::PostgresUpstream,
    tls: Option<TlsConnector>,
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Upstream").field(&self.config.host).finish()
    }
}

/// How far SCRAM-SHA-256 has come. The server has to prove itself too, before it may say yes.
#[derive(Default)]
enum Scram {
    #[default]
    None,
    Running(Box<ScramSha256>),
    Proven,
}

/// A signed-in connection, ready for a query.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) channel: Channel,
    /// What the server reported of its settings.
    pub(super) parameters: Vec<(String, String)>,
    /// The server's own cancel key; never told to a client.
    pub(super) key: CancelKey,
}

impl Upstream {
    pub(super) fn new(config: config::PostgresUpstream) -> Result<Self, TlsError> {
        let tls = match (config.tls, &config.tls_ca) {
            (config::UpstreamTls::Require, Some(ca)) => Some(connector(ca, ALPN)?),
            _ => None,
        };
        Ok(Self { config, tls })
    }

    /// Connects and signs in, with the client's settings on top of the pinned ones.
    pub(super) async fn connect(
        &self,
        settings: &[(String, String)],
        budget: &Arc<Budget>,
    ) -> Result<Connected, UpstreamError> {
        timeout(CONNECT_LIMIT, async {
            let mut channel = Channel::new(self.dial().await?, budget);
            self.write_startup(&mut channel.output, settings);
            self.sign_in(channel).await
        })
        .await
        .unwrap_or(Err(UpstreamError::Timeout))
    }

    /// Asks the server to cancel what the session with `key` does; returns when the server has
    /// passed it on.
    pub(super) async fn cancel(&self, key: CancelKey) -> Result<(), UpstreamError> {
        timeout(CONNECT_LIMIT, async {
            let mut stream = self.dial().await?;
            stream.write_all(&startup::cancel_packet(key)).await?;
            stream.flush().await?;
            // The server closes the connection behind the signal. Some reset it; both will do.
            let _ = stream.read(&mut [0]).await;
            Ok(())
        })
        .await
        .unwrap_or(Err(UpstreamError::Timeout))
    }

    async fn dial(&self) -> Result<Stream, UpstreamError> {
        let (host, port) = (self.config.host.as_str(), self.config.port);
        if host.starts_with('/') {
            let path = Path::new(host).join(format!(".s.PGSQL.{port}"));
            return Ok(Stream::Unix(UnixStream::connect(path).await?));
        }
        let mut socket = TcpStream::connect((host, port)).await?;
        socket.set_nodelay(true)?;
        let Some(connector) = &self.tls else {
            return Ok(Stream::Tcp(socket));
        };
        socket.write_all(&startup::ssl_packet()).await?;
        if socket.read_u8().await? != b'S' {
            return Err(UpstreamError::NoTls);
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| UpstreamError::NoTls)?;
        let stream = connector.connect(name, socket).await?;
        Ok(Stream::TlsClient(Box::new(stream)))
    }

    fn write_startup(&self, out: &mut BytesMut, settings: &[(String, String)]) {
        let start = out.len();
        out.put_u32(0);
        out.put_u32(3 << 16);
        let fixed = [
            ("user", self.config.user.as_str()),
            ("database", self.config.database.as_str()),
        ];
        let pairs = settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        // The pinned settings come last: the last of two equal names wins.
        for (name, value) in fixed
            .into_iter()
            .chain(pairs)
            .chain(settings::UPSTREAM.iter().copied())
        {
            put_string(out, name);
            put_string(out, value);
        }
        out.put_u8(0);
        super::wire::set_length(out, start, out.len() - start);
    }

    async fn sign_in(&self, mut channel: Channel) -> Result<Connected, UpstreamError> {
        let mut scram = Scram::default();
        let mut parameters = Vec::new();
        let mut key = CancelKey {
            process: 0,
            secret: 0,
        };
        let mut proven = false;
        loop {
            let (tag, body) = next(&mut channel).await?;
            match tag {
                b'R' => proven |= self.authenticate(&body, &mut scram, &mut channel.output)?,
                b'S' if proven => {
                    let mut reader = Reader::new(&body);
                    let (name, value) = (reader.string()?, reader.string()?);
                    parameters.push((name.to_owned(), value.to_owned()));
                }
                b'K' if proven => key = CancelKey::read(&body)?,
                b'N' => {}
                b'Z' if proven => break,
                b'E' => return Err(refused(&body)?),
                _ => return Err(UpstreamError::Protocol),
            }
        }
        Ok(Connected {
            channel,
            parameters,
            key,
        })
    }

    /// One step of SCRAM-SHA-256; true when the server has let the edge in. A password in any
    /// weaker form is not sent. A server that asks for none at all is the operator's choice.
    fn authenticate(
        &self,
        body: &[u8],
        scram: &mut Scram,
        out: &mut BytesMut,
    ) -> Result<bool, UpstreamError> {
        const OK: u32 = 0;
        const SASL: u32 = 10;
        const SASL_CONTINUE: u32 = 11;
        const SASL_FINAL: u32 = 12;
        let mut reader = Reader::new(body);
        match (reader.u32()?, &mut *scram) {
            (OK, Scram::None | Scram::Proven) => return Ok(true),
            (OK, Scram::Running(_)) => return Err(UpstreamError::Scram),
            (SASL, Scram::None) => {
                if !offers_scram(reader)? {
                    return Err(UpstreamError::Authentication(SASL));
                }
                let password = self.config.password.expose_secret().as_bytes();
                let started = ScramSha256::new(password, ChannelBinding::unsupported());
                message(out, b'p', |out| {
                    put_string(out, SCRAM_SHA_256);
                    super::wire::put_value(out, Some(started.message()));
                });
                *scram = Scram::Running(Box::new(started));
            }
            (SASL_CONTINUE, Scram::Running(running)) => {
                let step = running.update(reader.rest());
                step.map_err(|_| UpstreamError::Scram)?;
                message(out, b'p', |out| out.put_slice(running.message()));
            }
            (SASL_FINAL, Scram::Running(running)) => {
                let end = running.finish(reader.rest());
                end.map_err(|_| UpstreamError::Scram)?;
                *scram = Scram::Proven;
            }
            (code, _) => return Err(UpstreamError::Authentication(code)),
        }
        Ok(false)
    }
}

fn offers_scram(mut reader: Reader<'_>) -> Result<bool, WireError> {
    let mut found = false;
    loop {
        match reader.string()? {
            "" => return Ok(found),
            mechanism => found |= mechanism == SCRAM_SHA_256,
        }
    }
}

fn refused(body: &[u8]) -> Result<UpstreamError, WireError> {
    let fields = Fields::parse(body)?;
    Ok(UpstreamError::Refused {
        code: fields.sqlstate().to_owned(),
        message: fields.get(b'M').unwrap_or_default().to_owned(),
    })
}

/// The next message, after everything to be written is written.
async fn next(channel: &mut Channel) -> Result<(u8, BytesMut), UpstreamError> {
    channel.drain().await?;
    loop {
        let size = match front(&channel.input, MAX_UPSTREAM_MESSAGE)? {
            Front::Frame(frame) => {
                let (tag, size) = (frame.tag, frame.raw.len());
                let mut body = channel.input.split_to(size);
                body.advance(5);
                return Ok((tag, body));
            }
            Front::Incomplete(size) => size,
        };
        channel.expect(size)?;
        if channel.fill().await? == 0 {
            return Err(UpstreamError::Io(io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

impl Connected {
    /// Runs one query of the edge's own and collects its rows in text form.
    pub(super) async fn rows(
        &mut self,
        query: &str,
    ) -> Result<Vec<Vec<Option<String>>>, UpstreamError> {
        frontend::write_query(&mut self.channel.output, query);
        let mut rows = Vec::new();
        let mut error = None;
        loop {
            let (tag, body) = next(&mut self.channel).await?;
            match tag {
                b'D' => rows.push(text_row(&body)?),
                b'E' => error = Some(refused(&body)?),
                b'Z' => {
                    TxStatus::parse(&body)?;
                    return error.map_or(Ok(rows), Err);
                }
                b'T' | b'C' | b'N' | b'S' | b'A' | b'I' => {}
                _ => return Err(UpstreamError::Protocol),
            }
        }
    }
}

fn text_row(body: &[u8]) -> Result<Vec<Option<String>>, WireError> {
    let mut reader = Reader::new(body);
    let count = reader.u16()?;
    let mut row = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let value = reader.value()?;
        let text = value
            .map(|bytes| std::str::from_utf8(bytes).map(str::to_owned))
            .transpose()
            .map_err(|_| WireError::NotUtf8)?;
        row.push(text);
    }
    reader.finish()?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scram_must_be_offered() {
        assert_eq!(
            offers_scram(Reader::new(b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")),
            Ok(true)
        );
        assert_eq!(offers_scram(Reader::new(b"OTHER\0\0")), Ok(false));
        assert!(offers_scram(Reader::new(b"OTHER\0")).is_err());
    }

    #[test]
    fn the_pinned_settings_come_last() {
        let upstream = Upstream::new(config::PostgresUpstream {
            host: "h".into(),
            port: 5432,
            database: "d".into(),
            user: "u".into(),
            password: "p".to_owned().into(),
            tls: config::UpstreamTls::Disable,
            tls_ca: None,
        })
        .expect("no TLS to set up");
        let mut out = BytesMut::new();
        upstream.write_startup(&mut out, &[("timezone".into(), "UTC".into())]);
        let text = String::from_utf8_lossy(&out);
        let timezone = text.find("timezone").expect("passed on");
        let pinned = text.find("search_path").expect("pinned");
        assert!(timezone < pinned);
    }
}
