import { Link } from "@tanstack/react-router";
import { formatMicros, shortDigest } from "../../text/format";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { ReviewPill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import type { ReviewPart } from "./replay";

export function ReviewPanel({ review }: { review: ReviewPart }) {
  const held = review.endedAt === undefined ? undefined : review.endedAt - review.heldAt;
  return (
    <Panel title="Review" aside={<ReviewPill state={review.state} />}>
      <Facts>
        <Fact name="Decided by">{review.decidedBy && <Revealed text={review.decidedBy} />}</Fact>
        <Fact name="Comment">{review.comment && <Revealed text={`“${review.comment}”`} />}</Fact>
        <Fact name="Held for">
          {held === undefined ? "still waiting" : formatMicros(held * 1000)}
        </Fact>
        <Fact name="Digest">
          <span className="mono" title={review.digest}>
            {shortDigest(review.digest)}
          </span>
        </Fact>
        <Fact name="Review">
          <Link to="/reviews/$reviewId" params={{ reviewId: review.id }} search={{ history: true }}>
            Open it
          </Link>
        </Fact>
      </Facts>
    </Panel>
  );
}
