import type { SqlFacts } from "../../api/types";
import { formatBytes, formatCount, plural } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import type { ActionEntry } from "./replay";

function tablesOf(facts: SqlFacts | undefined): string[] {
  const tables = facts?.statements.flatMap((s) => [...s.tables_written, ...s.tables_read]) ?? [];
  return [...new Set(tables)];
}

function Untouched({ action }: { action: ActionEntry }) {
  if (action.operation.request) return <p className="muted">None. It never left the edge.</p>;
  const tables = tablesOf(action.facts);
  return (
    <p className="muted">
      None.{" "}
      {tables.length > 0 && (
        <>
          The statement named{" "}
          <span className="mono">
            <Revealed text={tables.join(", ")} mode="code" />
          </span>{" "}
          and never reached the database.
        </>
      )}
    </p>
  );
}

export function DataTouched({ action }: { action: ActionEntry }) {
  const { outcome } = action;
  if (!outcome) {
    const never = action.status === "refused" || action.status === "held";
    return (
      <Panel title="Data touched">
        {never ? <Untouched action={action} /> : <p className="muted">Not known.</p>}
      </Panel>
    );
  }
  const { masked, findings, tags, sqlstate } = outcome;
  return (
    <Panel
      title="Data touched"
      aside={[...tags, sqlstate && `SQLSTATE ${sqlstate}`].filter(Boolean).join(" · ")}
      flush
    >
      <p className="in">
        {action.operation.request ? (
          <b>{formatBytes(outcome.bytes)}</b>
        ) : (
          <>
            <b>{plural(outcome.rows, "row")}</b> and {formatBytes(outcome.bytes)}
          </>
        )}{" "}
        went to the client.
        {masked.length === 0 && findings.length === 0 && (
          <span className="muted"> Nothing was masked.</span>
        )}
      </p>
      {(masked.length > 0 || findings.length > 0) && (
        <table>
          <thead>
            <tr>
              <th>{action.operation.request ? "Place" : "Column"}</th>
              <th>Entity</th>
              <th>What happened</th>
              <th className="num">Values</th>
            </tr>
          </thead>
          <tbody>
            {masked.map((each) => (
              <tr key={`${each.column} ${each.entity}`}>
                <td className="mono">
                  {each.column ? (
                    <Revealed text={each.column} />
                  ) : (
                    <span className="faint">
                      {action.operation.request ? "the text" : "outside rows"}
                    </span>
                  )}
                </td>
                <td className="mono">{each.entity === "COLUMN" ? "by column" : each.entity}</td>
                <td>
                  <Pill tone="mask">masked</Pill>
                </td>
                <td className="num">{formatCount(each.count)}</td>
              </tr>
            ))}
            {findings.map((each) => (
              <tr key={each.entity}>
                <td className="faint">any</td>
                <td className="mono">{each.entity}</td>
                <td>
                  <Pill tone="review">seen, not masked</Pill>
                </td>
                <td className="num">{formatCount(each.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
