//! From an accepted socket to a signed-in client: encryption, the startup message, the password.

use std::{io, net::SocketAddr};

use bytes::{BufMut as _, BytesMut};
use futures::FutureExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    ALPN,
    backend::{CancelKey, Report},
    settings::{self, SettingRefused},
    stream::Stream,
    wire::{Reader, WireError},
};
use crate::listen::Tls;

/// The longest startup packet; PostgreSQL's own limit.
const MAX_PACKET: usize = 10_000;
const MAX_PASSWORD: usize = 4_096;

const CANCEL: u32 = 80_877_102;
const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;

/// The first byte of a TLS ClientHello's record.
const TLS_HANDSHAKE: u8 = 0x16;

/// Why a client did not get as far as its password.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartupError {
    #[error("the connection broke")]
    Io(#[from] io::Error),
    /// Closed without an answer: no PostgreSQL client would have sent this.
    #[error("{0}")]
    Violation(&'static str),
    /// A startup message that is not what it should be.
    #[error("the startup message is malformed")]
    Malformed(#[from] WireError),
    /// Answered with the report, then closed.
    #[error("{}", .0.message)]
    Refused(Box<Report>),
}

impl From<Report> for StartupError {
    fn from(report: Report) -> Self {
        Self::Refused(Box::new(report))
    }
}

/// What a connection turned out to be.
#[derive(Debug)]
pub(super) enum Opened {
    /// A client that wants a session.
    Client(Box<Client>),
    /// A request to cancel what a session does; its connection stays open until that has happened.
    Cancel(CancelKey, Stream),
}

/// A client that has said who it is and has not proven it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) stream: Stream,
    pub(super) tls: bool,
    pub(super) startup: Startup,
}

/// A startup message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Startup {
    pub(super) user: String,
    pub(super) database: String,
    pub(super) application: Option<String>,
    /// Settings to pass on to the upstream.
    pub(super) settings: Vec<(String, String)>,
    /// Protocol options that the edge does not know.
    pub(super) unknown_options: Vec<String>,
    /// Whether the client asked for a minor version above 3.0.
    pub(super) newer_minor: bool,
}

/// Reads up to the startup message.
pub(super) async fn open(socket: TcpStream, tls: Option<&Tls>) -> Result<Opened, StartupError> {
    let mut first = [0];
    if socket.peek(&mut first).await? == 1 && first == [TLS_HANDSHAKE] {
        let acceptor = tls.ok_or(StartupError::Violation("TLS is not configured"))?;
        let stream = acceptor.accept(socket).await?;
        if stream.get_ref().1.alpn_protocol() != Some(ALPN) {
            return Err(StartupError::Violation("direct TLS without its ALPN"));
        }
        return read_startup(Stream::TlsServer(Box::new(stream)), true).await;
    }
    negotiate(socket, tls).await
}

/// Answers requests for encryption, each kind once, until the startup message comes.
async fn negotiate(mut socket: TcpStream, tls: Option<&Tls>) -> Result<Opened, StartupError> {
    let (mut asked_ssl, mut asked_gss) = (false, false);
    loop {
        let packet = read_packet(&mut socket).await?;
        match Reader::new(&packet).u32()? {
            SSL if !asked_ssl => {
                asked_ssl = true;
                nothing_behind(&socket, &packet)?;
                let Some(acceptor) = tls else {
                    socket.write_all(b"N").await?;
                    continue;
                };
                socket.write_all(b"S").await?;
                let stream = acceptor.accept(socket).await?;
                return read_startup(Stream::TlsServer(Box::new(stream)), true).await;
            }
            GSS if !asked_gss => {
                asked_gss = true;
                nothing_behind(&socket, &packet)?;
                socket.write_all(b"N").await?;
            }
            SSL | GSS => return Err(StartupError::Violation("asked for encryption twice")),
            _ => return finish(Stream::Tcp(socket), false, &packet).await,
        }
    }
}

/// A request for encryption must be all that has arrived: whatever came with it came unencrypted,
/// perhaps from somebody between.
fn nothing_behind(socket: &TcpStream, packet: &[u8]) -> Result<(), StartupError> {
    let mut byte = [0];
    let behind = matches!(socket.peek(&mut byte).now_or_never(), Some(Ok(1..)));
    if packet.len() != 4 || behind {
        return Err(StartupError::Violation(
            "bytes were sent before the encryption was negotiated",
        ));
    }
    Ok(())
}

