//! What all policies together say: the strictest wins, and every reason is kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{BindingId, DefaultVerdict, Obligations, ReviewSpec, Stage, Verdict};

/// What happens to an action, from mild to strict.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It runs.
    Allow,
    /// It runs, and what it returns is masked.
    Mask,
    /// It waits for people.
    Review,
    /// It does not run.
    Deny,
}

/// Why a policy could not say anything: always a deny, with a code of its own.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The guest trapped.
    #[error("the policy trapped")]
    Trap,
    /// It ran past its deadline.
    #[error("the policy ran past its deadline")]
    Deadline,
    /// It asked for more memory than it may have.
    #[error("the policy used up its memory")]
    Memory,
    /// It passed or returned more than it may.
    #[error("the policy exceeded a size limit")]
    Size,
    /// It returned an error of its own.
    #[error("the policy returned an error")]
    Error,
    /// It returned a verdict that makes no sense, such as a quorum of none.
    #[error("the policy returned an invalid verdict")]
    InvalidVerdict,
    /// It is bound but could not be loaded on this edge.
    #[error("the policy is not loaded")]
    NotLoaded,
}

/// What one policy said, or why it could not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyVerdict {
    /// It said this.
    Said(Verdict),
    /// It could not; the detail is for its author.
    Failed {
        /// What went wrong.
        failure: Failure,
        /// In words, bounded in length.
        detail: String,
    },
}

/// A question a policy put to the host, with the answer, so that the decision can be replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostCall {
    /// A sliding-window counter.
    Count {
        /// Which one.
        key: String,
        /// What was added.
        amount: u64,
        /// The window in seconds.
        window_seconds: u32,
        /// The sum after it.
        sum: u64,
    },
    /// A look into a data document.
    Lookup {
        /// Which one.
        document: String,
        /// Its digest; empty where the bundle has none of that name.
        digest: String,
        /// What was looked for.
        key: String,
        /// What was found, as JSON text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Arc<str>>,
    },
    /// What time it was.
    Clock {
        /// The answer.
        at: crate::Timestamp,
    },
    /// A log line.
    Log {
        /// `debug`, `info` or `warn`.
        level: String,
        /// The line, bounded in length.
        message: String,
    },
}

/// One bound policy's part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PolicyOutcome {
    /// The binding that ran.
    pub binding: BindingId,
    /// The policy's name.
    pub policy: String,
    /// The version, as people count it.
    pub version: u32,
    /// SHA-256 of the module, in hex.
    pub digest: String,
    /// `shadow` outcomes are kept and not obeyed.
    pub stage: Stage,
    /// What it said.
    pub verdict: PolicyVerdict,
    /// Microseconds it took; 0 when the answer came from the cache of verdicts that cannot differ.
    pub micros: u32,
    /// What it asked the host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host_calls: Vec<HostCall>,
}

impl PolicyOutcome {
    /// Whether another one tells the same, however long either took.
    fn tells_as(&self, other: &Self) -> bool {
        let Self {
            binding,
            policy,
            version,
            digest,
            stage,
            verdict,
            micros: _,
            host_calls,
        } = self;
        *binding == other.binding
            && *version == other.version
            && *stage == other.stage
            && *verdict == other.verdict
            && *host_calls == other.host_calls
            && *digest == other.digest
            && *policy == other.policy
    }
}

/// What happens to an action, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Decision {
    /// What happens.
    pub effect: Effect,
    /// The reasons that led to it, in the order of the policies.
    pub reasons: Vec<String>,
    /// Conditions for when it runs; under `review` they hold after approval.
    #[serde(default)]
    pub obligations: Obligations,
    /// Who must decide, for `review`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewSpec>,
    /// Whether no policy took a side and the target's default decided.
    #[serde(default)]
    pub by_default: bool,
    /// Every bound policy, shadow ones included.
    pub policies: Vec<PolicyOutcome>,
    /// The bundle that was enforced.
    pub bundle_revision: u64,
}

