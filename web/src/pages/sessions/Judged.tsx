import type { Decision } from "../../api/types";
import { byWeight, HostCalls } from "../../record/policies";
import { formatCount, formatMicros, plural, shortId } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { OutcomePill, saidBy } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import type { ActionEntry } from "./replay";

interface Props {
  decision: Decision;
  judgeMicros: number | null | undefined;
  /** The action that was judged in this one's place. */
  source: ActionEntry | undefined;
}

export function Judged({ decision, judgeMicros, source }: Props) {
  const aside = [
    `set ${decision.bundle_revision}`,
    plural(decision.policies.length, "policy", "policies"),
    judgeMicros != null && formatMicros(judgeMicros),
  ].filter(Boolean);
  return (
    <Panel title="How it was judged" aside={aside.join(" · ")} flush>
      {decision.by_default && (
        <p className="in muted">Every policy abstained. The target's default decided.</p>
      )}
      {decision.policies.length > 0 && (
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
            {byWeight(decision.policies).map((outcome) => (
              <tr key={outcome.binding}>
                <td>
                  <OutcomePill outcome={outcome} />
                </td>
                <td title={outcome.digest}>
                  {outcome.policy} <span className="faint">v{outcome.version}</span>
                </td>
                <td className="muted break">
                  <Revealed text={saidBy(outcome).reason} />
                  <HostCalls outcome={outcome} />
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
      )}
      {source && (
        <p className="in faint">
          Same facts and same decision as <span className="mono">{shortId("A", source.id)}</span> of
          this session.
        </p>
      )}
    </Panel>
  );
}
