import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useId } from "react";
import { policyChange, policyChanges } from "../../api/queries";
import type { ChangeState, PolicyChange } from "../../api/types";
import { useRowKeys } from "../../shell/useRowKeys";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { Revealed } from "../../ui/Revealed";
import { Blank, ProblemNote, QueryView, Skeleton } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { ChangePill, Who } from "../policies/LastChanges";
import { ApprovalSetting } from "./ApprovalSetting";
import { ChangeDetail } from "./ChangeDetail";

const STATES: { value: ChangeState | ""; label: string }[] = [
  { value: "", label: "every change" },
  { value: "pending", label: "waiting" },
  { value: "applied", label: "applied" },
  { value: "rejected", label: "rejected" },
];

function Row({ change, chosen }: { change: PolicyChange; chosen: boolean }) {
  return (
    <li>
      <Link
        from="/changes"
        to="/changes"
        search={(before) => ({ ...before, change: change.id })}
        aria-current={chosen ? "true" : undefined}
        data-row
      >
        <span className="row">
          <ChangePill change={change} />
          {change.alert && !change.acknowledged_at && <span className="error">alert</span>}
          <span className="grow" />
          <span className="faint">
            <Moment at={change.created_at} />
          </span>
        </span>
        <span className="break">
          <Revealed text={change.summary} />
        </span>
        <Who change={change} />
      </Link>
    </li>
  );
}

function Chosen({ changeId }: { changeId: string }) {
  const query = useQuery(policyChange(changeId));
  return (
    <QueryView query={query} lines={6}>
      {(change) => <ChangeDetail key={change.id} change={change} />}
    </QueryView>
  );
}

/** Every change of what edges enforce: who asked, who let it through, and what it changed. */
export function ChangesPage() {
  const search = useSearch({ from: "/shell/changes" });
  const navigate = useNavigate({ from: "/changes" });
  const selectId = useId();
  useRowKeys();
  const query = useInfiniteQuery(policyChanges({ state: search.state, policy_id: search.policy }));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = search.change ?? items[0]?.id;
  return (
    <>
      <TopBar title="Changes" sub="Of bindings and documents, and who let them through">
        <Link to="/sets" className="btn">
          Policy sets
        </Link>
      </TopBar>
      <div className="toolbar">
        <label htmlFor={selectId} className="faint">
          Show
        </label>
        <select
          id={selectId}
          className="input"
          value={search.state ?? ""}
          onChange={(event) =>
            void navigate({
              search: {
                policy: search.policy,
                state: (event.target.value || undefined) as ChangeState,
              },
              replace: true,
            })
          }
        >
          {STATES.map((state) => (
            <option key={state.value} value={state.value}>
              {state.label}
            </option>
          ))}
        </select>
        {search.policy && (
          <Link to="/changes" search={{ state: search.state }} className="btn small">
            Of one policy ×
          </Link>
        )}
        <span className="grow" />
        <ApprovalSetting onPending={(change) => void navigate({ search: { change: change.id } })} />
      </div>
      <div className="master">
        <div className="list">
          {query.isPending && <Skeleton lines={6} />}
          {query.error && !query.data && (
            <div style={{ padding: 16 }}>
              <ProblemNote error={query.error} onRetry={() => query.refetch()} />
            </div>
          )}
          {query.data && items.length === 0 && (
            <Blank title={search.state === "pending" ? "Nothing waits." : "No changes yet."}>
              Whatever changes what edges enforce is listed here.
            </Blank>
          )}
          <ul aria-label="Changes">
            {items.map((change) => (
              <Row key={change.id} change={change} chosen={change.id === chosen} />
            ))}
          </ul>
          {query.hasNextPage && (
            <p className="in" style={{ padding: 14, textAlign: "center" }}>
              <Button busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                Show more
              </Button>
            </p>
          )}
        </div>
        <div className="detail-pane">{chosen && <Chosen changeId={chosen} />}</div>
      </div>
    </>
  );
}
