//! One control plane key hands over to the next: the old key signs the new one, so that whoever
//! pinned the old one may believe the new. Edges that were away for several rotations follow the
//! chain; for the length of the overlap they still believe the key before.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_model::{Bundle, KeyHandover, SignedBundle, Timestamp};

use crate::keys::{BundleError, SigningKey, VerifyingKey, verify_bundle};

/// What a signature over a handover covers besides, so that it is good for nothing else.
const HANDOVER_CONTEXT: &str = "countersign-handover-v1\n";

/// Keys that are still believed for a while; more are not kept.
const MAX_EARLIER: usize = 16;

/// Hands over from one key to another. What the old one signs is believed until `overlap_until`.
#[must_use]
pub fn hand_over(
    from: &SigningKey,
    to: &VerifyingKey,
    at: Timestamp,
    overlap_until: Timestamp,
) -> KeyHandover {
    let mut handover = KeyHandover {
        from: from.verifying_key().to_string(),
        to: to.to_string(),
        at,
        overlap_until,
        signature: String::new(),
    };
    handover.signature = BASE64.encode(from.sign(message(&handover).as_bytes()));
    handover
}

/// The key that a handover is to, when `from` signed it.
#[must_use]
pub fn verify_handover(from: &VerifyingKey, handover: &KeyHandover) -> Option<VerifyingKey> {
    if handover.from != from.to_string() {
        return None;
    }
    let signature = BASE64.decode(&handover.signature).ok()?;
    let accepted = from.accepts(message(handover).as_bytes(), &signature);
    accepted.then(|| handover.to.parse().ok()).flatten()
}

/// Whether the chain leads from `from` to `to`, or the two are the same.
#[must_use]
pub fn leads_to(from: &VerifyingKey, handovers: &[KeyHandover], to: &VerifyingKey) -> bool {
    from == to || PinnedKeys::new(*from).follow(handovers).current == *to
}

fn message(handover: &KeyHandover) -> String {
    let KeyHandover {
        from,
        to,
        at,
        overlap_until,
        ..
    } = handover;
    format!("{HANDOVER_CONTEXT}{from}\n{to}\n{at}\n{overlap_until}")
}

/// Which control plane keys somebody believes: the one it pinned last, and those that handed over
/// to it, each for as long as the overlap says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedKeys {
    /// The newest.
    pub current: VerifyingKey,
    /// Those before it, newest first, and until when each is believed.
    pub earlier: Vec<(VerifyingKey, Timestamp)>,
}

impl PinnedKeys {
    /// One key.
    #[must_use]
    pub const fn new(current: VerifyingKey) -> Self {
        Self {
            current,
            earlier: Vec::new(),
        }
    }

    /// What is believed after these handovers, of which those count that lead on from the newest
    /// key, in their order.
    #[must_use]
    pub fn follow(&self, handovers: &[KeyHandover]) -> Self {
        let mut keys = self.clone();
        for handover in handovers {
            if let Some(next) = verify_handover(&keys.current, handover) {
                keys.earlier
                    .insert(0, (keys.current, handover.overlap_until));
                keys.earlier.truncate(MAX_EARLIER);
                keys.current = next;
            }
        }
        keys
    }

    /// The bundle inside, when it is by a key that is believed now or that the handovers beside it
    /// lead to; and what is believed from now on. Nothing changes by a bundle that is not by the
    /// key at the end of its own chain, or by one that is believed already.
    ///
    /// # Errors
    /// When somebody else or nobody signed it, or when it is no bundle.
    pub fn verify_bundle(
        &self,
        signed: &SignedBundle,
        now: Timestamp,
    ) -> Result<(Bundle, Self), BundleError> {
        let followed = self.follow(&signed.handovers);
        let first = verify_bundle(&followed.current, signed);
        if !matches!(first, Err(BundleError::BadSignature)) {
            return first.map(|bundle| (bundle, followed));
        }
        let believed = self.earlier.iter().filter(|(_, until)| now < *until);
        let believed = std::iter::once(&self.current).chain(believed.map(|(key, _)| key));
        self.by_any(believed, signed)
    }

