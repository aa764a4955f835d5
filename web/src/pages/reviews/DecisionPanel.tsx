import type { Review } from "../../api/types";
import { type Vote, Votes } from "../../record/Votes";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";

/** Why the reader may not decide, in words; undefined when they may. */
export function whyNot(review: Review): string | undefined {
  if (review.may_decide) return undefined;
  switch (review.may_not_decide) {
    case "role":
      return "Your role reads and does not decide.";
    case "requester":
      return "You asked for it, or it is done on your behalf. Somebody else must decide.";
    case "group":
      return `Only ${review.reviewers.join(", ")} may decide. You are in none of these groups.`;
    case "scope":
      return "You decide for targets with other labels.";
    case "already_decided":
      return "You have decided. It waits for others.";
    default:
      return "It is not waiting for a decision any more.";
  }
}

const votes = (review: Review): Vote[] =>
  review.decisions.map((vote) => ({
    id: vote.user_id,
    by: vote.user,
    decision: vote.decision,
    comment: vote.comment,
    at: vote.decided_at,
  }));

export function DecisionPanel({ review }: { review: Review }) {
  const who = review.reviewers.length > 0 ? review.reviewers.join(", ") : "any reviewer";
  return (
    <Panel title="Decision">
      <div className="stack">
        <p>
          {review.approvals} of {review.quorum} {review.quorum === 1 ? "approval" : "approvals"},
          from <b>{who}</b>. {review.state === "pending" && (whyNot(review) ?? "You may decide.")}{" "}
          {review.state === "pending" && (
            <span className="muted">
              {[review.principal.name, review.principal.on_behalf_of].filter(Boolean).join(" and ")}{" "}
              may not.
            </span>
          )}
        </p>
        <Votes votes={votes(review)} />
        {review.decisions.length === 0 && review.decided_at && (
          <p className="muted">
            Closed <Moment at={review.decided_at} />.
          </p>
        )}
      </div>
    </Panel>
  );
}
