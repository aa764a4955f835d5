import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { reviewHistory } from "../../api/queries";
import type { Id, ReviewState, ReviewSummary } from "../../api/types";
import { Button } from "../../ui/Button";
import { Blank, QueryView } from "../../ui/States";
import { Queue } from "./Queue";

const STATES: { value: ReviewState | "all"; label: string }[] = [
  { value: "all", label: "All decided" },
  { value: "used", label: "Approved, ran" },
  { value: "approved", label: "Approved, not run yet" },
  { value: "denied", label: "Denied" },
  { value: "expired", label: "Expired" },
  { value: "withdrawn", label: "Withdrawn" },
];

interface Props {
  selected: Id | undefined;
  matches: (review: ReviewSummary) => boolean;
}

/** What was decided, newest first. */
export function History({ selected, matches }: Props) {
  const [state, setState] = useState<ReviewState | "all">("all");
  const query = useInfiniteQuery(reviewHistory(state === "all" ? undefined : state));
  return (
    <>
      <div className="queue-bar">
        <select
          className="input"
          aria-label="State"
          value={state}
          onChange={(event) => setState(event.target.value as ReviewState | "all")}
        >
          {STATES.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <QueryView query={query} lines={8}>
        {(data) => {
          const reviews = data.pages
            .flatMap((page) => page.items)
            .filter((review) => review.state !== "pending" && matches(review));
          if (reviews.length === 0 && !query.hasNextPage) return <Blank title="Nothing decided." />;
          return <Queue items={reviews} selected={selected} />;
        }}
      </QueryView>
      <p className="queue-foot">
        Decided requests for access are among{" "}
        <Link to="/access" search={{ all: true }}>
          everybody's grants
        </Link>
        .
      </p>
      {query.hasNextPage && (
        <div className="queue-bar">
          <Button small busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}
