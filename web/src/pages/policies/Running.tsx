import { useQuery } from "@tanstack/react-query";
import { policyActivity } from "../../api/queries";
import type { EdgeReadiness, Policy } from "../../api/types";
import { formatCount } from "../../text/format";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { QueryView } from "../../ui/States";
import { Readiness } from "./Readiness";

function Row({ policy, row }: { policy: Policy; row: EdgeReadiness }) {
  const reported = policy.running.find(
    (r) => r.edge_id === row.edge_id && r.version === row.version,
  );
  return (
    <tr>
      <td>{row.edge}</td>
      <td className="nowrap">
        {row.version > 0 ? <b>v{row.version}</b> : <span className="faint">none</span>}{" "}
        <span className="faint">{row.stage}</span>
      </td>
      <td className="break">
        <Readiness edge={row} />
      </td>
      <td className="num">{formatCount(row.decisions)}</td>
      <td className="num">
        {reported && reported.failures > 0 ? (
          <Pill tone="deny">{formatCount(reported.failures)} failed</Pill>
        ) : (
          0
        )}
      </td>
      <td className="num faint">
        <Moment at={row.reported_at} />
      </td>
    </tr>
  );
}

/** What each edge says of its bindings of the policy. */
export function Running({ policy }: { policy: Policy }) {
  const activity = useQuery(policyActivity(policy.id));
  return (
    <Panel title="On the edges" aside="since each edge started" flush>
      <QueryView query={activity} lines={3}>
        {({ edges }) =>
          edges.length === 0 ? (
            <p className="in muted">No edge runs it.</p>
          ) : (
            <table>
              <thead>
                <tr>
                  <th>Edge</th>
                  <th>Runs</th>
                  <th>State</th>
                  <th className="num">Decisions</th>
                  <th className="num">Traps, limits</th>
                  <th className="num">Said</th>
                </tr>
              </thead>
              <tbody>
                {edges.map((row) => (
                  <Row key={`${row.edge_id} ${row.binding_id}`} policy={policy} row={row} />
                ))}
              </tbody>
            </table>
          )
        }
      </QueryView>
    </Panel>
  );
}
