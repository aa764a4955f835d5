//! Whether a verdict makes sense. One that does not is the policy's failure, and a refusal.

use countersign_model::{Failure, Mask, MaskSelector, Obligations, ReviewSpec, Verdict};

use crate::error::Fault;

/// Seconds that a review may wait: a week.
const MAX_EXPIRY: u32 = 7 * 24 * 3600;
/// The sliding windows that counters have: up to a month.
const MAX_WINDOW: u32 = 31 * 24 * 3600;

/// Checks a verdict, and that it is no larger than `limit` bytes.
pub(crate) fn check(verdict: &Verdict, limit: usize) -> Result<(), Fault> {
    let invalid = |detail| Fault::new(Failure::InvalidVerdict, detail);
    let size = match verdict {
        Verdict::Abstain => 0,
        Verdict::Allow(with) | Verdict::Oblige(with) => {
            check_obligations(with).map_err(invalid)?;
            obligations_size(with)
        }
        Verdict::Review(review) => {
            check_review(review).map_err(invalid)?;
            review.reason.len() + review.reviewers.iter().map(String::len).sum::<usize>()
        }
        Verdict::Deny(reason) => {
            check_reason(reason).map_err(invalid)?;
            reason.len()
        }
    };
    if size > limit {
        return Err(Fault::new(
            Failure::Size,
            format!("the verdict has {size} bytes; at most {limit} are allowed"),
        ));
    }
    Ok(())
}

fn check_reason(reason: &str) -> Result<(), &'static str> {
    if reason.trim().is_empty() {
        return Err("a refusal and a review need a reason");
    }
    Ok(())
}

fn check_review(review: &ReviewSpec) -> Result<(), &'static str> {
    check_reason(&review.reason)?;
    if review.quorum == 0 {
        return Err("a review needs a quorum of at least 1");
    }
    if review.expires_in == 0 || review.expires_in > MAX_EXPIRY {
        return Err("a review must expire after 1 second to 7 days");
    }
    Ok(())
}

fn check_obligations(obligations: &Obligations) -> Result<(), &'static str> {
    if obligations.masks.iter().any(covers_nothing) {
        return Err("a mask needs the name of an entity or a column");
    }
    let bad_charge = |c: &countersign_model::Charge| {
        c.counter.is_empty() || c.window_seconds == 0 || c.window_seconds > MAX_WINDOW
    };
    if obligations.charges.iter().any(bad_charge) {
        return Err("a charge needs a counter and a window of 1 second to 31 days");
    }
    Ok(())
}

fn covers_nothing(mask: &Mask) -> bool {
    match &mask.selector {
        MaskSelector::Entity(entity) => entity.is_empty(),
        MaskSelector::Column { table, name } => table.is_empty() || name.is_empty(),
    }
}

fn obligations_size(obligations: &Obligations) -> usize {
    let mask = |mask: &Mask| match &mask.selector {
        MaskSelector::Entity(entity) => entity.len(),
        MaskSelector::Column { table, name } => table.len() + name.len(),
    };
    let masks: usize = obligations.masks.iter().map(mask).sum();
    let charges: usize = obligations.charges.iter().map(|c| c.counter.len()).sum();
    let tags: usize = obligations.tags.iter().map(String::len).sum();
    // Each entry costs something, were its text empty: a list of nothing is bounded too.
    let entries = obligations.masks.len() + obligations.charges.len() + obligations.tags.len();
    masks + charges + tags + entries * 16
}

#[cfg(test)]
mod tests {
    use countersign_model::{Charge, MaskStyle};

    use super::*;

    fn review(change: fn(&mut ReviewSpec)) -> Verdict {
        let mut spec = ReviewSpec {
            reason: "why".to_owned(),
            reviewers: Vec::new(),
            quorum: 1,
            expires_in: 60,
        };
        change(&mut spec);
        Verdict::Review(spec)
    }

    fn oblige(change: fn(&mut Obligations)) -> Verdict {
        let mut with = Obligations::default();
        change(&mut with);
        Verdict::Oblige(with)
    }

    #[test]
    fn what_makes_no_sense_is_a_failure() {
        let cases = [
            (review(|_| ()), None),
            (review(|r| r.quorum = 0), Some(Failure::InvalidVerdict)),
            (review(|r| r.expires_in = 0), Some(Failure::InvalidVerdict)),
            (
                review(|r| r.expires_in = u32::MAX),
                Some(Failure::InvalidVerdict),
            ),
            (
                review(|r| r.reason = " ".to_owned()),
                Some(Failure::InvalidVerdict),
            ),
            (review(|r| r.reason = "x".repeat(2000)), Some(Failure::Size)),
            (Verdict::Deny(String::new()), Some(Failure::InvalidVerdict)),
            (Verdict::Deny("x".repeat(1000)), None),
            (Verdict::Deny("x".repeat(1001)), Some(Failure::Size)),
            (oblige(|_| ()), None),
            (
                oblige(|o| o.tags = vec![String::new(); 100]),
                Some(Failure::Size),
            ),
            (
                oblige(|o| {
                    o.masks.push(Mask {
                        selector: MaskSelector::Entity(String::new()),
                        style: MaskStyle::Redact,
                    });
                }),
                Some(Failure::InvalidVerdict),
            ),
            (
                oblige(|o| {
                    o.charges.push(Charge {
                        counter: "rows".to_owned(),
                        window_seconds: 0,
                    });
                }),
                Some(Failure::InvalidVerdict),
            ),
        ];
        for (verdict, expected) in cases {
            let found = check(&verdict, 1000).err().map(|fault| fault.failure);
            assert_eq!(found, expected, "{verdict:?}");
        }
    }
}