impl Decision {
    /// Whether another one tells the same, policy by policy, however long either took.
    #[must_use]
    pub fn tells_as(&self, other: &Self) -> bool {
        let Self {
            effect,
            reasons,
            obligations,
            review,
            by_default,
            policies,
            bundle_revision,
        } = self;
        let mut pairs = policies.iter().zip(&other.policies);
        *effect == other.effect
            && *bundle_revision == other.bundle_revision
            && *by_default == other.by_default
            && *reasons == other.reasons
            && *review == other.review
            && *obligations == other.obligations
            && policies.len() == other.policies.len()
            && pairs.all(|(one, other)| one.tells_as(other))
    }

    /// The strictest of all obeyed outcomes; the target's default when none of them takes a side.
    /// Obligations hold together, whoever allowed: an allowed action with a mask is `Mask`.
    #[must_use]
    pub fn combine(
        policies: Vec<PolicyOutcome>,
        default: DefaultVerdict,
        bundle_revision: u64,
    ) -> Self {
        let mut effect: Option<Effect> = None;
        let mut reasons: Vec<(Effect, String)> = Vec::new();
        let mut obligations = Obligations::default();
        let mut review: Option<ReviewSpec> = None;
        for outcome in policies.iter().filter(|o| o.stage.is_obeyed()) {
            let said = match &outcome.verdict {
                PolicyVerdict::Said(Verdict::Abstain) => continue,
                PolicyVerdict::Said(Verdict::Oblige(with)) => {
                    obligations.merge(with);
                    continue;
                }
                PolicyVerdict::Said(Verdict::Allow(with)) => {
                    obligations.merge(with);
                    Effect::Allow
                }
                PolicyVerdict::Said(Verdict::Review(spec)) => {
                    reasons.push((Effect::Review, spec.reason.clone()));
                    match &mut review {
                        Some(mine) => mine.merge(spec),
                        None => review = Some(spec.clone()),
                    }
                    Effect::Review
                }
                PolicyVerdict::Said(Verdict::Deny(reason)) => {
                    reasons.push((Effect::Deny, reason.clone()));
                    Effect::Deny
                }
                PolicyVerdict::Failed { failure, .. } => {
                    reasons.push((Effect::Deny, format!("{}: {failure}", outcome.policy)));
                    Effect::Deny
                }
            };
            effect = effect.max(Some(said));
        }
        let by_default = effect.is_none();
        let mut effect = effect.unwrap_or(match default {
            DefaultVerdict::Allow => Effect::Allow,
            DefaultVerdict::Deny => Effect::Deny,
        });
        if effect == Effect::Allow && !obligations.masks.is_empty() {
            effect = Effect::Mask;
        }
        if by_default && effect == Effect::Deny {
            reasons.push((
                Effect::Deny,
                "no policy allows this on the target".to_owned(),
            ));
        }
        Self {
            effect,
            reasons: reasons
                .into_iter()
                .filter(|(of, _)| *of == effect)
                .map(|(_, r)| r)
                .collect(),
            obligations,
            review: review.filter(|_| effect == Effect::Review),
            by_default,
            policies,
            bundle_revision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Mask, MaskSelector, MaskStyle};

    fn outcome(stage: Stage, verdict: PolicyVerdict) -> PolicyOutcome {
        PolicyOutcome {
            binding: BindingId::new(),
            policy: "p".to_owned(),
            version: 1,
            digest: String::new(),
            stage,
            verdict,
            micros: 1,
            host_calls: Vec::new(),
        }
    }

    fn said(verdict: Verdict) -> PolicyOutcome {
        outcome(Stage::Enforced, PolicyVerdict::Said(verdict))
    }

    fn mask() -> Verdict {
        Verdict::Allow(Obligations {
            masks: vec![Mask {
                selector: MaskSelector::Entity("EMAIL_ADDRESS".to_owned()),
                style: MaskStyle::Redact,
            }],
            ..Obligations::default()
        })
    }

    fn review(quorum: u8) -> Verdict {
        Verdict::Review(ReviewSpec {
            reason: format!("needs {quorum}"),
            reviewers: Vec::new(),
            quorum,
            expires_in: 60,
        })
    }

    #[test]
    fn the_strictest_wins() {
        let deny = || said(Verdict::Deny("no".to_owned()));
        let failed = || {
            outcome(
                Stage::Enforced,
                PolicyVerdict::Failed {
                    failure: Failure::Trap,
                    detail: String::new(),
                },
            )
        };
        let allow = || said(Verdict::Allow(Obligations::default()));
        let shadow = outcome(
            Stage::Shadow,
            PolicyVerdict::Said(Verdict::Deny("no".to_owned())),
        );
        let cases = [
            ("nobody speaks", vec![], Effect::Deny),
            ("all abstain", vec![said(Verdict::Abstain)], Effect::Deny),
            (
                "one allows",
                vec![said(Verdict::Abstain), allow()],
                Effect::Allow,
            ),
            (
                "a mask is stricter than an allow",
                vec![said(mask()), allow()],
                Effect::Mask,
            ),
            (
                "a review is stricter than a mask",
                vec![said(mask()), said(review(1))],
                Effect::Review,
            ),
            (
                "a deny is strictest",
                vec![said(review(1)), deny(), allow()],
                Effect::Deny,
            ),
            ("a failure denies", vec![allow(), failed()], Effect::Deny),
            (
                "a shadow is not obeyed",
                vec![allow(), shadow],
                Effect::Allow,
            ),
        ];
        for (name, policies, expected) in cases {
            let decision = Decision::combine(policies, DefaultVerdict::Deny, 1);
            assert_eq!(decision.effect, expected, "{name}");
            assert_eq!(
                decision.review.is_some(),
                expected == Effect::Review,
                "{name}"
            );
        }
    }

    #[test]
    fn the_default_decides_only_when_all_abstain() {
        let abstain = Decision::combine(vec![said(Verdict::Abstain)], DefaultVerdict::Allow, 1);
        assert_eq!((abstain.effect, abstain.by_default), (Effect::Allow, true));
        let deny = Decision::combine(
            vec![said(Verdict::Deny("x".into()))],
            DefaultVerdict::Allow,
            1,
        );
        assert_eq!((deny.effect, deny.by_default), (Effect::Deny, false));
    }

    #[test]
    fn an_obligation_is_no_vote() {
        let oblige = || match mask() {
            Verdict::Allow(with) => said(Verdict::Oblige(with)),
            other => said(other),
        };
        let allow = || said(Verdict::Allow(Obligations::default()));
        let deny = || said(Verdict::Deny("no".to_owned()));
        let cases = [
            (
                "alone, the default decides",
                vec![oblige()],
                DefaultVerdict::Deny,
                Effect::Deny,
                true,
            ),
            (
                "it holds under the default",
                vec![oblige()],
                DefaultVerdict::Allow,
                Effect::Mask,
                true,
            ),
            (
                "it holds under another's allow",
                vec![allow(), oblige()],
                DefaultVerdict::Deny,
                Effect::Mask,
                false,
            ),
            (
                "a review stays a review",
                vec![oblige(), said(review(1))],
                DefaultVerdict::Allow,
                Effect::Review,
                false,
            ),
            (
                "a deny stays a deny",
                vec![oblige(), deny()],
                DefaultVerdict::Allow,
                Effect::Deny,
                false,
            ),
        ];
        for (name, policies, default, effect, by_default) in cases {
            let decision = Decision::combine(policies, default, 1);
            assert_eq!(
                (decision.effect, decision.by_default),
                (effect, by_default),
                "{name}"
            );
            assert_eq!(decision.obligations.masks.len(), 1, "{name}");
        }
    }

    #[test]
    fn obligations_of_all_policies_hold_together() {
        let capped = |rows| {
            said(Verdict::Allow(Obligations {
                limits: Limits {
                    rows: Some(rows),
                    ..Limits::default()
                },
                ..Obligations::default()
            }))
        };
        let policies = vec![
            capped(10),
            said(mask()),
            capped(5),
            said(review(1)),
            said(review(2)),
        ];
        let decision = Decision::combine(policies, DefaultVerdict::Deny, 1);
        assert_eq!(decision.obligations.limits.rows, Some(5));
        assert_eq!(decision.obligations.masks.len(), 1);
        let review = decision.review.expect("held");
        assert_eq!(review.quorum, 2);
        assert_eq!(decision.reasons, ["needs 1", "needs 2"]);
    }
}
