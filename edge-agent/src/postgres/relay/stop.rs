//! Why an action is stopped on its way, and how the client is told.

use countersign_model::{ActionId, Failure};

use crate::postgres::backend::Report;

/// A limit that an action reached, or a filter that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Rows(u64),
    Bytes(u64),
    Seconds(u32),
    Filter(Failure),
}

impl Stop {
    /// The error for the client.
    pub(super) fn report(self, action: ActionId, side_effects: bool) -> Report {
        let (code, message) = match self {
            Self::Rows(limit) => ("54000", format!("row limit of {limit} reached")),
            Self::Bytes(limit) => ("54000", format!("limit of {limit} bytes of rows reached")),
            Self::Seconds(limit) => ("57014", format!("time limit of {limit} s reached")),
            Self::Filter(failure) => (
                "58000",
                format!("the filter of a policy on what it returns failed: {failure}"),
            ),
        };
        let hint = if matches!(self, Self::Filter(_)) {
            "Nothing is returned that the filter has not seen; tell whoever looks after the policies."
        } else if side_effects {
            "The statement also changes data; check whether the change took place before you repeat it."
        } else {
            "Ask for less: add a WHERE condition, an aggregate or a LIMIT."
        };
        Report::error(
            code,
            format!("Countersign stopped this statement: {message}"),
        )
        .detail(format!("action {action} ({})", action.short()))
        .hint(hint)
    }
}
