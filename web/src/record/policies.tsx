import type { PolicyOutcome } from "../api/types";
import { formatCount, formatSeconds } from "../text/format";
import { saidBy } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";

const RANK = ["review", "deny", "failed", "mask", "limit", "allow", "abstain"];

/** What held it first, then what else was obeyed, then what is in shadow. */
export function byWeight(policies: PolicyOutcome[]): PolicyOutcome[] {
  const weight = (outcome: PolicyOutcome) =>
    RANK.indexOf(saidBy(outcome).word) + (outcome.stage === "shadow" ? 10 : 0);
  return [...policies].sort((a, b) => weight(a) - weight(b));
}

/** What a policy asked the host, so that its answer can be followed. */
export function HostCalls({ outcome }: { outcome: PolicyOutcome }) {
  return outcome.host_calls?.map((call, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: calls have no identity but their order
    <div key={index} className="faint mono break">
      {"count" in call ? (
        <>
          <Revealed text={call.count.key} />: {formatCount(call.count.sum)} in{" "}
          {formatSeconds(call.count.window_seconds)}
        </>
      ) : (
        <>
          {call.log.level}: <Revealed text={call.log.message} />
        </>
      )}
    </div>
  ));
}
