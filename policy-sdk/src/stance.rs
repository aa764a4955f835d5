//! What a rule in settings says, and who decides what it holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Held, Review, Verdict};

/// What a rule says of an action that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// Nothing: the other policies and the target's default decide.
    Abstain,
    /// It may run.
    Allow,
    /// People decide.
    Review,
    /// It does not run.
    Deny,
}

/// Who decides what is held, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reviewing {
    /// Groups whose members may decide; empty for every reviewer.
    pub reviewers: Vec<String>,
    /// Distinct people who must approve.
    #[schemars(range(min = 1))]
    pub quorum: u8,
    /// Seconds until it expires undecided.
    #[schemars(range(min = 1, max = 86_400))]
    pub expires_in_seconds: u32,
}

impl Default for Reviewing {
    fn default() -> Self {
        Self {
            reviewers: Vec::new(),
            quorum: 1,
            expires_in_seconds: 900,
        }
    }
}

impl Reviewing {
    /// Holds an action for these people.
    #[must_use]
    pub fn because(&self, reason: impl Into<String>) -> Verdict {
        Review::because(reason)
            .by(self.reviewers.iter().cloned())
            .quorum(self.quorum)
            .expires_in(self.expires_in_seconds)
            .into()
    }
}

impl Stance {
    /// Whether a rule that says this applies where its conditions came to `held`. What cannot be told
    /// is never a reason to let pass, and always one to stop.
    ///
    /// ```
    /// use countersign_policy_sdk::{Held, Stance};
    ///
    /// assert!(Stance::Deny.applies(Held::Unclear) && !Stance::Allow.applies(Held::Unclear));
    /// ```
    #[must_use]
    pub const fn applies(self, held: Held) -> bool {
        match self {
            Self::Abstain | Self::Allow => matches!(held, Held::Yes),
            Self::Review | Self::Deny => !matches!(held, Held::No),
        }
    }

    /// The verdict, with this reason where it has one.
    #[must_use]
    pub fn verdict(self, reason: impl FnOnce() -> String, reviewing: &Reviewing) -> Verdict {
        match self {
            Self::Abstain => Verdict::Abstain,
            Self::Allow => Verdict::Allow,
            Self::Review => reviewing.because(reason()),
            Self::Deny => Verdict::Deny(reason()),
        }
    }
}
