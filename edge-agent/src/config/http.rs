//! What the HTTP listener and the upstreams behind it are configured with.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{ConfigError, require};

/// `[http]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// The address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// PEM file with the certificate chain; goes with `tls_key`.
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the private key.
    pub tls_key: Option<PathBuf>,
    /// Whether credentials may come over an unencrypted connection from another machine.
    pub allow_cleartext_credentials: bool,
    /// Client connections at a time.
    pub max_connections: usize,
    /// Bytes that a request's body may have.
    pub max_body_bytes: usize,
    /// The URL by which clients know this listener; made of `listen` where absent.
    pub public_url: Option<String>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 6480)),
            tls_certificate: None,
            tls_key: None,
            allow_cleartext_credentials: false,
            max_connections: 4_096,
            max_body_bytes: 16 << 20,
            public_url: None,
        }
    }
}

impl Http {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        require(
            self.tls_certificate.is_some() == self.tls_key.is_some(),
            "http.tls_key",
            "and `http.tls_certificate` go together",
        )?;
        require(
            self.max_connections > 0,
            "http.max_connections",
            "must be at least 1",
        )?;
        require(
            self.max_body_bytes > 0,
            "http.max_body_bytes",
            "must be at least 1",
        )?;
        let url = self.public_url.as_deref();
        require(
            url.is_none_or(|url| reqwest::Url::parse(url).is_ok_and(|url| url.has_host())),
            "http.public_url",
            "is not a URL",
        )
    }
}

/// `[upstreams.<target>]` with a `url`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpUpstream {
    /// Its base URL; what clients ask for behind the target's name is appended to its path.
    pub url: String,
    /// How the edge signs in. Clients never see it.
    #[serde(default)]
    pub auth: Option<HttpAuth>,
    /// PEM file with the only certificate authority to trust for it; the public ones where absent.
    #[serde(default)]
    pub tls_ca: Option<PathBuf>,
    /// Seconds until the head of its answer must be there.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u64,
    /// Seconds that a client waits for people before it is told to come back.
    #[serde(default = "default_hold")]
    pub hold_seconds: u64,
    /// Bytes that its answer may have where it must be read whole to be masked.
    #[serde(default = "default_answer")]
    pub max_answer_bytes: usize,
    /// Requests a second that each principal may make; no bound where absent.
    #[serde(default)]
    pub requests_per_second: Option<u32>,
    /// JSON or YAML file with its OpenAPI document: policies then see route templates.
    #[serde(default)]
    pub openapi: Option<PathBuf>,
}

const fn default_timeout() -> u64 {
    600
}

const fn default_hold() -> u64 {
    45
}

const fn default_answer() -> usize {
    16 << 20
}

impl HttpUpstream {
    pub(super) fn validate(&self, at: &str) -> Result<(), ConfigError> {
        let url = reqwest::Url::parse(&self.url);
        require(
            url.is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.has_host()
                    && url.query().is_none()
                    && url.username().is_empty()
                    && url.password().is_none()
            }),
            &format!("{at}.url"),
            "is not a base URL such as https://api.example.com/v1 without a user and a query",
        )?;
        for (key, number) in [
            ("timeout_seconds", self.timeout_seconds),
            ("hold_seconds", self.hold_seconds),
        ] {
            let key = format!("{at}.{key}");
            require((1..=3_600).contains(&number), &key, "must be 1 to 3600")?;
        }
        let key = format!("{at}.requests_per_second");
        require(
            self.requests_per_second != Some(0),
            &key,
            "must be at least 1",
        )?;
        match &self.auth {
            Some(auth) => auth.validate(&format!("{at}.auth")),
            None => Ok(()),
        }
    }

    /// How long the head of an answer may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    /// How long a client waits for people.
    #[must_use]
    pub const fn hold(&self) -> Duration {
        Duration::from_secs(self.hold_seconds)
    }
}

/// `[upstreams.<target>.auth]`: a header that the edge sets, from a secret in the file, in a file of
/// its own or in the environment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpAuth {
    /// The header; `authorization` where absent.
    pub header: Option<String>,
    /// What stands before the secret in the header's value: `Bearer`, the default for
    /// `authorization`, or nothing for other headers.
    pub scheme: Option<String>,
    /// The user of HTTP's basic authentication, whose password is the secret.
    pub user: Option<String>,
    /// The secret itself.
    pub secret: Option<SecretString>,
    /// A file whose first line is the secret; read at every start.
    pub secret_file: Option<PathBuf>,
    /// A variable of the environment that holds the secret.
    pub secret_env: Option<String>,
}

