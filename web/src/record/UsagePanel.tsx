import { useQuery } from "@tanstack/react-query";
import { principalUse } from "../api/accessQueries";
import { isRisky } from "../text/access";
import { formatSeconds, plural } from "../text/format";
import { Moment } from "../ui/Moment";
import { Panel } from "../ui/Panel";
import { Pill } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";
import { QueryView } from "../ui/States";
import type { Granted, TargetUse } from "./usage";

/** How long each operation was granted. */
function GrantedTimes({ granted }: { granted: Granted[] }) {
  if (granted.length === 0) return <span className="faint">standing</span>;
  return (
    <ul>
      {granted.map(({ operation, seconds }) => (
        <li key={operation} className="nowrap">
          <span className="label" data-hot={isRisky(operation) || undefined}>
            {operation}
          </span>{" "}
          <span className="faint">{formatSeconds(seconds)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Granted and never used is what can go. */
function Used({ use }: { use: TargetUse }) {
  if (use.sessions === 0) return <Pill tone="review">never</Pill>;
  return (
    <>
      {plural(use.actions, "action")}
      <div className="faint">
        {plural(use.sessions, "session")}
        {use.lastAt && <Moment at={use.lastAt} prefix=", " />}
      </div>
    </>
  );
}

function UsageTable({ rows }: { rows: TargetUse[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Target</th>
          <th>Granted</th>
          <th className="num">Used</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((use) => (
          <tr key={use.target}>
            <td className="break">
              <Revealed text={use.target} />
            </td>
            <td>
              <GrantedTimes granted={use.granted} />
            </td>
            <td className="num">
              <Used use={use} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a principal was granted over 90 days, beside what it used of it. */
export function UsagePanel({ name }: { name: string }) {
  const query = useQuery(principalUse(name));
  return (
    <Panel title="Granted and used" aside="last 90 days" flush>
      <QueryView query={query} lines={2}>
        {({ rows, whole }) => (
          <>
            {rows.length > 0 ? (
              <UsageTable rows={rows} />
            ) : (
              <p className="in muted">It was granted nothing, and used nothing.</p>
            )}
            {!whole && (
              <p className="in faint">The newest 1,000 sessions and grants were counted.</p>
            )}
          </>
        )}
      </QueryView>
    </Panel>
  );
}
