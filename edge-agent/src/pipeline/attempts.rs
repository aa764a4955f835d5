//! Refused sign-ins by address: how long the next refusal takes, and whether it is worth a record.
//!
//! A right credential is never kept waiting: secrets have 256 random bits, so that trying them is
//! hopeless, and what has to be kept away from the edge is the noise.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Refusals of an address are forgotten after this long without one.
const WINDOW: Duration = Duration::from_secs(60);

/// Refusals of an address within the window that are answered without delay.
const FREE: u32 = 3;

/// Refusals of an address within the window that are recorded one by one.
const RECORDED: u32 = 20;

/// The longest delay.
const MAX_DELAY: Duration = Duration::from_secs(5);

/// Addresses that are remembered.
const MAX_ADDRESSES: usize = 10_000;

/// What to do with a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// How long to wait before answering.
    pub delay: Duration,
    /// How to record it.
    pub record: Record,
}

/// How to record a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record {
    /// As it is.
    Itself,
    /// As the one after which the next ones are not recorded.
    TooMany,
    /// Not.
    Nothing,
}

#[derive(Debug, Default)]
pub(super) struct Attempts {
    addresses: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl Attempts {
    /// Another refusal of this address.
    pub(super) fn refused(&self, address: IpAddr, now: Instant) -> Verdict {
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if addresses.len() >= MAX_ADDRESSES && !addresses.contains_key(&address) {
            addresses.retain(|_, (last, _)| now.duration_since(*last) < WINDOW);
            if addresses.len() >= MAX_ADDRESSES {
                addresses.clear();
            }
        }
        let (last, count) = addresses.entry(address).or_insert((now, 0));
        if now.duration_since(*last) >= WINDOW {
            *count = 0;
        }
        *last = now;
        *count = count.saturating_add(1);
        let doubled = count.saturating_sub(FREE + 1).min(16);
        Verdict {
            delay: if *count <= FREE {
                Duration::ZERO
            } else {
                (Duration::from_millis(100) * (1 << doubled)).min(MAX_DELAY)
            },
            record: match (*count).cmp(&RECORDED) {
                std::cmp::Ordering::Less => Record::Itself,
                std::cmp::Ordering::Equal => Record::TooMany,
                std::cmp::Ordering::Greater => Record::Nothing,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_get_slower_and_quieter_and_are_forgotten() {
        let attempts = Attempts::default();
        let address = IpAddr::from([192, 0, 2, 1]);
        let now = Instant::now();
        let verdicts: Vec<_> = (0..30).map(|_| attempts.refused(address, now)).collect();
        assert!(verdicts[..3].iter().all(|v| v.delay.is_zero()));
        assert!(verdicts[3..].windows(2).all(|w| w[0].delay <= w[1].delay));
        assert_eq!(verdicts[29].delay, MAX_DELAY);
        let records = |wanted| verdicts.iter().filter(|v| v.record == wanted).count();
        assert_eq!(
            (
                records(Record::Itself),
                records(Record::TooMany),
                records(Record::Nothing)
            ),
            (19, 1, 10)
        );
        let other = attempts.refused(IpAddr::from([192, 0, 2, 2]), now);
        assert_eq!(
            (other.delay, other.record),
            (Duration::ZERO, Record::Itself)
        );
        let later = attempts.refused(address, now + WINDOW);
        assert_eq!(
            (later.delay, later.record),
            (Duration::ZERO, Record::Itself)
        );
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = Attempts::default();
        let now = Instant::now();
        for n in 0..u32::try_from(MAX_ADDRESSES + 100).expect("small") {
            attempts.refused(IpAddr::from(n.to_be_bytes()), now);
        }
        assert!(attempts.addresses.lock().expect("not poisoned").len() <= MAX_ADDRESSES);
    }
}
