//! The parts of a time that rules ask for, in UTC.

use serde_json::{Value, json};

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const DAY_SECONDS: u64 = 86_400;

/// A time in milliseconds since the Unix epoch, taken apart.
pub(crate) fn clock(millis: u64) -> Value {
    let seconds = millis / 1_000;
    let (days, of_day) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    let (year, month, day) = date(days);
    // The epoch was a Thursday.
    let weekday = usize::try_from((days + 3) % 7).unwrap_or(0);
    json!({
        "year": year,
        "month": month,
        "day": day,
        "hour": of_day / 3_600,
        "minute": of_day / 60 % 60,
        "weekday": DAYS.get(weekday).copied().unwrap_or_default(),
        "date": format!("{year:04}-{month:02}-{day:02}"),
    })
}

/// Days since the epoch as a date of the Gregorian calendar. Counted from March, so that the leap day
/// is a year's last.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_date_and_its_day() {
        let cases = [
            (0, "1970-01-01", "thursday", 0, 0),
            (951_782_399_000, "2000-02-28", "monday", 23, 59),
            (951_782_400_000, "2000-02-29", "tuesday", 0, 0),
            (1_700_000_000_000, "2023-11-14", "tuesday", 22, 13),
            (1_798_761_599_999, "2026-12-31", "thursday", 23, 59),
            (4_107_542_400_000, "2100-03-01", "monday", 0, 0),
        ];
        for (millis, date, weekday, hour, minute) in cases {
            let clock = clock(millis);
            assert_eq!(clock["date"], date, "{millis}");
            assert_eq!(clock["weekday"], weekday, "{millis}");
            assert_eq!(
                (&clock["hour"], &clock["minute"]),
                (&json!(hour), &json!(minute))
            );
        }
    }
}
