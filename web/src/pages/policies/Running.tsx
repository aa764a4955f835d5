import type { Policy } from "../../api/types";
import { formatCount, shortDigest } from "../../text/format";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";

/** What each edge says of its bindings of the policy. */
export function Running({ policy }: { policy: Policy }) {
  return (
    <Panel title="On the edges" aside="since each edge started" flush>
      {policy.running.length === 0 ? (
        <p className="in muted">No edge runs it.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Edge</th>
              <th>Version</th>
              <th>State</th>
              <th className="num">Decisions</th>
              <th className="num">Traps, limits</th>
              <th className="num">Said</th>
            </tr>
          </thead>
          <tbody>
            {policy.running.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an edge may run a version in two bindings
              <tr key={index}>
                <td>{row.edge}</td>
                <td className="nowrap">
                  <b>v{row.version}</b>{" "}
                  <span className="mono faint" title={row.digest}>
                    {shortDigest(row.digest)}
                  </span>
                </td>
                <td className="break">
                  {row.error ? (
                    <>
                      <Pill tone="deny">not loaded</Pill> <span className="muted">{row.error}</span>
                    </>
                  ) : (
                    <Pill tone="allow">running</Pill>
                  )}
                </td>
                <td className="num">{formatCount(row.decisions)}</td>
                <td className="num">
                  {row.failures > 0 ? (
                    <Pill tone="deny">{formatCount(row.failures)} failed</Pill>
                  ) : (
                    0
                  )}
                </td>
                <td className="num faint">
                  <Moment at={row.reported_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
