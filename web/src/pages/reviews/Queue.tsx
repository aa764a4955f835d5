import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Id, ReviewSummary } from "../../api/types";
import { describeActor, verbOf } from "../../text/describe";
import { TimeLeft } from "../../ui/CountdownRing";
import { Moment } from "../../ui/Moment";
import { ReviewPill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { SqlLine } from "../../ui/Sql";

function QueueItem({ review, selected }: { review: ReviewSummary; selected: boolean }) {
  const ref = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (selected) ref.current?.scrollIntoView?.({ block: "nearest" });
  }, [selected]);
  const pending = review.state === "pending";
  return (
    <li>
      <Link
        ref={ref}
        to="/reviews/$reviewId"
        params={{ reviewId: review.id }}
        search={(before) => before}
        className="queue-item"
        data-decided={!pending || undefined}
      >
        <span className="row">
          <b className="clip grow">
            {verbOf(review.excerpt)} on <Revealed text={review.target} />
          </b>
          {pending ? (
            <span className="time-left">
              <TimeLeft until={review.expires_at} />
            </span>
          ) : (
            <ReviewPill state={review.state} />
          )}
        </span>
        <SqlLine text={review.excerpt} />
        <span className="row faint">
          <span className="clip grow">
            <Revealed text={describeActor(review.principal)} />
          </span>
          <Moment at={review.decided_at ?? review.requested_at} />
        </span>
      </Link>
    </li>
  );
}

export function Queue({
  reviews,
  selected,
}: {
  reviews: ReviewSummary[];
  selected: Id | undefined;
}) {
  return (
    <ul aria-label="Reviews">
      {reviews.map((review) => (
        <QueueItem key={review.id} review={review} selected={review.id === selected} />
      ))}
    </ul>
  );
}
