import type { PolicyOutcome } from "../api/types";
import { formatMicros } from "../text/format";
import { OutcomePill, saidBy } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";
import { HostCalls } from "./policies";

/** What one policy said, by which version, why, and what it asked. */
export function Outcome({ outcome }: { outcome: PolicyOutcome }) {
  const { reason } = saidBy(outcome);
  return (
    <>
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
    </>
  );
}