impl HttpAuth {
    fn validate(&self, at: &str) -> Result<(), ConfigError> {
        let given = [
            self.secret.is_some(),
            self.secret_file.is_some(),
            self.secret_env.is_some(),
        ];
        let one = given.iter().filter(|given| **given).count() == 1;
        let problem = "needs exactly one of `secret`, `secret_file` and `secret_env`";
        require(one, at, problem)?;
        let both = self.user.is_some() && (self.header.is_some() || self.scheme.is_some());
        require(!both, at, "has a `user` beside a `header` or a `scheme`")?;
        self.name(at).map(drop)
    }

    fn name(&self, at: &str) -> Result<http::HeaderName, ConfigError> {
        let name = self.header.as_deref().unwrap_or("authorization");
        name.parse().map_err(|_| ConfigError::Invalid {
            key: format!("{at}.header"),
            problem: "is no header's name".to_owned(),
        })
    }

    /// The header to set.
    ///
    /// # Errors
    /// When the secret cannot be read or is no header's value.
    pub fn header(&self, at: &str) -> Result<(http::HeaderName, http::HeaderValue), ConfigError> {
        let name = self.name(at)?;
        let secret = self.read(at)?;
        let text = match (&self.user, &self.scheme) {
            (Some(user), _) => basic(user, secret.expose_secret()),
            (None, Some(scheme)) => format!("{scheme} {}", secret.expose_secret()),
            (None, None) if name == http::header::AUTHORIZATION => {
                format!("Bearer {}", secret.expose_secret())
            }
            (None, None) => secret.expose_secret().to_owned(),
        };
        let value = http::HeaderValue::from_str(text.trim());
        let mut value = value.map_err(|_| ConfigError::Invalid {
            key: at.to_owned(),
            problem: "has a secret that cannot stand in a header".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    fn read(&self, at: &str) -> Result<SecretString, ConfigError> {
        if let Some(secret) = &self.secret {
            return Ok(secret.clone());
        }
        if let Some(variable) = &self.secret_env {
            return std::env::var(variable)
                .map(Into::into)
                .map_err(|_| ConfigError::Invalid {
                    key: format!("{at}.secret_env"),
                    problem: format!("names {variable}, which is not in the environment"),
                });
        }
        let path = self.secret_file.as_deref().unwrap_or(Path::new(""));
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(text
            .lines()
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
            .into())
    }
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{user}:{password}");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Upstream};

    fn config(upstream: &str) -> Result<Config, ConfigError> {
        Config::from_toml(&format!(
            "data_dir = \"d\"\n[control_plane]\nurl = \"http://127.0.0.1:1\"\n[http]\n{upstream}"
        ))
    }

    #[test]
    fn an_upstream_with_a_url_speaks_http() {
        let text =
            "[upstreams.llm]\nurl = \"https://api.example.com/v1\"\nauth.secret = \"hunter2\"\n";
        let config = config(text).expect("valid");
        let Some(Upstream::Http(upstream)) = config.upstreams.get("llm") else {
            panic!("HTTP");
        };
        let auth = upstream.auth.as_ref().expect("auth");
        let (name, value) = auth.header("auth").expect("a header");
        assert_eq!(
            (name.as_str(), value.as_bytes()),
            ("authorization", &b"Bearer hunter2"[..])
        );
        assert!(!format!("{config:?}{value:?}").contains("hunter2"));
        let basic = HttpAuth {
            user: Some("u".to_owned()),
            secret: Some("p".to_owned().into()),
            ..HttpAuth::default()
        };
        assert_eq!(basic.header("").expect("a header").1, "Basic dTpw");
        let key = HttpAuth {
            header: Some("x-api-key".to_owned()),
            secret: Some("k".to_owned().into()),
            ..HttpAuth::default()
        };
        assert_eq!(key.header("").expect("a header").1, "k");
    }

    #[test]
    fn errors_name_the_key() {
        let cases = [
            ("upstreams.x.url", "[upstreams.x]\nurl = \"ftp://h\"\n"),
            ("upstreams.x.url", "[upstreams.x]\nurl = \"http://u:p@h\"\n"),
            (
                "upstreams.x.auth",
                "[upstreams.x]\nurl = \"http://h\"\nauth = {}\n",
            ),
            (
                "upstreams.x.auth.header",
                "[upstreams.x]\nurl = \"http://h\"\nauth = { header = \"a b\", secret = \"s\" }\n",
            ),
            (
                "hold_seconds",
                "[upstreams.x]\nurl = \"http://h\"\nhold_seconds = 0\n",
            ),
            ("adress", "[upstreams.x]\nurl = \"http://h\"\nadress = 0\n"),
            ("http.tls_key", "tls_key = \"k\"\n"),
        ];
        for (key, text) in cases {
            let error = config(text).expect_err(key).to_string();
            assert!(error.contains(key), "{key}: {error}");
        }
    }
}
