import type { Decision } from "../../api/types";
import { Outcome } from "../../record/Outcome";
import { byWeight } from "../../record/policies";
import { Panel } from "../../ui/Panel";

export function Why({ decision }: { decision: Decision }) {
  return (
    <Panel title="Why it was held" aside={`set ${decision.bundle_revision}`}>
      <ul className="why">
        {byWeight(decision.policies).map((outcome) => (
          <li key={outcome.binding}>
            <Outcome outcome={outcome} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
