import { Link } from "@tanstack/react-router";
import type { Decision, Id } from "../../api/types";
import { Outcomes } from "../../record/Outcomes";
import { formatMicros, plural, shortId } from "../../text/format";
import { Panel } from "../../ui/Panel";
import type { ActionEntry } from "./replay";

interface Props {
  actionId: Id;
  decision: Decision;
  judgeMicros: number | null | undefined;
  /** The action that was judged in this one's place. */
  source: ActionEntry | undefined;
}

export function Judged({ actionId, decision, judgeMicros, source }: Props) {
  const aside = [
    `set ${decision.bundle_revision}`,
    plural(decision.policies.length, "policy", "policies"),
    judgeMicros != null && formatMicros(judgeMicros),
  ].filter(Boolean);
  return (
    <Panel
      title="How it was judged"
      aside={
        <>
          {aside.join(" · ")} ·{" "}
          <Link to="/actions/$actionId" params={{ actionId }}>
            explain
          </Link>
        </>
      }
      flush
    >
      {decision.by_default && (
        <p className="in muted">Every policy abstained. The target's default decided.</p>
      )}
      {decision.policies.length > 0 && <Outcomes policies={decision.policies} />}
      {source && (
        <p className="in faint">
          Same facts and same decision as <span className="mono">{shortId("A", source.id)}</span> of
          this session.
        </p>
      )}
    </Panel>
  );
}
