//! What stands behind a target: its address, the edge's own credential, and a pool of connections.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use countersign_model::PrincipalId;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::routes::Routes;
use crate::config;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const POOL_IDLE: Duration = Duration::from_secs(60);

/// An upstream cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// Its credential cannot be read.
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    /// Its certificate authority cannot be used.
    #[error("cannot use {0} as a certificate authority")]
    Authority(std::path::PathBuf),
    /// The system's certificate authorities cannot be used.
    #[error("cannot use the system's certificate authorities")]
    Platform(#[from] rustls::Error),
    /// Its OpenAPI document cannot be used.
    #[error("cannot use the OpenAPI document {path}: {problem}")]
    Document {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("the upstream did not answer in time")]
    Late,
    #[error("the upstream cannot be reached")]
    Unreachable,
}

/// An upstream that speaks HTTP.
pub(crate) struct Upstream {
    pub(crate) config: config::HttpUpstream,
    /// Without a slash at its end.
    base: String,
    /// As policies see it.
    pub(super) host: Arc<str>,
    auth: Option<(HeaderName, HeaderValue)>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    pub(super) routes: Routes,
    rates: Mutex<HashMap<PrincipalId, Rate>>,
}

/// How many requests a principal may still make.
#[derive(Debug)]
struct Rate {
    left: f64,
    at: Instant,
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upstream")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Upstream {
    pub(super) fn new(name: &str, config: config::HttpUpstream) -> Result<Self, UpstreamError> {
        let auth = match &config.auth {
            Some(auth) => Some(auth.header(&format!("upstreams.{name}.auth"))?),
            None => None,
        };
        let routes = match &config.openapi {
            Some(path) => Routes::read(path).map_err(|problem| UpstreamError::Document {
                path: path.clone(),
                problem,
            })?,
            None => Routes::default(),
        };
        let uri: Option<Uri> = config.url.parse().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
        Ok(Self {
            host: host.into(),
            base: config.url.trim_end_matches('/').to_owned(),
            auth,
            client: client(config.tls_ca.as_deref())?,
            routes,
            rates: Mutex::default(),
            config,
        })
    }

    /// Sends a request; `path` is the target's own, with its query.
    pub(crate) async fn send(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<http::Response<Incoming>, NoAnswer> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .body(Full::new(body))
            .map_err(|_| NoAnswer::Unreachable)?;
        *request.headers_mut() = headers.clone();
        let sent = request.headers_mut();
        sent.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        if let Some((name, value)) = &self.auth {
            sent.insert(name.clone(), value.clone());
        }
        let answer =
            tokio::time::timeout(self.config.timeout(), self.client.request(request)).await;
        match answer {
            // Nobody asked for another protocol; what it says is judged by nobody.
            Ok(Ok(response)) if response.status().is_informational() => Err(NoAnswer::Unreachable),
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                tracing::warn!(connect = error.is_connect(), "an upstream does not answer");
                Err(NoAnswer::Unreachable)
            }
            Err(_) => Err(NoAnswer::Late),
        }
    }

    /// Whether a principal may make one more request now: a bucket that holds a second's worth.
    pub(crate) fn within_rate(&self, principal: PrincipalId) -> bool {
        const MOST: usize = 10_000;
        let Some(per_second) = self.config.requests_per_second.map(f64::from) else {
            return true;
        };
        let now = Instant::now();
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if rates.len() >= MOST {
            // A full bucket is as good as none.
            rates.retain(|_, rate| now.duration_since(rate.at) < Duration::from_secs(1));
        }
        let fresh = Rate {
            left: per_second,
            at: now,
        };
        let rate = rates.entry(principal).or_insert(fresh);
        let gained = now.duration_since(rate.at).as_secs_f64() * per_second;
        rate.left = (rate.left + gained).min(per_second);
        rate.at = now;
        let may = rate.left >= 1.0;
        if may {
            rate.left -= 1.0;
        }
        may
    }
}

fn client(
    ca: Option<&Path>,
) -> Result<Client<HttpsConnector<HttpConnector>, Full<Bytes>>, UpstreamError> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls(ca)?)
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(http);
    Ok(Client::builder(TokioExecutor::new())
        .pool_idle_timeout(POOL_IDLE)
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .build(https))
}

fn tls(ca: Option<&Path>) -> Result<ClientConfig, UpstreamError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let Some(path) = ca else {
        return Ok(builder.with_platform_verifier()?.with_no_client_auth());
    };
    let unusable = || UpstreamError::Authority(path.to_owned());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|_| unusable())? {
        let certificate = certificate.map_err(|_| unusable())?;
        roots.add(certificate).map_err(|_| unusable())?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
