import type { HostCall, PolicyOutcome } from "../api/types";
import { formatCount, formatSeconds } from "../text/format";
import { LongText } from "../ui/LongText";
import { saidBy } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";

const RANK = ["review", "deny", "failed", "mask", "limit", "allow", "abstain"];

/** What held it first, then what else was obeyed, then what is in shadow. */
export function byWeight(policies: PolicyOutcome[]): PolicyOutcome[] {
  const weight = (outcome: PolicyOutcome) =>
    RANK.indexOf(saidBy(outcome).word) + (outcome.stage === "shadow" ? 10 : 0);
  return [...policies].sort((a, b) => weight(a) - weight(b));
}

function Call({ call }: { call: HostCall }) {
  if ("count" in call) {
    const { key, amount, sum, window_seconds } = call.count;
    return (
      <>
        <span className="call">count</span> <Revealed text={key} /> +{formatCount(amount)} ={" "}
        {formatCount(sum)} in {formatSeconds(window_seconds)}
      </>
    );
  }
  if ("lookup" in call) {
    const { document, key, value, digest } = call.lookup;
    return (
      <span title={digest && `sha256 ${digest}`}>
        <span className="call">lookup</span> <Revealed text={`${document}[${key}]`} /> ={" "}
        {value == null ? "nothing" : <LongText text={value} />}
      </span>
    );
  }
  if ("clock" in call) {
    return (
      <>
        <span className="call">clock</span> {call.clock.at}
      </>
    );
  }
  return (
    <>
      <span className="call">{call.log.level}</span> <Revealed text={call.log.message} />
    </>
  );
}

/** What a policy asked the host and what it logged, so that its answer can be followed. */
export function HostCalls({ calls }: { calls: HostCall[] | undefined }) {
  return calls?.map((call, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: calls have no identity but their order
    <div key={index} className="faint mono break">
      <Call call={call} />
    </div>
  ));
}
