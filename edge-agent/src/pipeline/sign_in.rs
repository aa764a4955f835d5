//! From a name and a secret to a session, or a refusal.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use countersign_model::{EventBody, Principal, SessionId, SessionOpened, Timestamp};
use sha2::{Digest as _, Sha256};

use super::{
    EndReason, Pipeline, Session,
    attempts::Record,
    code, credential,
    standing::{Footing, Proof, Standing},
};
use crate::bundle::Enforced;

/// The protocol of who asks before acting.
pub const ASK: &str = "ask";

/// What a client says when it signs in.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// The protocol's name: `postgres`.
    pub protocol: &'static str,
    /// Where the client connects from.
    pub client: SocketAddr,
    /// Whether its connection is encrypted.
    pub tls: bool,
    /// The principal's name, where the protocol has one beside the secret.
    pub principal: Option<&'a str>,
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
    /// `no_upstream`, `locked`, `no_grant`, `grant_ended`, `bundle_expired`,
    /// `journal_unavailable`, ….
    pub code: &'static str,
    /// In words, for the client.
    pub message: String,
    /// What the client may do about it, where there is something.
    pub advice: Option<&'static str>,
    /// How long to wait before the client is answered; rises with refusals from the same address.
    pub delay: Duration,
}

impl SignInRefused {
    /// Whether the refusal is about who the client is (PostgreSQL: `28P01`), rather than about the
    /// target or the edge itself.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        matches!(self.code, "unknown_principal" | "bad_credential")
            || credential::is_identity(self.code)
    }
}

/// Who is let in, to what and on what grounds.
struct Admitted {
    standing: Standing,
    footing: Footing,
}

/// Why somebody is not let in: a code, and words where the code's own do not do.
struct NotAdmitted {
    code: &'static str,
    words: Option<Arc<str>>,
}

impl From<&'static str> for NotAdmitted {
    fn from(code: &'static str) -> Self {
        Self { code, words: None }
    }
}

impl From<EndReason> for NotAdmitted {
    fn from(reason: EndReason) -> Self {
        match reason.code {
            code::REVOKED | code::CREDENTIAL_REVOKED => "bad_credential".into(),
            code::CREDENTIAL_EXPIRED => "expired_credential".into(),
            code => Self {
                code,
                words: Some(reason.words),
            },
        }
    }
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
            None => return Err(self.refuse(&sign_in, code::BUNDLE_EXPIRED.into())),
            Some(enforced) => match self.admit(&enforced, &sign_in, now) {
                Ok(admitted) => (admitted, enforced),
                Err(why) => return Err(self.refuse(&sign_in, why)),
            },
        };
        let id = SessionId::new();
        let Admitted { standing, footing } = admitted;
        if let Err(code) = credential::use_up(&shared.used, &standing.proof, now) {
            return Err(self.refuse(&sign_in, code.into()));
        }
        let Footing {
            principal,
            target,
            grant,
            until,
        } = &footing;
        let opened = EventBody::SessionOpened(SessionOpened {
            session_id: id,
            principal: Principal::clone(principal),
            credential_id: standing.proof.credential,
            target_id: target.id,
            target: target.name.clone(),
            labels: target.labels.clone(),
            default_verdict: target.default_verdict,
            protocol: sign_in.protocol.to_owned(),
            client: sign_in.client.to_string(),
            application: sign_in.application.map(|name| cut(name).to_owned()),
            tls: sign_in.tls,
            grant: grant.as_ref().map(|grant| Arc::clone(&grant.reference)),
        });
        if shared.journal.append(&opened).is_err() {
            return Err(self.refuse(&sign_in, code::JOURNAL_UNAVAILABLE.into()));
        }
        let end = shared.sessions.add(id, standing.clone(), *until);
        shared.catch_up(&enforced, now);
        let session = Session::new(
            Arc::clone(shared),
            id,
            sign_in.client,
            standing,
            enforced,
            footing,
            end,
        );
        Ok(session)
    }

    fn admit(
        &self,
        enforced: &Enforced,
        sign_in: &SignIn<'_>,
        now: Timestamp,
    ) -> Result<Admitted, NotAdmitted> {
        let proof = prove(enforced, sign_in, now)?;
        // Only who has proved to be somebody learns which targets there are.
        let target = enforced.target(sign_in.target).ok_or("unknown_target")?;
        // Who only asks acts by itself: nothing is reached through this edge.
        if sign_in.protocol != ASK && !self.shared.upstreams.contains(&target.name) {
            return Err("no_upstream".into());
        }
        let mut standing = Standing {
            proof,
            target: target.id,
            grant: None,
        };
        let footing = standing.footing(enforced, None, now)?;
        standing.take(footing.grant.as_ref());
        Ok(Admitted { standing, footing })
    }

    fn refuse(&self, sign_in: &SignIn<'_>, why: NotAdmitted) -> SignInRefused {
        let NotAdmitted { code, words } = why;
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
                principal: sign_in.principal.map(|name| cut(name).to_owned()),
            });
        }
        SignInRefused {
            code,
            message: words.map_or_else(|| message(code, sign_in.target), |words| words.to_string()),
            advice: super::end::advice(code),
            delay: verdict.delay,
        }
    }
}

/// What the client proves by its secret.
fn prove(enforced: &Enforced, sign_in: &SignIn<'_>, now: Timestamp) -> Result<Proof, &'static str> {
    let named = match sign_in.principal {
        Some(name) => Some(enforced.principal(name).ok_or("unknown_principal")?.id),
        None => None,
    };
    let proof = if sign_in.secret.0.starts_with(credential::PREFIX.as_bytes()) {
        let text = std::str::from_utf8(sign_in.secret.0).map_err(|_| "malformed_credential")?;
        let target = enforced.target(sign_in.target).map(|target| target.id);
        credential::check(enforced, text, target, now)?
    } else {
        opaque(enforced, sign_in.secret)?
    };
    // It is the name's owner who signs in, whoever's credential it is.
    if named.is_some_and(|named| named != proof.principal) {
        return Err("bad_credential");
    }
    if proof.expires_at <= now {
        return Err("expired_credential");
    }
    Ok(proof)
}

fn opaque(enforced: &Enforced, secret: Secret<'_>) -> Result<Proof, &'static str> {
    let sha256: [u8; 32] = Sha256::digest(secret.0).into();
    let credential = enforced.opaque(&sha256).ok_or("bad_credential")?;
    Ok(Proof {
        credential: credential.id,
        principal: credential.principal,
        expires_at: credential.expires_at,
        grant: credential.grant,
        signed: None,
    })
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
