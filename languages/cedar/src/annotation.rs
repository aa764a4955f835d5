//! What a policy says beside its effect: annotations.

use cedar_policy::{Effect, Policy};
use countersign_language_facts::wit::{Column, Mask, MaskSelector, MaskStyle, Review};

/// Annotations that say something here, and those that people use for themselves. Any other is
/// refused: a misspelt `@mask` would be a mask that is not kept.
const KNOWN: [&str; 12] = [
    "id",
    "description",
    "doc",
    "owner",
    "source",
    "reason",
    "review",
    "reviewers",
    "quorum",
    "expires_in",
    "mask",
    "max_rows",
];

/// What a policy comes to when it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The action may run, under these conditions.
    Permit {
        /// What is masked.
        masks: Vec<Mask>,
        /// Rows that may be returned.
        rows: Option<u64>,
    },
    /// The action does not run.
    Forbid(String),
    /// People decide.
    Review(Review),
}

/// Reads a policy's annotations.
pub(crate) fn meaning(policy: &Policy) -> Result<Meaning, String> {
    if let Some((name, _)) = policy.annotations().find(|(name, _)| !KNOWN.contains(name)) {
        let known = KNOWN.join(", @");
        return Err(format!("@{name} means nothing here; there are @{known}"));
    }
    let reviews = policy.annotation("review").is_some();
    let misplaced = |names: &[&str], place: &str| match names
        .iter()
        .find(|name| policy.annotation(name).is_some())
    {
        Some(name) => Err(format!("@{name} belongs to a {place}")),
        None => Ok(()),
    };
    if policy.effect() == Effect::Permit {
        misplaced(&["review"], "forbid")?;
    } else {
        misplaced(&["mask", "max_rows"], "permit")?;
    }
    if !reviews {
        misplaced(
            &["reviewers", "quorum", "expires_in"],
            "forbid with @review",
        )?;
    }
    match policy.effect() {
        Effect::Permit => Ok(Meaning::Permit {
            masks: masks(policy.annotation("mask").unwrap_or_default())?,
            rows: number(policy, "max_rows")?,
        }),
        Effect::Forbid if reviews => Ok(Meaning::Review(review(policy)?)),
        Effect::Forbid => Ok(Meaning::Forbid(reason(policy))),
    }
}

fn reason(policy: &Policy) -> String {
    let said = policy.annotation("reason").filter(|r| !r.is_empty());
    match (said, policy.annotation("id")) {
        (Some(reason), _) => reason.to_owned(),
        (None, Some(id)) => format!("forbidden by {id}"),
        (None, None) => format!("forbidden by {}", policy.id()),
    }
}

fn review(policy: &Policy) -> Result<Review, String> {
    let mut review = Review::because(match policy.annotation("review") {
        None | Some("") => reason(policy),
        Some(words) => words.to_owned(),
    });
    if let Some(groups) = policy.annotation("reviewers") {
        review.reviewers = words(groups, ',').map(str::to_owned).collect();
    }
    if let Some(people) = number(policy, "quorum")? {
        review.quorum = u8::try_from(people)
            .ok()
            .filter(|people| *people > 0)
            .ok_or("@quorum must be between 1 and 255")?;
    }
    if let Some(seconds) = number(policy, "expires_in")? {
        review.expires_in = u32::try_from(seconds)
            .ok()
            .filter(|seconds| *seconds > 0)
            .ok_or("@expires_in is a number of seconds")?;
    }
    Ok(review)
}

fn number(policy: &Policy, name: &str) -> Result<Option<u64>, String> {
    let number = |text: &str| {
        text.parse()
            .map_err(|_| format!("@{name} must be a whole number in quotes"))
    };
    policy.annotation(name).map(number).transpose()
}

/// Masks such as `EMAIL_ADDRESS redact; customers.phone partial 4`: what, and how it looks instead.
fn masks(text: &str) -> Result<Vec<Mask>, String> {
    words(text, ';').map(mask).collect()
}

fn mask(text: &str) -> Result<Mask, String> {
    let mut parts = text.split_whitespace();
    let what = parts.next().unwrap_or_default();
    let selector = match what.rsplit_once('.') {
        Some((table, name)) => MaskSelector::Column(Column {
            table: table.to_owned(),
            name: name.to_owned(),
        }),
        None => MaskSelector::Entity(what.to_owned()),
    };
    let style = match (parts.next(), parts.next(), parts.next()) {
        (None | Some("redact"), None, None) => MaskStyle::Redact,
        (Some("pseudonym"), None, None) => MaskStyle::Pseudonym,
        (Some("null"), None, None) => MaskStyle::Null,
        (Some("partial"), Some(keep), None) => MaskStyle::Partial(
            keep.parse()
                .map_err(|_| format!("@mask: `{keep}` is no number of characters"))?,
        ),
        _ => {
            return Err(format!(
                "@mask: `{text}`: after what is masked comes redact, pseudonym, null or partial n"
            ));
        }
    };
    Ok(Mask { selector, style })
}

fn words(text: &str, separator: char) -> impl Iterator<Item = &str> {
    text.split(separator)
        .map(str::trim)
        .filter(|word| !word.is_empty())
}
