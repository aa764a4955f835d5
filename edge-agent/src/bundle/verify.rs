//! Whether a bundle is the control plane's word to this edge, and its latest.

use countersign_ledger::{handover::PinnedKeys, keys::BundleError};
use countersign_model::{Bundle, EdgeId, SignedBundle, Timestamp};

/// A bundle is not enforced. What is enforced already stays.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Not by the pinned key, or not readable.
    #[error("the bundle is not trusted")]
    Untrusted(#[source] BundleError),
    /// Made for another edge.
    #[error("the bundle is for edge {0}")]
    OtherEdge(EdgeId),
    /// Older than what is enforced: somebody plays back an old one.
    #[error("the bundle's revision {offered} is lower than {enforced}, which is enforced")]
    LowerRevision {
        /// Its revision.
        offered: u64,
        /// The revision that is enforced.
        enforced: u64,
    },
    /// Past its expiry.
    #[error("the bundle expired at {0}")]
    Expired(Timestamp),
}

/// The bundle inside, when it may be enforced after revision `enforced`, and which keys of the
/// control plane are believed after it. The same revision, signed again, may: that is how an expiry
/// moves on.
///
/// # Errors
/// When it may not.
pub fn verify(
    keys: &PinnedKeys,
    edge_id: EdgeId,
    enforced: u64,
    now: Timestamp,
    signed: &SignedBundle,
) -> Result<(Bundle, PinnedKeys), Refused> {
    let (bundle, keys) = keys
        .verify_bundle(signed, now)
        .map_err(Refused::Untrusted)?;
    if bundle.edge_id != edge_id {
        return Err(Refused::OtherEdge(bundle.edge_id));
    }
    if bundle.revision < enforced {
        return Err(Refused::LowerRevision {
            offered: bundle.revision,
            enforced,
        });
    }
    if bundle.expires_at <= now.max(bundle.issued_at) {
        return Err(Refused::Expired(bundle.expires_at));
    }
    Ok((bundle, keys))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use countersign_ledger::keys::{SigningKey, sign_bundle};

    use super::*;

    #[test]
    fn only_the_latest_word_to_this_edge_is_accepted() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let other_key = SigningKey::from_bytes(&[8; 32]);
        let now = Timestamp::now();
        let edge_id = EdgeId::new();
        let bundle = Bundle {
            edge_id,
            revision: 5,
            issued_at: now,
            expires_at: now.after(Duration::from_secs(60)),
            targets: Vec::new(),
            principals: Vec::new(),
            bindings: Vec::new(),
            modules: Vec::new(),
            documents: Vec::new(),
            signatures: Vec::new(),
            counter_split: 1,
            grants: Vec::new(),
            locks: Vec::new(),
            tool_pins: Vec::new(),
            tokens: None,
        };
        let with = |change: &dyn Fn(&mut Bundle)| {
            let mut changed = bundle.clone();
            change(&mut changed);
            changed
        };
        type Check = fn(&Result<Bundle, Refused>) -> bool;
        let cases: [(&str, Bundle, &SigningKey, u64, Check); 8] = [
            ("newer", bundle.clone(), &key, 4, |r| r.is_ok()),
            ("signed again", bundle.clone(), &key, 5, |r| r.is_ok()),
            ("older", bundle.clone(), &key, 6, |r| {
                matches!(
                    r,
                    Err(Refused::LowerRevision {
                        offered: 5,
                        enforced: 6
                    })
                )
            }),
            ("another key", bundle.clone(), &other_key, 4, |r| {
                matches!(r, Err(Refused::Untrusted(_)))
            }),
            (
                "another edge",
                with(&|b| b.edge_id = EdgeId::new()),
                &key,
                4,
                |r| matches!(r, Err(Refused::OtherEdge(_))),
            ),
            ("expired", with(&|b| b.expires_at = now), &key, 4, |r| {
                matches!(r, Err(Refused::Expired(_)))
            }),
            (
                // A clock set back does not make an old bundle young.
                "expired when it was signed",
                with(&|b| {
                    b.issued_at = now.after(Duration::from_secs(100));
                    b.expires_at = now.after(Duration::from_secs(90));
                }),
                &key,
                4,
                |r| matches!(r, Err(Refused::Expired(_))),
            ),
            (
                "revision 0 on a fresh edge",
                with(&|b| b.revision = 0),
                &key,
                0,
                |r| r.is_ok(),
            ),
        ];
        for (name, bundle, key_of_signer, enforced, check) in cases {
            let signed = sign_bundle(key_of_signer, &bundle).expect("signed");
            let keys = PinnedKeys::new(key.verifying_key());
            let result = verify(&keys, edge_id, enforced, now, &signed).map(|(bundle, _)| bundle);
            assert!(check(&result), "{name}: {result:?}");
        }
    }
}
