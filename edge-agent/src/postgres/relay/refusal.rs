//! How a refusal reaches the client: as an error in its place in the order of answers, with the
//! transaction failed at the server as well.

use bytes::BytesMut;

use super::{Relay, queue::Awaited};
use crate::{
    pipeline::{Judged, Refusal, code},
    postgres::{
        backend::{Report, TxStatus, write_ready},
        frontend,
    },
};

/// The portal that never exists: executing it fails, and changes nothing else at the server.
const REFUSED: &str = "refused by Countersign";

/// Which protocol an action came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// A simple query, answered up to ReadyForQuery.
    Query,
    /// A message of the extended protocol, answered up to its error.
    Extended,
}

impl Relay {
    pub(super) fn refuse_in(&mut self, context: Context, report: Report) {
        match context {
            Context::Query => self.refuse_query(report),
            Context::Extended => self.refuse(report),
        }
    }

    /// Refuses a message of the extended protocol: everything up to the Sync is skipped.
    pub(super) fn refuse(&mut self, report: Report) {
        if self.nothing_under_way() {
            report.write(&mut self.client.output);
        } else {
            self.send_failure(Some(&report));
            self.dirty = true;
        }
        self.discarding = true;
    }

    /// Refuses a simple query or a function call.
    pub(super) fn refuse_query(&mut self, report: Report) {
        if self.nothing_under_way() {
            report.write(&mut self.client.output);
            write_ready(&mut self.client.output, TxStatus::Idle);
        } else {
            self.send_failure(Some(&report));
            frontend::write_bare(&mut self.server.output, b'S');
            self.push_ready();
        }
    }

    /// Makes the server fail what it is in the middle of; the client is told `report` for it.
    pub(super) fn send_failure(&mut self, report: Option<&Report>) {
        let mut bytes = BytesMut::new();
        if let Some(report) = report {
            report.write(&mut bytes);
        }
        frontend::write_execute(&mut self.server.output, REFUSED, 0);
        self.queue.push_back(Awaited::Refusal(bytes));
    }

    /// Whether the server owes nothing and would have nothing to take back.
    fn nothing_under_way(&self) -> bool {
        self.queue.is_empty() && !self.dirty && self.status == TxStatus::Idle
    }
}

/// The error for a refusal that no verdict led to.
pub(super) fn refusal_report(refusal: &Refusal, text: &str) -> Report {
    let action = format!(
        "action {} ({})",
        refusal.action_id,
        refusal.action_id.short()
    );
    match refusal.code {
        code::UNPARSEABLE => {
            let mut report = Report::error("42601", refusal.reason.clone())
                .detail(format!("Countersign cannot read the statement; {action}"))
                .hint("Only what can be read can be judged. Nothing was sent to the database.");
            report.position = refusal
                .position
                .and_then(|offset| text.get(..offset))
                .map(|before| before.chars().count() + 1);
            report
        }
        code::BUNDLE_EXPIRED => Report::error("57P03", refusal.to_string())
            .detail(action)
            .hint("The edge has lost its control plane for too long; ask its operator."),
        code::REVOKED
        | code::LOCKED
        | code::CREDENTIAL_EXPIRED
        | code::CREDENTIAL_REVOKED
        | code::GRANT_EXPIRED
        | code::GRANT_ENDED
        | code::NO_GRANT => Report::error("57P01", refusal.to_string()).detail(action),
        code::OUTSIDE_GRANT => Report::error("42501", refusal.to_string())
            .detail(action)
            .hint("Ask for a grant that allows it: countersign access request."),
        code::JOURNAL_UNAVAILABLE => Report::error("58030", refusal.to_string())
            .detail(action)
            .hint("Nothing runs that cannot be recorded; ask the edge's operator."),
        code::UNSUPPORTED => Report::error("0A000", refusal.to_string()).detail(action),
        code::REVIEW_WITHDRAWN => Report::error(
            "57014",
            "canceling statement due to user request while it was held for review",
        )
        .detail(with_review(refusal, &action)),
        code::REVIEW_DENIED | code::REVIEW_EXPIRED => Report::error(
            "42501",
            format!("Countersign did not run this statement: {refusal}"),
        )
        .detail(with_review(refusal, &action)),
        _ => Report::error(
            "42501",
            format!("Countersign refused this statement: {refusal}"),
        )
        .detail(with_review(refusal, &action)),
    }
}

fn with_review(refusal: &Refusal, action: &str) -> String {
    match refusal.review_id {
        Some(review) => format!("review {} ({review}); {action}", review.short()),
        None => action.to_owned(),
    }
}

/// The error for a refusal with the verdict behind it.
pub(super) fn verdict_report(refusal: &Refusal, judged: &Judged) -> Report {
    if refusal.code != code::DENIED {
        return refusal_report(refusal, judged.inspected().text());
    }
    let decision = judged.decision();
    let mut policies: Vec<&str> = Vec::new();
    for outcome in &decision.policies {
        if outcome.denies() && !policies.contains(&outcome.policy.as_str()) {
            policies.push(&outcome.policy);
        }
    }
    let by = if policies.is_empty() {
        "the target's default".to_owned()
    } else {
        format!("policy {}", policies.join(", "))
    };
    Report::error(
        "42501",
        format!("Countersign denied this statement: {refusal}"),
    )
    .detail(format!(
        "by {by}; action {} ({})",
        refusal.action_id,
        refusal.action_id.short()
    ))
    .hint("Change the statement so that the policy allows it, or ask the policy's owner.")
}

/// Whether a policy's part is a reason to deny.
trait Denies {
    fn denies(&self) -> bool;
}

impl Denies for countersign_model::PolicyOutcome {
    fn denies(&self) -> bool {
        use countersign_model::{PolicyVerdict, Verdict};
        self.stage.is_obeyed()
            && matches!(
                self.verdict,
                PolicyVerdict::Said(Verdict::Deny(_)) | PolicyVerdict::Failed { .. }
            )
    }
}
