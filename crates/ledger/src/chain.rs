//! The hash chain over journal records: each link covers the record and everything before it.

use countersign_model::Event;
use sha2::{Digest, Sha256};

/// A link of the chain: SHA-256 over the previous link and a record.
pub type Link = [u8; 32];

/// What stands before the very first record of an epoch.
pub const START: Link = [0; 32];

/// The link after `record`, whose exact bytes are the JSON text of an `Event`.
#[must_use]
pub fn link(prev: &Link, record: &[u8]) -> Link {
    let mut hasher = Sha256::new();
    hasher.update(prev);
    hasher.update(record);
    hasher.finalize().into()
}

/// A stretch of records does not hang together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A record is not the one that was hashed, or one before it is missing, added or moved.
    #[error("record {seq} does not hash to its recorded link")]
    Broken {
        /// The first sequence number that does not fit.
        seq: u64,
    },
    /// A record's own number is not the next one.
    #[error("expected record {expected}, found {found}")]
    OutOfOrder {
        /// The number that should have come.
        expected: u64,
        /// The number the record has.
        found: u64,
    },
    /// A record is not the JSON text of an event.
    #[error("record {seq} is not an event")]
    NotAnEvent {
        /// Its place.
        seq: u64,
    },
}

/// The link after consecutive records that start with `first_seq`, each checked to be an event
/// with the number of its place.
///
/// # Errors
/// When a record is not an event, or not the next one.
pub fn fold<R: AsRef<[u8]>>(
    prev: &Link,
    first_seq: u64,
    records: impl IntoIterator<Item = R>,
) -> Result<Link, ChainError> {
    let mut at = *prev;
    for (seq, record) in (first_seq..).zip(records) {
        check_number(seq, record.as_ref())?;
        at = link(&at, record.as_ref());
    }
    Ok(at)
}

/// Verifies consecutive records against the links that were stored beside them.
///
/// # Errors
/// For the first record that was edited, removed, added or moved.
pub fn verify<R: AsRef<[u8]>>(
    prev: &Link,
    first_seq: u64,
    records: impl IntoIterator<Item = (R, Link)>,
) -> Result<Link, ChainError> {
    let mut at = *prev;
    for (seq, (record, stored)) in (first_seq..).zip(records) {
        check_number(seq, record.as_ref())?;
        at = link(&at, record.as_ref());
        if at != stored {
            return Err(ChainError::Broken { seq });
        }
    }
    Ok(at)
}

fn check_number(seq: u64, record: &[u8]) -> Result<(), ChainError> {
    let event: Event =
        serde_json::from_slice(record).map_err(|_| ChainError::NotAnEvent { seq })?;
    if event.seq != seq {
        return Err(ChainError::OutOfOrder {
            expected: seq,
            found: event.seq,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use countersign_model::{EventBody, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn records(count: u64) -> Vec<(String, Link)> {
        let mut at = START;
        (1..=count)
            .map(|seq| {
                let event = Event {
                    seq,
                    at: Timestamp::from_millis(1_795_356_131_250),
                    body: EventBody::BundleActivated { revision: seq * 7 },
                };
                let text = serde_json::to_string(&event).expect("serialises");
                at = link(&at, text.as_bytes());
                (text, at)
            })
            .collect()
    }

    #[test]
    fn a_link_is_sha_256_over_the_last_link_and_the_record() {
        // head -c 32 /dev/zero | cat - <(printf abc) | sha256sum
        assert_eq!(
            hex::encode(link(&START, b"abc")),
            "365aa7d8f7f9402c4b9434502b4cc89ddb09fe50d7cd95b493b834c62d5a5370",
        );
    }

    #[test]
    fn every_tampering_is_found() {
        let whole = records(8);
        assert_eq!(verify(&START, 1, whole.clone()), Ok(whole[7].1));
        assert_eq!(
            fold(&START, 1, whole.iter().map(|(r, _)| r)),
            Ok(whole[7].1)
        );
        type Tamper = fn(&mut Vec<(String, Link)>);
        let cases: [(&str, Tamper); 6] = [
            ("edited", |r| r[3].0 = r[3].0.replace("28", "29")),
            ("removed", |r| {
                r.remove(3);
            }),
            ("removed first", |r| {
                r.remove(0);
            }),
            ("swapped", |r| r.swap(3, 4)),
            ("added", |r| {
                let copy = r[3].clone();
                r.insert(3, copy);
            }),
            ("not an event", |r| r[3].0 = "{}".to_owned()),
        ];
        for (name, tamper) in cases {
            let mut records = whole.clone();
            tamper(&mut records);
            assert!(verify(&START, 1, records).is_err(), "{name}");
        }
        // An edit whose links were recomputed ends at another link than the one the verifier holds.
        let mut forged = whole.clone();
        forged[3].0 = forged[3].0.replace("28", "29");
        let end = fold(&START, 1, forged.iter().map(|(r, _)| r)).expect("consistent");
        assert_ne!(end, whole[7].1);
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_found(at in 0_usize..8, byte in 0_usize..100, bit in 0_u8..8) {
            let mut records: Vec<(Vec<u8>, Link)> =
                records(8).into_iter().map(|(r, l)| (r.into_bytes(), l)).collect();
            let record = &mut records[at].0;
            let byte = byte % record.len();
            record[byte] ^= 1 << bit;
            prop_assert!(verify(&START, 1, records).is_err());
        }
    }
}
