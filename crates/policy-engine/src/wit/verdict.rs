//! What the guest passes: its verdict, checked as it comes in, and the level of a log line.

use countersign_model as model;
use wasmtime::component::{ComponentType, Lift};

use super::Column;

#[derive(Debug, Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "`Lift` makes them of the guest's number")]
pub(crate) enum Level {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
}

impl Level {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
        }
    }
}

#[derive(Debug, Clone, Copy, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum MaskStyle {
    #[component(name = "partial")]
    Partial(u8),
    #[component(name = "pseudonym")]
    Pseudonym,
    #[component(name = "redact")]
    Redact,
    #[component(name = "null")]
    Null,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum MaskSelector {
    #[component(name = "entity")]
    Entity(String),
    #[component(name = "column")]
    Column(Column),
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Mask {
    selector: MaskSelector,
    style: MaskStyle,
}

impl From<Mask> for model::Mask {
    fn from(mask: Mask) -> Self {
        Self {
            selector: match mask.selector {
                MaskSelector::Entity(entity) => model::MaskSelector::Entity(entity),
                MaskSelector::Column(Column { table, name }) => {
                    model::MaskSelector::Column { table, name }
                }
            },
            style: match mask.style {
                MaskStyle::Partial(keep) => model::MaskStyle::Partial(keep),
                MaskStyle::Pseudonym => model::MaskStyle::Pseudonym,
                MaskStyle::Redact => model::MaskStyle::Redact,
                MaskStyle::Null => model::MaskStyle::Null,
            },
        }
    }
}

#[derive(Debug, Clone, Copy, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Limits {
    rows: Option<u64>,
    bytes: Option<u64>,
    seconds: Option<u32>,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Charge {
    counter: String,
    #[component(name = "window-seconds")]
    window_seconds: u32,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Obligations {
    masks: Vec<Mask>,
    limits: Limits,
    charges: Vec<Charge>,
    tags: Vec<String>,
}

impl From<Obligations> for model::Obligations {
    fn from(obligations: Obligations) -> Self {
        let charge = |charge: Charge| model::Charge {
            counter: charge.counter,
            window_seconds: charge.window_seconds,
        };
        Self {
            masks: obligations.masks.into_iter().map(Into::into).collect(),
            limits: model::Limits {
                rows: obligations.limits.rows,
                bytes: obligations.limits.bytes,
                seconds: obligations.limits.seconds,
            },
            charges: obligations.charges.into_iter().map(charge).collect(),
            tags: obligations.tags,
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Review {
    reason: String,
    reviewers: Vec<String>,
    quorum: u8,
    #[component(name = "expires-in")]
    expires_in: u32,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Verdict {
    #[component(name = "abstain")]
    Abstain,
    #[component(name = "oblige")]
    Oblige(Obligations),
    #[component(name = "allow")]
    Allow,
    #[component(name = "allow-with")]
    AllowWith(Obligations),
    #[component(name = "review")]
    Review(Review),
    #[component(name = "deny")]
    Deny(String),
}

impl From<Verdict> for model::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Abstain => Self::Abstain,
            Verdict::Oblige(with) => Self::Oblige(with.into()),
            Verdict::Allow => Self::Allow(model::Obligations::default()),
            Verdict::AllowWith(with) => Self::Allow(with.into()),
            Verdict::Review(review) => Self::Review(model::ReviewSpec {
                reason: review.reason,
                reviewers: review.reviewers,
                quorum: review.quorum,
                expires_in: review.expires_in,
            }),
            Verdict::Deny(reason) => Self::Deny(reason),
        }
    }
}
