//! Sessions of clients that come by many connections: the same credential from the same address goes on
//! with the session it had, so that a conversation is one session.

use std::{
    collections::HashMap,
    net::IpAddr,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};

use crate::pipeline::{Pipeline, Secret, Session, SignIn, SignInRefused};

/// How long a session may be idle.
const IDLE: Duration = Duration::from_secs(120);
/// After how long one gives back what it judges faster with.
const REST: Duration = Duration::from_secs(5);
/// How often idle ones are looked for.
pub(super) const SWEEP: Duration = Duration::from_secs(5);
/// Idle sessions of one key: as many requests may run at a time without signing in again.
const MAX_PER_KEY: usize = 256;
/// Idle sessions in all.
const MAX_IDLE: usize = 4_096;

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    credential: [u8; 32],
    target: Arc<str>,
    client: IpAddr,
}

/// The sessions that wait for their next request.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    idle: Mutex<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    sessions: HashMap<Key, Vec<(Session, Instant)>>,
    count: usize,
}

/// A session for one request; it goes back when this is dropped.
pub(crate) struct Lease {
    session: Option<Session>,
    key: Key,
    leases: Arc<Leases>,
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lease").field(&self.session).finish()
    }
}

impl Leases {
    /// The session for a request, an idle one or a new one.
    pub(crate) fn take(
        self: &Arc<Self>,
        pipeline: &Pipeline,
        sign_in: SignIn<'_>,
    ) -> Result<Lease, SignInRefused> {
        let key = Key {
            credential: Sha256::digest(sign_in.secret.0).into(),
            target: sign_in.target.into(),
            client: sign_in.client.ip(),
        };
        let session = match self.reuse(&key) {
            Some(session) => session,
            None => pipeline.sign_in(sign_in)?,
        };
        Ok(Lease {
            session: Some(session),
            key,
            leases: Arc::clone(self),
        })
    }

    fn reuse(&self, key: &Key) -> Option<Session> {
        let mut idle = self.idle();
        let Idle { sessions, count } = &mut *idle;
        let mine = sessions.get_mut(key)?;
        let mut found = None;
        // One that has to end is dropped, which closes it.
        while let Some((session, _)) = mine.pop() {
            *count = count.saturating_sub(1);
            if session.end_signal().reason().is_none() {
                found = Some(session);
                break;
            }
        }
        if mine.is_empty() {
            sessions.remove(key);
        }
        found
    }

    fn give_back(&self, key: &Key, session: Session) {
        if session.end_signal().reason().is_some() {
            return;
        }
        let mut idle = self.idle();
        if idle.count >= MAX_IDLE {
            drop(idle);
            session.close("client_closed");
            return;
        }
        let mine = idle.sessions.entry(key.clone()).or_default();
        if mine.len() >= MAX_PER_KEY {
            drop(idle);
            session.close("client_closed");
            return;
        }
        mine.push((session, Instant::now()));
        idle.count += 1;
    }

    /// Closes sessions that were idle for too long, or have to end.
    pub(super) fn sweep(&self) {
        let (mut over, mut rested) = (Vec::new(), Vec::new());
        {
            let mut idle = self.idle();
            let Idle { sessions, count } = &mut *idle;
            sessions.retain(|_, mine| {
                let old = |(session, since): &mut (Session, Instant)| {
                    since.elapsed() > IDLE || session.end_signal().reason().is_some()
                };
                over.extend(mine.extract_if(.., old));
                for (session, since) in mine.iter_mut() {
                    if since.elapsed() > REST {
                        let given = session.rest();
                        rested.extend((!given.is_empty()).then_some(given));
                    }
                }
                !mine.is_empty()
            });
            *count = count.saturating_sub(over.len());
        }
        drop(rested);
        for (session, _) in over {
            match session.end_signal().reason() {
                Some(reason) => session.close(reason.code),
                None => session.close("client_closed"),
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Lease {
    type Target = Session;

    #[expect(
        clippy::expect_used,
        reason = "the session is taken out by `drop` alone"
    )]
    fn deref(&self) -> &Session {
        self.session.as_ref().expect("a lease has its session")
    }
}

impl DerefMut for Lease {
    #[expect(
        clippy::expect_used,
        reason = "the session is taken out by `drop` alone"
    )]
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("a lease has its session")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.leases.give_back(&self.key, session);
        }
    }
}

/// The secret of a sign-in that names no principal.
pub(super) fn sign_in<'a>(
    secret: &'a [u8],
    target: &'a str,
    protocol: &'static str,
    client: std::net::SocketAddr,
    tls: bool,
    application: Option<&'a str>,
) -> SignIn<'a> {
    SignIn {
        protocol,
        client,
        tls,
        principal: None,
        secret: Secret(secret),
        target,
        application,
    }
}
