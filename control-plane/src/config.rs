//! Configuration: one struct a section, checked before anything is opened.

use std::{net::SocketAddr, path::PathBuf};

use countersign_store::WebSessionLimits;
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    auth::SESSION_LIMITS,
    oidc::{OidcConfig, OidcConfigError},
};

/// What the control plane is told. Every key may be left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where the key, the first admin's token and the SQLite database are kept.
    pub data_dir: PathBuf,
    /// Where people and edges reach it, such as `https://countersign.example.com`; the listening
    /// address where absent.
    pub public_url: Option<String>,
    /// `postgres://…` or `sqlite:…`; a SQLite file in the data folder where absent.
    pub database_url: Option<SecretString>,
    /// The certificate to serve with.
    pub tls: Option<TlsConfig>,
    /// Whether a proxy that people reach by HTTPS stands in front: plain HTTP is then served beyond
    /// this machine, and the client's address is the last one in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Seconds that a signed bundle is good for: how long an edge goes on enforcing it without the
    /// control plane. From 60 to 2,592,000.
    pub bundle_seconds: u32,
    /// Whether data documents may be fetched from private and local addresses.
    pub pull_private_addresses: bool,
    /// The identity provider by which people sign in.
    pub oidc: Option<OidcConfig>,
    /// Whether one-time links sign people in: where absent, they do until there is an identity
    /// provider. Turned on again, they are the way in when the provider is not.
    pub allow_sign_in_links: Option<bool>,
    /// How long sessions in the dashboard last.
    pub sessions: SessionConfig,
}

/// How long sessions in the dashboard last.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// Seconds without a request after which a session is over. From 300 to 604,800.
    pub idle_seconds: u32,
    /// Seconds after which it is over in any case. From 300 to 2,592,000.
    pub absolute_seconds: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        let seconds = |millis: i64| u32::try_from(millis / 1000).unwrap_or(u32::MAX);
        Self {
            idle_seconds: seconds(SESSION_LIMITS.idle_millis),
            absolute_seconds: seconds(SESSION_LIMITS.absolute_millis),
        }
    }
}

impl SessionConfig {
    /// The same in milliseconds.
    pub(crate) fn limits(self) -> WebSessionLimits {
        WebSessionLimits {
            idle_millis: i64::from(self.idle_seconds) * 1000,
            absolute_millis: i64::from(self.absolute_seconds) * 1000,
        }
    }

    fn check(self) -> Result<(), ConfigError> {
        let fits = (300..=604_800).contains(&self.idle_seconds)
            && (300..=2_592_000).contains(&self.absolute_seconds);
        if fits {
            Ok(())
        } else {
            Err(ConfigError::Sessions)
        }
    }
}

/// A certificate with its key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// The configuration contradicts itself; the message names the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// People's cookies and edges' tokens would cross the network in the clear.
    #[error(
        "listen: {0} is reachable from other machines; set tls.certificate and tls.key, or \
         behind_proxy = true where a proxy speaks HTTPS"
    )]
    PlainHttp(SocketAddr),
    /// It is no URL that a browser could open.
    #[error("public_url: must begin with http:// or https://, without a path")]
    PublicUrl,
    /// Too short to survive a pause of the control plane, or too long to mean anything.
    #[error("bundle_seconds: must be from 60 to 2592000")]
    BundleSeconds,
    /// So short that nobody could work, or so long that nobody signs in again.
    #[error(
        "sessions: idle_seconds must be from 300 to 604800, absolute_seconds from 300 to 2592000"
    )]
    Sessions,
    /// The identity provider's section contradicts itself.
    #[error(transparent)]
    Oidc(#[from] OidcConfigError),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7400)),
            data_dir: PathBuf::from("countersign-data"),
            public_url: None,
            database_url: None,
            tls: None,
            behind_proxy: false,
            bundle_seconds: 24 * 60 * 60,
            pull_private_addresses: false,
            oidc: None,
            allow_sign_in_links: None,
            sessions: SessionConfig::default(),
        }
    }
}

impl Config {
    /// Finds what contradicts itself.
    ///
    /// # Errors
    /// Names the first key at fault.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() && self.tls.is_none() && !self.behind_proxy {
            return Err(ConfigError::PlainHttp(self.listen));
        }
        if let Some(url) = &self.public_url {
            let host = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"))
                .ok_or(ConfigError::PublicUrl)?;
            let host = host.strip_suffix('/').unwrap_or(host);
            if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
                return Err(ConfigError::PublicUrl);
            }
        }
        if !(60..=2_592_000).contains(&self.bundle_seconds) {
            return Err(ConfigError::BundleSeconds);
        }
        self.sessions.check()?;
        if let Some(oidc) = &self.oidc {
            oidc.check()?;
        }
        Ok(())
    }

    /// Whether one-time links sign people in.
    pub(crate) fn sign_in_links(&self) -> bool {
        self.allow_sign_in_links.unwrap_or(self.oidc.is_none())
    }

    /// Where people and edges reach the control plane, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        if let Some(url) = &self.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        if self.listen.ip().is_unspecified() {
            format!("{scheme}://localhost:{}", self.listen.port())
        } else {
            format!("{scheme}://{}", self.listen)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config::default();
        change(&mut config);
        config
    }

    #[test]
    fn contradictions_are_named() {
        let everywhere = SocketAddr::from(([0, 0, 0, 0], 7400));
        let cases = [
            ("the default", config(|_| ()), Ok(())),
            (
                "plain HTTP beyond this machine",
                config(|c| c.listen = everywhere),
                Err(ConfigError::PlainHttp(everywhere)),
            ),
            (
                "plain HTTP behind a proxy",
                config(|c| {
                    c.listen = everywhere;
                    c.behind_proxy = true;
                }),
                Ok(()),
            ),
            (
                "a URL with a path",
                config(|c| c.public_url = Some("https://example.com/countersign".to_owned())),
                Err(ConfigError::PublicUrl),
            ),
            (
                "no URL",
                config(|c| c.public_url = Some("example.com".to_owned())),
                Err(ConfigError::PublicUrl),
            ),
            (
                "a bundle that ends at once",
                config(|c| c.bundle_seconds = 0),
                Err(ConfigError::BundleSeconds),
            ),
        ];
        for (name, config, expected) in cases {
            assert_eq!(config.check(), expected, "{name}");
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(toml::from_str::<Config>("listen = \"127.0.0.1:1\"").is_ok());
        assert!(toml::from_str::<Config>("lisen = \"127.0.0.1:1\"").is_err());
    }
}