async fn read_startup(mut stream: Stream, tls: bool) -> Result<Opened, StartupError> {
    let packet = read_packet(&mut stream).await?;
    finish(stream, tls, &packet).await
}

/// One length-prefixed packet without a type byte; the length is checked first.
async fn read_packet<S>(stream: &mut S) -> Result<BytesMut, StartupError>
where
    S: tokio::io::AsyncRead + Unpin,
{
    let length = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    if !(8..=MAX_PACKET).contains(&length) {
        return Err(StartupError::Violation(
            "a startup packet of impossible length",
        ));
    }
    let mut packet = BytesMut::zeroed(length - 4);
    stream.read_exact(&mut packet).await?;
    Ok(packet)
}

async fn finish(mut stream: Stream, tls: bool, packet: &[u8]) -> Result<Opened, StartupError> {
    let mut reader = Reader::new(packet);
    let code = reader.u32()?;
    if code == CANCEL {
        return Ok(Opened::Cancel(CancelKey::read(reader.rest())?, stream));
    }
    match parse_startup(code, reader.rest()) {
        Ok(startup) => Ok(Opened::Client(Box::new(Client {
            stream,
            tls,
            startup,
        }))),
        Err(StartupError::Refused(report)) => {
            write_report(&mut stream, &report).await?;
            Err(StartupError::Refused(report))
        }
        Err(error) => Err(error),
    }
}

/// Parses the part of a startup message behind its version.
fn parse_startup(version: u32, body: &[u8]) -> Result<Startup, StartupError> {
    let (major, minor) = (version >> 16, version & 0xffff);
    if matches!(version, SSL | GSS) {
        return Err(StartupError::Violation("asked for encryption twice"));
    }
    if major != 3 {
        return Err(Report::fatal(
            "0A000",
            format!("unsupported frontend protocol {major}.{minor}: the edge supports 3.0"),
        )
        .into());
    }
    let mut startup = Startup {
        newer_minor: minor > 0,
        ..Startup::default()
    };
    let mut reader = Reader::new(body);
    loop {
        let name = reader.string()?;
        if name.is_empty() {
            break;
        }
        let value = reader.string()?;
        take_option(&mut startup, name, value)?;
    }
    reader.finish()?;
    if startup.user.is_empty() {
        return Err(Report::fatal("28000", "no user name specified in the startup message").into());
    }
    if startup.database.is_empty() {
        startup.database.clone_from(&startup.user);
    }
    Ok(startup)
}

fn take_option(startup: &mut Startup, name: &str, value: &str) -> Result<(), StartupError> {
    match name {
        "user" => value.clone_into(&mut startup.user),
        "database" => value.clone_into(&mut startup.database),
        "replication" => {
            let off = ["false", "off", "no", "0"];
            if !off.iter().any(|word| word.eq_ignore_ascii_case(value)) {
                return Err(Report::fatal(
                    "0A000",
                    "replication connections are not served by Countersign",
                )
                .into());
            }
        }
        "options" => {
            for (name, value) in settings::parse_options(value).map_err(setting_refused)? {
                take_setting(startup, &name, &value)?;
            }
        }
        _ if name.starts_with("_pq_.") => startup.unknown_options.push(name.to_owned()),
        _ => take_setting(startup, name, value)?,
    }
    Ok(())
}

fn take_setting(startup: &mut Startup, name: &str, value: &str) -> Result<(), StartupError> {
    if let Some(setting) = settings::at_startup(name, value).map_err(setting_refused)? {
        if setting.0 == "application_name" {
            startup.application = Some(setting.1.clone());
        }
        startup.settings.push(setting);
    }
    Ok(())
}

fn setting_refused(refused: SettingRefused) -> StartupError {
    let code = match refused {
        SettingRefused::Encoding(_) => "22023",
        SettingRefused::NotAllowed(_) => "42501",
        SettingRefused::Options => "08P01",
    };
    Report::fatal(code, refused.to_string()).into()
}

