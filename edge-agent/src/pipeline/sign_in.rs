//! From a name and a secret to a session, or a refusal.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use countersign_model::{
    CredentialId, EventBody, Principal, SessionId, SessionOpened, Target, Timestamp,
};
use sha2::{Digest as _, Sha256};

use super::{Pipeline, Session, attempts::Record, code, sessions::Standing};
use crate::bundle::Enforced;

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
    /// `no_upstream`, `bundle_expired`, `journal_unavailable`.
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
            "unknown_principal" | "bad_credential" | "expired_credential"
        )
    }
}

/// Who is let in, and to what.
struct Admitted {
    principal: Arc<Principal>,
    credential: CredentialId,
    target: Arc<Target>,
}

/// Names longer than this are cut in the journal.
const MAX_NAME_BYTES: usize = 128;

impl Pipeline {
    /// Lets a client in, or not; either way it is journalled.
    ///
    /// # Errors
    /// When it may not sign in; wait for `delay` before answering it.
    pub fn sign_in(&self, sign_in: SignIn<'_>) -> Result<Session, SignInRefused> {
        let shared = &self.shared;
        let enforced = shared.bundles.load_full();
        let now = Timestamp::now();
        let (admitted, enforced) = match enforced.filter(|enforced| enforced.holds_at(now)) {
            None => return Err(self.refuse(&sign_in, code::BUNDLE_EXPIRED)),
            Some(enforced) => match self.admit(&enforced, &sign_in, now) {
                Ok(admitted) => (admitted, enforced),
                Err(code) => return Err(self.refuse(&sign_in, code)),
            },
        };
        let id = SessionId::new();
        let Admitted {
            principal,
            credential,
            target,
        } = admitted;
        let opened = EventBody::SessionOpened(SessionOpened {
            session_id: id,
            principal: Principal::clone(&principal),
            credential_id: credential,
            target_id: target.id,
            target: target.name.clone(),
            labels: target.labels.clone(),
            default_verdict: target.default_verdict,
            protocol: sign_in.protocol.to_owned(),
            client: sign_in.client.to_string(),
            application: sign_in.application.map(|name| cut(name).to_owned()),
            tls: sign_in.tls,
            grant: None,
        });
        if shared.journal.append(&opened).is_err() {
            return Err(self.refuse(&sign_in, code::JOURNAL_UNAVAILABLE));
        }
        let standing = Standing {
            principal: principal.id,
            credential,
            target: target.id,
        };
        let end = shared.sessions.add(id, standing.clone());
        let session = Session::new(
            Arc::clone(shared),
            id,
            sign_in.client,
            standing,
            enforced,
            (principal, target),
            end,
        );
        Ok(session)
    }

    fn admit(
        &self,
        enforced: &Enforced,
        sign_in: &SignIn<'_>,
        now: Timestamp,
    ) -> Result<Admitted, &'static str> {
        let sha256: [u8; 32] = Sha256::digest(sign_in.secret.0).into();
        let principal = enforced
            .principal(sign_in.principal)
            .ok_or("unknown_principal")?;
        let (credential, expires_at) = principal.credential(&sha256).ok_or("bad_credential")?;
        if expires_at <= now {
            return Err("expired_credential");
        }
        // Only who has proved to be somebody learns which targets there are.
        let target = enforced.target(sign_in.target).ok_or("unknown_target")?;
        if !self.shared.upstreams.contains(&target.name) {
            return Err("no_upstream");
        }
        Ok(Admitted {
            principal: Arc::clone(&principal.principal),
            credential,
            target: Arc::clone(target),
        })
    }

    fn refuse(&self, sign_in: &SignIn<'_>, code: &'static str) -> SignInRefused {
        let shared = &self.shared;
        let verdict = shared.attempts.refused(sign_in.client.ip(), Instant::now());
        let recorded = match verdict.record {
            Record::Itself => Some(code),
            Record::TooMany => Some("too_many_attempts"),
            Record::Nothing => None,
        };
        if let Some(code) = recorded {
            shared.note(&EventBody::SignInRefused {
                client: sign_in.client.to_string(),
                code: code.to_owned(),
                principal: Some(cut(sign_in.principal).to_owned()),
            });
        }
        SignInRefused {
            code,
            message: message(code, sign_in.target),
            delay: verdict.delay,
        }
    }
}

fn cut(name: &str) -> &str {
    name.get(..name.floor_char_boundary(MAX_NAME_BYTES))
        .unwrap_or_default()
}

fn message(code: &str, target: &str) -> String {
    match code {
        "unknown_target" => format!("there is no target named \"{}\"", cut(target)),
        "no_upstream" => format!(
            "this edge has no upstream for target \"{}\" in its configuration",
            cut(target)
        ),
        code::BUNDLE_EXPIRED => {
            "this edge has no valid policy bundle from its control plane".to_owned()
        }
        code::JOURNAL_UNAVAILABLE => "this edge cannot write its journal".to_owned(),
        _ => "the name or the credential is wrong, or the credential has expired".to_owned(),
    }
}
