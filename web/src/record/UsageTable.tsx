import type { Usage, UsageRow } from "../api/types";
import { isRisky } from "../text/access";
import { formatCount, formatSeconds } from "../text/format";
import { Moment } from "../ui/Moment";
import { Pill } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";

/** Granted and not used is what can go. */
function Used({ row }: { row: UsageRow }) {
  if (row.used > 0) return <>{formatCount(row.used)}</>;
  return row.granted_seconds > 0 ? <Pill tone="review">never</Pill> : <>0</>;
}

function Row({ row }: { row: UsageRow }) {
  return (
    <tr>
      <td>
        <span className="label" data-hot={isRisky(row.operation) || undefined}>
          {row.operation}
        </span>
      </td>
      <td className="num">
        {row.granted_seconds > 0 ? (
          formatSeconds(row.granted_seconds)
        ) : (
          <span className="faint">standing</span>
        )}
      </td>
      <td className="num">
        <Used row={row} />
      </td>
      <td className="num faint">{row.last_used_at && <Moment at={row.last_used_at} />}</td>
    </tr>
  );
}

/** What was granted, beside what was used of it, target by target. */
export function UsageTable({ usage }: { usage: Usage }) {
  const targets = [...new Map(usage.rows.map(({ target }) => [target.id, target])).values()];
  return (
    <table>
      <thead>
        <tr>
          <th>Operation</th>
          <th className="num">Granted</th>
          <th className="num">Used</th>
          <th className="num">Last</th>
        </tr>
      </thead>
      {targets.map((target) => (
        <tbody key={target.id}>
          <tr>
            <th colSpan={4} scope="rowgroup" className="break">
              <Revealed text={target.name} />
            </th>
          </tr>
          {usage.rows
            .filter((row) => row.target.id === target.id)
            .map((row) => (
              <Row key={row.operation} row={row} />
            ))}
        </tbody>
      ))}
    </table>
  );
}
