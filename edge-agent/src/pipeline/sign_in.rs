//! From a name and a secret to a principal, or a refusal.

use std::{net::SocketAddr, time::Duration};

/// What a client says when it signs in.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// The protocol's name: `postgres`.
    pub protocol: &'static str,
    /// Where the client connects from.
    pub client: SocketAddr,
    /// Whether its connection is encrypted.
    pub tls: bool,
    /// The principal's name.
    pub principal: &'a str,
    /// The credential's secret.
    pub secret: Secret<'a>,
    /// The target's name.
    pub target: &'a str,
    /// What the client calls itself, where it does.
    pub application: Option<&'a str>,
}

/// A secret on its way to the check; never printed.
#[derive(Clone, Copy)]
pub struct Secret<'a>(pub &'a [u8]);

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a client may not sign in. `Display` is what the client is told: it never says whether the
/// name or the secret was wrong; the journal does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SignInRefused {
    /// `unknown_principal`, `bad_credential`, `expired_credential`, `unknown_target`,
    /// `too_many_attempts`, `bundle_expired`, `journal_unavailable`.
    pub code: &'static str,
    /// In words, for the client.
    pub message: String,
    /// How long to wait before the client is answered; rises with refusals from the same address.
    pub delay: Duration,
}

impl SignInRefused {
    /// Whether the refusal is about who the client is (PostgreSQL: `28P01`), rather than about the
    /// target or the edge itself.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        matches!(
            self.code,
            "unknown_principal" | "bad_credential" | "expired_credential" | "too_many_attempts"
        )
    }
}
