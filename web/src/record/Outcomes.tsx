import type { ReactNode } from "react";
import type { PolicyOutcome } from "../api/types";
import { formatCount } from "../text/format";
import { OutcomePill, saidBy } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";
import { byWeight, HostCalls } from "./policies";

interface Props {
  policies: PolicyOutcome[];
  /** More under a policy's reason. */
  more?: (outcome: PolicyOutcome) => ReactNode;
}

/** Each policy's part, those that are obeyed first and what only would have been after them. */
export function Outcomes({ policies, more }: Props) {
  if (policies.length === 0) return <p className="in muted">No policy covers it.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Verdict</th>
          <th>Policy</th>
          <th>Reason</th>
          <th className="num">µs</th>
        </tr>
      </thead>
      <tbody>
        {byWeight(policies).map((outcome) => (
          <tr key={outcome.binding}>
            <td>
              <OutcomePill outcome={outcome} />
            </td>
            <td title={outcome.digest}>
              {outcome.policy} <span className="faint">v{outcome.version}</span>
              {outcome.stage !== "enforced" && <div className="faint">{outcome.stage}</div>}
            </td>
            <td className="muted break">
              <Revealed text={saidBy(outcome).reason} />
              <HostCalls calls={outcome.host_calls} />
              {more?.(outcome)}
            </td>
            <td className="num">
              {outcome.micros === 0 ? (
                <span className="faint" title="A verdict that could not differ was used again">
                  cached
                </span>
              ) : (
                formatCount(outcome.micros)
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