    /// The bundle inside, when it is by any of the keys that were ever believed: for what was
    /// believed when it was kept.
    ///
    /// # Errors
    /// When somebody else or nobody signed it, or when it is no bundle.
    pub fn verify_kept(&self, signed: &SignedBundle) -> Result<Bundle, BundleError> {
        let followed = self.follow(&signed.handovers);
        if let Ok(bundle) = verify_bundle(&followed.current, signed) {
            return Ok(bundle);
        }
        let keys = self.earlier.iter().map(|(key, _)| key);
        let keys = std::iter::once(&self.current).chain(keys);
        self.by_any(keys, signed).map(|(bundle, _)| bundle)
    }

    fn by_any<'a>(
        &self,
        keys: impl Iterator<Item = &'a VerifyingKey>,
        signed: &SignedBundle,
    ) -> Result<(Bundle, Self), BundleError> {
        for key in keys {
            match verify_bundle(key, signed) {
                Err(BundleError::BadSignature) => {}
                other => return other.map(|bundle| (bundle, self.clone())),
            }
        }
        Err(BundleError::BadSignature)
    }
}

#[cfg(test)]
mod tests {
    use countersign_model::EdgeId;

    use super::*;
    use crate::keys::sign_bundle;

    const AT: Timestamp = Timestamp::from_millis(1_000);
    const OVERLAP: Timestamp = Timestamp::from_millis(2_000);

    fn key(n: u8) -> SigningKey {
        SigningKey::from_bytes(&[n; 32])
    }

    fn signed(by: &SigningKey, handovers: &[KeyHandover]) -> SignedBundle {
        let bundle = Bundle::empty(EdgeId::new(), 7, AT, OVERLAP);
        SignedBundle {
            handovers: handovers.to_vec(),
            ..sign_bundle(by, &bundle).expect("signed")
        }
    }

    #[test]
    fn who_pinned_the_first_key_follows_to_the_last() {
        let (a, b, c) = (key(1), key(2), key(3));
        let chain = [
            hand_over(&a, &b.verifying_key(), AT, OVERLAP),
            hand_over(&b, &c.verifying_key(), AT, OVERLAP),
        ];
        for pinned in [&a, &b, &c] {
            let pinned = PinnedKeys::new(pinned.verifying_key());
            let (_, keys) = pinned
                .verify_bundle(&signed(&c, &chain), AT)
                .expect("believed");
            assert_eq!(keys.current, c.verifying_key());
        }
        assert!(leads_to(&a.verifying_key(), &chain, &c.verifying_key()));
        assert!(!leads_to(&c.verifying_key(), &chain, &a.verifying_key()));
    }

    #[test]
    fn the_key_before_is_believed_for_the_overlap() {
        let (a, b) = (key(1), key(2));
        let chain = [hand_over(&a, &b.verifying_key(), AT, OVERLAP)];
        let pinned = PinnedKeys::new(a.verifying_key());
        let (_, keys) = pinned
            .verify_bundle(&signed(&b, &chain), AT)
            .expect("believed");
        let old = signed(&a, &[]);
        let within = keys.verify_bundle(&old, Timestamp::from_millis(1_999));
        let (_, same) = within.expect("believed within the overlap");
        assert_eq!(same, keys, "nobody goes back");
        assert!(keys.verify_bundle(&old, OVERLAP).is_err());
        assert!(keys.verify_kept(&old).is_ok());
    }

    #[test]
    fn nobody_else_hands_over() {
        let (a, b, mallory) = (key(1), key(2), key(9));
        let pinned = PinnedKeys::new(a.verifying_key());
        let honest = hand_over(&a, &b.verifying_key(), AT, OVERLAP);
        let by_mallory = hand_over(&mallory, &mallory.verifying_key(), AT, OVERLAP);
        let cases = [
            ("no chain", signed(&mallory, &[])),
            (
                "a chain from elsewhere",
                signed(&mallory, std::slice::from_ref(&by_mallory)),
            ),
            (
                "another's signature",
                signed(
                    &mallory,
                    &[KeyHandover {
                        from: a.verifying_key().to_string(),
                        ..by_mallory
                    }],
                ),
            ),
            (
                "a longer overlap",
                signed(
                    &b,
                    &[KeyHandover {
                        overlap_until: Timestamp::from_millis(i64::from(u32::MAX)),
                        ..honest.clone()
                    }],
                ),
            ),
            (
                "another key at its end",
                signed(
                    &mallory,
                    &[KeyHandover {
                        to: mallory.verifying_key().to_string(),
                        ..honest
                    }],
                ),
            ),
        ];
        for (name, bundle) in cases {
            assert!(pinned.verify_bundle(&bundle, AT).is_err(), "{name}");
        }
    }
}
