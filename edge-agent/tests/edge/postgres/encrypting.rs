//! TLS on both sides.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use countersign_edge_agent::config::UpstreamTls;
use countersign_test_support::{Postgres, PostgresOptions};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::OnceCell,
};
use tokio_rustls::TlsConnector;

use crate::postgres::{
    raw::{Raw, query, startup},
    world::World,
};

const SSL: &[u8] = b"\0\0\0\x08\x04\xd2\x16\x2f";

/// A certificate for localhost and 127.0.0.1, its key, and the authority that signed it: made for
/// these tests, of no use anywhere else.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/edge/postgres/tls")
        .join(name)
}

/// A server that takes TLS.
async fn encrypted_server() -> &'static Postgres {
    static SERVER: OnceCell<Postgres> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            let folder = tempfile::Builder::new()
                .prefix(&format!("countersign-pg-{}-tls-", std::process::id()))
                .tempdir()
                .expect("a folder")
                .keep();
            for name in ["server.pem", "server.key"] {
                let copy = folder.join(name);
                fs::copy(fixture(name), &copy).expect("copied");
                fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).expect("private");
            }
            let file = |name: &str| folder.join(name).display().to_string();
            let settings = vec![
                ("ssl".to_owned(), "on".to_owned()),
                ("ssl_cert_file".to_owned(), file("server.pem")),
                ("ssl_key_file".to_owned(), file("server.key")),
            ];
            Postgres::start_with(PostgresOptions {
                folder: Some(folder),
                settings,
                ..PostgresOptions::default()
            })
            .await
            .expect("a server")
        })
        .await
}

async fn encrypted_world(ca: PathBuf) -> World {
    World::with(&[], encrypted_server().await, |config| {
        config.postgres.tls_certificate = Some(fixture("server.pem"));
        config.postgres.tls_key = Some(fixture("server.key"));
        let upstream = crate::support::shop_server(config);
        upstream.tls = UpstreamTls::Require;
        upstream.tls_ca = Some(ca);
    })
    .await
}

fn connector(alpn: Option<&[u8]>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(fixture("ca.pem")).expect("read");
    roots.add(ca).expect("added");
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

fn localhost() -> ServerName<'static> {
    ServerName::try_from("localhost").expect("a name")
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_are_encrypted() {
    let world = encrypted_world(fixture("ca.pem")).await;
    let mut socket = TcpStream::connect(world.address).await.expect("connects");
    socket.write_all(SSL).await.expect("asked");
    assert_eq!(socket.read_u8().await.expect("answered"), b'S');
    let stream = connector(None)
        .connect(localhost(), socket)
        .await
        .expect("TLS");
    let mut raw = Raw::over(stream);
    raw.sign_in().await;
    raw.send(&query(
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    ))
    .await;
    let answers = raw.until_ready().await;
    assert_eq!(&answers[1].body[6..], b"t");

    // TLS from the first byte on, with the protocol's name in it and without.
    let socket = TcpStream::connect(world.address).await.expect("connects");
    let direct = connector(Some(b"postgresql"));
    let stream = direct.connect(localhost(), socket).await.expect("TLS");
    let mut raw = Raw::over(stream);
    raw.sign_in().await;
    let socket = TcpStream::connect(world.address).await.expect("connects");
    let nameless = connector(None).connect(localhost(), socket).await;
    if let Ok(stream) = nameless {
        let mut raw = Raw::over(stream);
        raw.send(&startup(&[("user", "agent")])).await;
        assert_eq!(raw.next().await, None);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_before_the_handshake_close_the_connection() {
    let world = encrypted_world(fixture("ca.pem")).await;
    let mut raw = Raw::open(world.address).await;
    let with_more = [SSL, &startup(&[("user", "agent"), ("database", "shop")])].concat();
    raw.send(&with_more).await;
    assert_eq!(raw.byte().await, None);
    world.end().await;
}
