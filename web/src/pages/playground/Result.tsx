import type { PolicyTrial, SqlFacts } from "../../api/types";
import { Effects } from "../../record/Effects";
import { Outcomes } from "../../record/Outcomes";
import { formatMicros, plural } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { EffectPill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";

const isSql = (facts: unknown): facts is SqlFacts =>
  typeof facts === "object" && facts !== null && "statements" in facts;

function Facts({ facts }: { facts: unknown }) {
  if (facts === undefined || facts === null) return null;
  if (isSql(facts)) return <Effects facts={facts} />;
  return (
    <Panel title="What is known of it" aside="what the policies see">
      <pre className="break facts-json">
        <Revealed text={JSON.stringify(facts, null, 2)} mode="code" />
      </pre>
    </Panel>
  );
}

/** The verdict, how each policy came to it, and what was known. */
export function Result({ result, stale }: { result: PolicyTrial; stale: boolean }) {
  const { decision, facts } = result;
  const micros = decision.policies.reduce((sum, outcome) => sum + outcome.micros, 0);
  return (
    <div className="stack" style={{ opacity: stale ? 0.6 : 1 }}>
      <section className="panel verdict" aria-label="Verdict" data-tone={decision.effect}>
        <div className="row wrap">
          <EffectPill effect={decision.effect} />
          <span className="grow" />
          <span className="faint">
            {plural(decision.policies.length, "policy", "policies")}, {formatMicros(micros)}
          </span>
        </div>
        {decision.by_default ? (
          <p>Every policy abstained. The target's default decided.</p>
        ) : (
          decision.reasons.map((reason) => (
            <p key={reason} className="break">
              <Revealed text={reason} />
            </p>
          ))
        )}
      </section>
      <Panel title="How it was judged" flush>
        <Outcomes policies={decision.policies} />
      </Panel>
      <Facts facts={facts} />
    </div>
  );
}
