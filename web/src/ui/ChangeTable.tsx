import { showPath, showValue, type ValueChange } from "../text/diff";
import { LongText } from "./LongText";

function Value({ value, kind }: { value: ValueChange["before"]; kind: "del" | "add" }) {
  if (value === undefined || value === null) return <span className="faint">nothing</span>;
  const Mark = kind === "del" ? "del" : "ins";
  return (
    <Mark className="mono break">
      <LongText text={showValue(value)} />
    </Mark>
  );
}

/** Values that differ, before and after. */
export function ChangeTable({ changes }: { changes: ValueChange[] }) {
  return (
    <table className="changes">
      <thead>
        <tr>
          <th>What</th>
          <th>Before</th>
          <th>After</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.path}>
            <td className="mono break">{showPath(change.path) || "all of it"}</td>
            <td>
              <Value value={change.before} kind="del" />
            </td>
            <td>
              <Value value={change.after} kind="add" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
