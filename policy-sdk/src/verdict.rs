//! Saying what is to happen, in few words.

use crate::{Charge, Column, Limits, Mask, MaskSelector, MaskStyle, Obligations, Review, Verdict};

/// How long a held action waits where a policy does not say: a quarter of an hour.
const DEFAULT_EXPIRY_SECONDS: u32 = 900;

impl Verdict {
    /// The action does not run, for this reason.
    #[must_use]
    pub fn deny(reason: impl Into<String>) -> Self {
        Self::Deny(reason.into())
    }

    /// People decide, for this reason: one of them, any reviewer, within a quarter of an hour. For
    /// more see [`Review`].
    #[must_use]
    pub fn review(reason: impl Into<String>) -> Self {
        Review::because(reason).into()
    }

    /// The action may run.
    #[must_use]
    pub fn allow() -> Self {
        Self::Allow
    }

    /// The action may run under these conditions.
    ///
    /// ```
    /// use countersign_policy_sdk::{MaskStyle, Obligations, Verdict};
    ///
    /// let masked = Obligations::new().mask_entity("EMAIL_ADDRESS", MaskStyle::Redact).rows(100);
    /// assert!(matches!(Verdict::allow_with(masked), Verdict::AllowWith(_)));
    /// ```
    #[must_use]
    pub fn allow_with(obligations: Obligations) -> Self {
        Self::AllowWith(obligations)
    }

    /// No side on whether, only on how.
    #[must_use]
    pub fn oblige(obligations: Obligations) -> Self {
        Self::Oblige(obligations)
    }
}

impl Review {
    /// Holds the action for one reviewer, any of them, for a quarter of an hour.
    #[must_use]
    pub fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            reviewers: Vec::new(),
            quorum: 1,
            expires_in: DEFAULT_EXPIRY_SECONDS,
        }
    }

    /// Only members of these groups may decide.
    #[must_use]
    pub fn by(mut self, groups: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.reviewers = groups.into_iter().map(Into::into).collect();
        self
    }

    /// So many distinct people must approve.
    #[must_use]
    pub fn quorum(mut self, people: u8) -> Self {
        self.quorum = people;
        self
    }

    /// It expires undecided after so many seconds.
    #[must_use]
    pub fn expires_in(mut self, seconds: u32) -> Self {
        self.expires_in = seconds;
        self
    }
}

impl From<Review> for Verdict {
    fn from(review: Review) -> Self {
        Self::Review(review)
    }
}

#[expect(clippy::derivable_impls, reason = "the type is generated from the WIT")]
impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: None,
            bytes: None,
            seconds: None,
        }
    }
}

#[expect(clippy::derivable_impls, reason = "the type is generated from the WIT")]
impl Default for Obligations {
    fn default() -> Self {
        Self {
            masks: Vec::new(),
            limits: Limits::default(),
            charges: Vec::new(),
            tags: Vec::new(),
        }
    }
}

impl Obligations {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks whatever is detected as this entity, such as `EMAIL_ADDRESS`.
    #[must_use]
    pub fn mask_entity(mut self, entity: impl Into<String>, style: MaskStyle) -> Self {
        self.masks.push(Mask {
            selector: MaskSelector::Entity(entity.into()),
            style,
        });
        self
    }

    /// Masks a column of a table by its origin; the table `*` is any.
    ///
    /// Of an answer in JSON it is a member, and the table says which objects have it: `*` any, `$` the
    /// document, `$.data.users` those at that path, `data.users` those and whatever they hold.
    #[must_use]
    pub fn mask_column(
        mut self,
        table: impl Into<String>,
        name: impl Into<String>,
        style: MaskStyle,
    ) -> Self {
        self.masks.push(Mask {
            selector: MaskSelector::Column(Column {
                table: table.into(),
                name: name.into(),
            }),
            style,
        });
        self
    }

    /// At most so many rows are returned.
    #[must_use]
    pub fn rows(mut self, rows: u64) -> Self {
        self.limits.rows = Some(rows);
        self
    }

    /// At most so many bytes of row data are returned.
    #[must_use]
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.limits.bytes = Some(bytes);
        self
    }

    /// The action may take so many seconds.
    #[must_use]
    pub fn seconds(mut self, seconds: u32) -> Self {
        self.limits.seconds = Some(seconds);
        self
    }

    /// The returned rows are added to this counter.
    #[must_use]
    pub fn charge(mut self, counter: impl Into<String>, window_seconds: u32) -> Self {
        self.charges.push(Charge {
            counter: counter.into(),
            window_seconds,
        });
        self
    }

    /// Keeps a word in the record.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }
}