/// Asks for the password and returns it.
pub(super) async fn ask_password(stream: &mut Stream) -> Result<Vec<u8>, StartupError> {
    const CLEARTEXT: u32 = 3;
    let mut out = BytesMut::new();
    super::backend::write_authentication(&mut out, CLEARTEXT);
    stream.write_all(&out).await?;
    stream.flush().await?;
    if stream.read_u8().await? != b'p' {
        return Err(StartupError::Violation("something other than a password"));
    }
    let length = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    if !(5..=MAX_PASSWORD).contains(&length) {
        return Err(StartupError::Violation("a password of impossible length"));
    }
    let mut body = vec![0; length - 4];
    stream.read_exact(&mut body).await?;
    if body.pop() != Some(0) || body.contains(&0) {
        return Err(StartupError::Violation("a password that is not one string"));
    }
    Ok(body)
}

/// Whether a password may come over this connection.
pub(super) fn may_ask_password(tls: bool, client: SocketAddr, allow_cleartext: bool) -> bool {
    tls || allow_cleartext || client.ip().to_canonical().is_loopback()
}

pub(super) async fn write_report(stream: &mut Stream, report: &Report) -> io::Result<()> {
    let mut out = BytesMut::new();
    report.write(&mut out);
    stream.write_all(&out).await?;
    stream.flush().await?;
    stream.shutdown().await
}

/// A CancelRequest, as the edge sends it to an upstream.
pub(super) fn cancel_packet(key: CancelKey) -> BytesMut {
    let mut out = BytesMut::with_capacity(16);
    out.put_u32(16);
    out.put_u32(CANCEL);
    out.put_u32(key.process);
    out.put_u32(key.secret);
    out
}

/// An SSLRequest, as the edge sends it to an upstream.
pub(super) fn ssl_packet() -> BytesMut {
    let mut out = BytesMut::with_capacity(8);
    out.put_u32(8);
    out.put_u32(SSL);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const V3: u32 = 3 << 16;

    #[test]
    fn a_startup_message_is_read_whole() {
        let body = b"user\0ada\0database\0shop\0application_name\0psql\0client_encoding\0UTF8\0options\0-c statement_timeout=5s\0\0";
        let startup = parse_startup(V3, body).expect("parses");
        assert_eq!(
            (startup.user.as_str(), startup.database.as_str()),
            ("ada", "shop")
        );
        assert_eq!(startup.application.as_deref(), Some("psql"));
        assert_eq!(startup.settings.len(), 2);
        assert!(!startup.newer_minor);
        assert!(matches!(
            parse_startup(V3, &body[..body.len() - 1]),
            Err(StartupError::Malformed(WireError::Truncated))
        ));
        let mut more = body.to_vec();
        more.push(0);
        assert!(matches!(
            parse_startup(V3, &more),
            Err(StartupError::Malformed(WireError::Trailing))
        ));
    }

    #[test]
    fn what_is_not_served_is_refused_by_code() {
        let cases: &[(u32, &[u8], &str)] = &[
            (2 << 16, b"\0", "0A000"),
            (V3, b"user\0a\0replication\0database\0\0", "0A000"),
            (V3, b"database\0a\0\0", "28000"),
            (V3, b"user\0a\0client_encoding\0SJIS\0\0", "22023"),
            (V3, b"user\0a\0options\0-c search_path=evil\0\0", "42501"),
            (V3, b"user\0a\0session_authorization\0postgres\0\0", "42501"),
        ];
        for (version, body, code) in cases {
            let Err(StartupError::Refused(report)) = parse_startup(*version, body) else {
                panic!("{code} expected");
            };
            assert_eq!((report.code, report.severity), (*code, "FATAL"));
        }
    }

    #[test]
    fn newer_minors_and_options_are_negotiated_away() {
        let startup = parse_startup(V3 + 2, b"user\0a\0_pq_.x\0on\0\0").expect("parses");
        assert!(startup.newer_minor);
        assert_eq!(startup.unknown_options, ["_pq_.x"]);
        assert_eq!(startup.database, "a");
    }

    #[test]
    fn passwords_come_over_loopback_or_tls() {
        let near = "127.0.0.1:1".parse().expect("address");
        let far = "192.0.2.1:1".parse().expect("address");
        assert!(may_ask_password(false, near, false));
        assert!(!may_ask_password(false, far, false));
        assert!(may_ask_password(true, far, false));
        assert!(may_ask_password(false, far, true));
    }
}
