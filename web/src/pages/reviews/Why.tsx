import type { Decision } from "../../api/types";
import { byWeight, HostCalls } from "../../record/policies";
import { formatMicros } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { OutcomePill, saidBy } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";

export function Why({ decision }: { decision: Decision }) {
  return (
    <Panel title="Why it was held" aside={`set ${decision.bundle_revision}`}>
      <ul className="why">
        {byWeight(decision.policies).map((outcome) => {
          const { reason } = saidBy(outcome);
          return (
            <li key={outcome.binding}>
              <OutcomePill outcome={outcome} /> <b>{outcome.policy}</b>{" "}
              <span className="faint nowrap" title={outcome.digest}>
                v{outcome.version}
                {outcome.stage === "shadow" && " · shadow"} ·{" "}
                {outcome.micros === 0 ? "from cache" : formatMicros(outcome.micros)}
              </span>
              {reason && (
                <div className="muted break">
                  <Revealed text={reason} />
                </div>
              )}
              <HostCalls calls={outcome.host_calls} />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
