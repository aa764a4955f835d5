//! Saying that a limit is reached, how much it is, and until when.

use countersign_policy_sdk::Action;

use crate::{Of, Per, limit::Standing};

const DAY: u64 = 86_400;

/// Why an action is stopped.
pub fn spent(action: &Action, standing: &Standing) -> String {
    let limit = standing.limit;
    let whose = match limit.per {
        Per::Principal => "this principal",
        Per::Human => "this human",
        Per::Grant => "this grant",
        Per::Target => "this target",
    };
    let until = (action.at() / 1_000).saturating_add(u64::from(limit.window_seconds));
    [
        "the budget of ",
        whose,
        " is used up: ",
        &amount(limit.of, standing.used),
        " of ",
        &amount(limit.of, limit.most),
        unit(limit.of),
        " in ",
        &duration(limit.window_seconds),
        "; some of it is free again by ",
        &time(until),
        " at the latest",
    ]
    .concat()
}

const fn unit(of: Of) -> &'static str {
    match of {
        Of::Tokens => " tokens",
        Of::InputTokens => " tokens of prompts",
        Of::OutputTokens => " tokens of answers",
        Of::Money => "",
        Of::Calls => " calls",
    }
}

fn amount(of: Of, sum: u64) -> String {
    if of != Of::Money {
        return sum.to_string();
    }
    let cents = sum.div_ceil(10_000);
    ["$", &(cents / 100).to_string(), ".", &two(cents % 100)].concat()
}

fn duration(seconds: u32) -> String {
    let units = [(86_400, " days"), (3_600, " hours"), (60, " minutes")];
    for (size, name) in units {
        if seconds >= size && seconds.is_multiple_of(size) {
            return [&(seconds / size).to_string(), name].concat();
        }
    }
    [&seconds.to_string(), " seconds"].concat()
}

fn two(number: u64) -> String {
    let zero = if number < 10 { "0" } else { "" };
    [zero, &number.to_string()].concat()
}

/// Seconds since the Unix epoch as `2026-11-23 04:30 UTC`, minutes begun counted whole.
fn time(seconds: u64) -> String {
    let seconds = seconds.div_ceil(60) * 60;
    let (year, month, day) = date(seconds / DAY);
    let rest = seconds % DAY;
    [
        &year.to_string(),
        "-",
        &two(month),
        "-",
        &two(day),
        " ",
        &two(rest / 3_600),
        ":",
        &two(rest % 3_600 / 60),
        " UTC",
    ]
    .concat()
}

/// The date of a day since the Unix epoch, in years that begin in March: leap days come last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_795_408_199, "2026-11-23 04:30 UTC"),
            (4_107_542_399, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(time(seconds), expected, "{seconds}");
        }
        for (seconds, expected) in [
            (86_400, "1 days"),
            (7_200, "2 hours"),
            (90, "90 seconds"),
            (60, "1 minutes"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }

    #[test]
    fn money_is_said_in_dollars() {
        for (micro, expected) in [(5_000_000, "$5.00"), (1, "$0.01"), (2_509_999, "$2.51")] {
            assert_eq!(amount(Of::Money, micro), expected);
        }
    }
}
