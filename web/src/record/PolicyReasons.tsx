import type { GrantDecision } from "../api/types";
import { EffectPill } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";
import { Outcome } from "./Outcome";
import { byWeight } from "./policies";

/** What each policy said of a request, or the reasons where no more is known. */
export function PolicyReasons({ decision }: { decision: GrantDecision }) {
  // Members are not told of them.
  const { policies } = decision;
  if (policies.length === 0) {
    return (
      <div className="stack">
        <p>
          <EffectPill effect={decision.verdict} />{" "}
          {decision.reasons.length === 0 && (
            <span className="muted">No policy took a side. A reviewer decides.</span>
          )}
        </p>
        {decision.reasons.map((reason) => (
          <p key={reason} className="muted break">
            <Revealed text={reason} />
          </p>
        ))}
      </div>
    );
  }
  return (
    <ul className="why">
      {byWeight(policies).map((outcome, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a policy is asked once a target
        <li key={index}>
          <Outcome outcome={outcome} />
        </li>
      ))}
    </ul>
  );
}
