//! Lists: keyset pagination with an opaque cursor.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api_error::ApiError;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 1000;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Pass it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that is always whole.
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }

    /// The page with every item turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items a page, from 1 to 1000; 50 where absent.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// Items a page, within bounds.
    pub fn limit(&self) -> u64 {
        u64::from(self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT))
    }

    /// How many to ask for, so that one knows whether there is a next page.
    pub fn limit_and_one(&self) -> u64 {
        self.limit() + 1
    }

    /// The key that the cursor was made from.
    pub fn key<K: FromStr>(&self) -> Result<Option<K>, ApiError> {
        let invalid = || {
            ApiError::bad_request(
                "invalid_cursor",
                "The cursor is not one that this list gave.",
            )
        };
        self.cursor
            .as_deref()
            .map(|cursor| cursor.parse().map_err(|_| invalid()))
            .transpose()
    }

    /// The page of `items`, of which one more was asked for than it shows.
    pub fn cut<T, K: ToString>(&self, mut items: Vec<T>, key: impl Fn(&T) -> K) -> Page<T> {
        let limit = usize::try_from(self.limit()).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        Page {
            next_cursor: last.map(|item| key(item).to_string()),
            items,
        }
    }
}

/// A place in a journal, as a cursor: `epoch.seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalPlace {
    /// The epoch.
    pub epoch: u64,
    /// The last record seen.
    pub seq: u64,
}

impl FromStr for JournalPlace {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (epoch, seq) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self {
            epoch: epoch.parse()?,
            seq: seq.parse()?,
        })
    }
}

impl std::fmt::Display for JournalPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_cursor_only_where_more_follows() {
        let page = PageQuery {
            limit: Some(2),
            cursor: None,
        };
        let cases = [(0, None), (2, None), (3, Some("1"))];
        for (items, cursor) in cases {
            let cut = page.cut((0..items).collect(), |item: &i32| *item);
            assert_eq!(cut.next_cursor.as_deref(), cursor, "{items} items");
            assert!(cut.items.len() <= 2, "{items} items");
        }
    }

    #[test]
    fn places_round_trip() {
        let place = JournalPlace { epoch: 7, seq: 42 };
        assert_eq!(place.to_string().parse(), Ok(place));
        assert!("7".parse::<JournalPlace>().is_err());
        assert!("7.x".parse::<JournalPlace>().is_err());
    }
}
