import { Link } from "@tanstack/react-router";
import { formatMicros, shortDigest } from "../../text/format";
import { Facts, Panel } from "../../ui/Panel";
import { ReviewPill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import type { ReviewPart } from "./replay";

export function ReviewPanel({ review }: { review: ReviewPart }) {
  const held = review.endedAt === undefined ? undefined : review.endedAt - review.heldAt;
  return (
    <Panel title="Review" aside={<ReviewPill state={review.state} />}>
      <Facts
        rows={[
          ["Decided by", review.decidedBy && <Revealed text={review.decidedBy} />],
          ["Comment", review.comment && <Revealed text={`“${review.comment}”`} />],
          ["Held for", held === undefined ? "still waiting" : formatMicros(held * 1000)],
          [
            "Digest",
            <span key="digest" className="mono" title={review.digest}>
              {shortDigest(review.digest)}
            </span>,
          ],
        ]}
      />
      <Link to="/reviews/$reviewId" params={{ reviewId: review.id }} search={{ history: true }}>
        Open the review
      </Link>
    </Panel>
  );
}
