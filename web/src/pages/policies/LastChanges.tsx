import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { policyChanges } from "../../api/queries";
import type { PolicyChange } from "../../api/types";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill, type Tone } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Skeleton } from "../../ui/States";

const TONE: Record<PolicyChange["state"], Tone> = {
  pending: "review",
  applied: "allow",
  rejected: "deny",
};

export function ChangePill({ change }: { change: PolicyChange }) {
  if (change.kind === "automatic_rollback") return <Pill tone="deny">rolled back by itself</Pill>;
  return <Pill tone={TONE[change.state]}>{change.state}</Pill>;
}

/** Who asked for it and who let it through. */
export function Who({ change }: { change: PolicyChange }) {
  const { requested_by_name, decided_by_name, requested_by, decided_by, state } = change;
  const second = decided_by && decided_by !== requested_by ? decided_by_name : undefined;
  return (
    <span className="muted">
      {requested_by_name}
      {second && `, ${state === "rejected" ? "rejected" : "approved"} by ${second}`}
    </span>
  );
}

const SHOWN = 6;

export function LastChanges({ policyId }: { policyId: string }) {
  const query = useInfiniteQuery(policyChanges({ policy_id: policyId }));
  const items = query.data?.pages[0]?.items ?? [];
  return (
    <Panel
      title="Last changes"
      aside={
        items.length > SHOWN && (
          <Link to="/changes" search={{ policy: policyId }}>
            all
          </Link>
        )
      }
      flush
    >
      {query.isPending && <Skeleton lines={3} />}
      {query.error && <p className="in error">The changes could not be read.</p>}
      {query.data && items.length === 0 && <p className="in muted">None yet.</p>}
      {items.length > 0 && (
        <table>
          <thead className="sr-only">
            <tr>
              <th>State</th>
              <th>Change</th>
              <th>When</th>
            </tr>
          </thead>
          <tbody>
            {items.slice(0, SHOWN).map((change) => (
              <tr key={change.id}>
                <td>
                  <ChangePill change={change} />
                </td>
                <td className="break">
                  <Link to="/changes" search={{ change: change.id }}>
                    <Revealed text={change.summary} />
                  </Link>{" "}
                  <Who change={change} />
                  {change.comment && (
                    <div className="faint">
                      “<Revealed text={change.comment} />”
                    </div>
                  )}
                </td>
                <td className="num faint">
                  <Moment at={change.decided_at ?? change.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
