import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { policySet, policySets } from "../../api/queries";
import type { PolicyChange, PolicySetSummary } from "../../api/types";
import { useRowKeys } from "../../shell/useRowKeys";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Blank, ProblemNote, QueryView, Skeleton } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { Outcome } from "../policies/Outcome";
import { SetDetail } from "./SetDetail";

function Row({
  set,
  current,
  chosen,
}: {
  set: PolicySetSummary;
  current: boolean;
  chosen: boolean;
}) {
  return (
    <li>
      <Link
        to="/sets"
        search={{ revision: set.revision }}
        aria-current={chosen ? "true" : undefined}
        data-row
      >
        <span className="row">
          <b>Set {set.revision}</b>
          {current && <Pill tone="allow">now</Pill>}
          <span className="grow" />
          <span className="faint">
            <Moment at={set.at} />
          </span>
        </span>
        <span className="break">
          <Revealed text={set.summary} />
        </span>
        <span className="muted">
          {set.by}
          {set.comment && (
            <>
              : “<Revealed text={set.comment} />”
            </>
          )}
        </span>
      </Link>
    </li>
  );
}

interface ChosenProps {
  revision: number;
  current: number;
  onRestored: (change: PolicyChange) => void;
}

function Chosen({ revision, current, onRestored }: ChosenProps) {
  const chosen = useQuery(policySet(revision));
  const now = useQuery(policySet(current));
  return (
    <QueryView query={chosen} lines={6}>
      {(set) => (
        <QueryView query={now} lines={6}>
          {(latest) => (
            <SetDetail key={revision} set={set} current={latest} onRestored={onRestored} />
          )}
        </QueryView>
      )}
    </QueryView>
  );
}

/** Every set of bindings that edges ran, and the way back to any of them. */
export function SetsPage() {
  const search = useSearch({ from: "/shell/sets" });
  const [restored, setRestored] = useState<PolicyChange>();
  useRowKeys();
  const query = useInfiniteQuery(policySets());
  const sets = query.data?.pages.flatMap((page) => page.items) ?? [];
  const current = sets[0]?.revision;
  const chosen = search.revision ?? current;
  return (
    <>
      <TopBar title="Policy sets" sub="What all edges run together, one revision after the other">
        <Link to="/changes" className="btn">
          Changes
        </Link>
      </TopBar>
      {restored && <Outcome change={restored} onClose={() => setRestored(undefined)} />}
      <div className="master">
        <div className="list">
          {query.isPending && <Skeleton lines={6} />}
          {query.error && !query.data && (
            <div style={{ padding: 16 }}>
              <ProblemNote error={query.error} onRetry={() => query.refetch()} />
            </div>
          )}
          {query.data && sets.length === 0 && (
            <Blank title="No policy sets yet.">The first binding makes the first set.</Blank>
          )}
          <ul aria-label="Policy sets">
            {sets.map((set) => (
              <Row
                key={set.revision}
                set={set}
                current={set.revision === current}
                chosen={set.revision === chosen}
              />
            ))}
          </ul>
          {query.hasNextPage && (
            <p style={{ padding: 14, textAlign: "center" }}>
              <Button busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                Show more
              </Button>
            </p>
          )}
        </div>
        <div className="detail-pane">
          {chosen !== undefined && current !== undefined && (
            <Chosen revision={chosen} current={current} onRestored={setRestored} />
          )}
        </div>
      </div>
    </>
  );
}
