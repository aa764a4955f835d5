import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Grant, Id, ReviewSummary } from "../../api/types";
import { GrantPill } from "../../record/GrantMark";
import { asked, holderOf, targetsOf } from "../../text/access";
import { describeActor, verbOf } from "../../text/describe";
import { wordOf } from "../../text/operation";
import { TimeLeft } from "../../ui/CountdownRing";
import { Moment } from "../../ui/Moment";
import { ReviewPill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { SqlLine } from "../../ui/Sql";
import { isPending, isRequest, type Waiting } from "./queue";

function Until({ at }: { at: string }) {
  return (
    <span className="time-left">
      <TimeLeft until={at} />
    </span>
  );
}

function Foot({ who, at }: { who: string; at: string }) {
  return (
    <span className="row faint">
      <span className="clip grow">
        <Revealed text={who} />
      </span>
      <Moment at={at} />
    </span>
  );
}

function Held({ review }: { review: ReviewSummary }) {
  return (
    <>
      <span className="row">
        <b className="clip grow">
          {review.kind === "sql" ? verbOf(review.excerpt) : wordOf(review.kind)} on{" "}
          <Revealed text={review.target} />
        </b>
        {isPending(review) ? <Until at={review.expires_at} /> : <ReviewPill state={review.state} />}
      </span>
      {review.kind === "sql" ? (
        <SqlLine text={review.excerpt} />
      ) : (
        <span className="sql-line">
          <Revealed text={review.excerpt.replaceAll(/\s+/g, " ")} />
        </span>
      )}
      <Foot who={describeActor(review.principal)} at={review.decided_at ?? review.requested_at} />
    </>
  );
}

function Request({ grant }: { grant: Grant }) {
  return (
    <>
      <span className="row">
        <b className="clip grow">
          Access to <Revealed text={targetsOf(grant)} />
        </b>
        {isPending(grant) ? (
          grant.decide_until && <Until at={grant.decide_until} />
        ) : (
          <GrantPill state={grant.state} />
        )}
      </span>
      <span className="sql-line">{asked(grant)}</span>
      <Foot
        who={`${holderOf(grant)}: “${grant.task}”`}
        at={grant.decided_at ?? grant.requested_at}
      />
    </>
  );
}

function QueueItem({ item, selected }: { item: Waiting; selected: boolean }) {
  const ref = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (selected) ref.current?.scrollIntoView?.({ block: "nearest" });
  }, [selected]);
  const common = {
    ref,
    search: (before: object) => before,
    className: "queue-item",
    "data-decided": !isPending(item) || undefined,
  };
  return (
    <li>
      {isRequest(item) ? (
        <Link to="/reviews/access/$grantId" params={{ grantId: item.id }} {...common}>
          <Request grant={item} />
        </Link>
      ) : (
        <Link to="/reviews/$reviewId" params={{ reviewId: item.id }} {...common}>
          <Held review={item} />
        </Link>
      )}
    </li>
  );
}

export function Queue({ items, selected }: { items: Waiting[]; selected: Id | undefined }) {
  return (
    <ul aria-label="Reviews">
      {items.map((item) => (
        <QueueItem key={item.id} item={item} selected={item.id === selected} />
      ))}
    </ul>
  );
}
