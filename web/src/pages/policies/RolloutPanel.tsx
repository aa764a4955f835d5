import { useState } from "react";
import type { BindingView, Guard, Policy, Rollout, Stage, VerdictCounts } from "../../api/types";
import { useCan } from "../../shell/can";
import { formatCount, formatPercent } from "../../text/format";
import { countOf, countsOf } from "../../text/verdict";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill, StagePill } from "../../ui/Pill";
import { compare, guardOf, guardText, stepsOf } from "./rollout";
import { StageDialog } from "./StageDialog";
import type { Saved } from "./useSaveBinding";

const WORDS = ["allow", "abstain", "review", "deny", "failed"] as const;

function Counts({ name, counts }: { name: string; counts: VerdictCounts }) {
  const total = countOf(counts);
  const known = countsOf(counts);
  return (
    <tr>
      <th scope="row">{name}</th>
      {WORDS.map((word) => (
        <td key={word} className="num">
          {formatCount(known[word])}
          <div className="faint">{total > 0 && formatPercent(known[word] / total)}</div>
        </td>
      ))}
      <td className="num">{formatCount(total)}</td>
    </tr>
  );
}

function Beside({
  rollout,
  guard,
  names,
}: {
  rollout: Rollout;
  guard: Required<Guard>;
  names: [string, string];
}) {
  const { rise, enough } = compare(rollout, guard);
  const worse = rise > guard.max_denial_rise_percent / 2;
  return (
    <>
      <table className="beside">
        <caption className="sr-only">
          The canary beside what it replaces, on the same actions
        </caption>
        <thead>
          <tr>
            <th>On the same actions</th>
            {WORDS.map((word) => (
              <th key={word} className="num">
                {word}
              </th>
            ))}
            <th className="num">all</th>
          </tr>
        </thead>
        <tbody>
          <Counts name={names[0]} counts={rollout.canary} />
          <Counts name={names[1]} counts={rollout.baseline} />
        </tbody>
      </table>
      <p className="in tight">
        <Pill tone={!enough ? "shadow" : worse ? "review" : "allow"}>
          {enough ? `${rise >= 0 ? "+" : "−"}${Math.abs(rise).toFixed(1)} points` : "too few yet"}
        </Pill>{" "}
        <span className="muted">stopped, against {names[1]}</span>
      </p>
    </>
  );
}

interface Props {
  policy: Policy;
  binding: BindingView;
  onDone: (saved: Saved) => void;
}

/** How far one binding has come, how it does, and the way on. */
export function RolloutPanel({ policy, binding, onDone }: Props) {
  const may = useCan().author;
  const [dialog, setDialog] = useState<Stage | "same">();
  const guard = guardOf(binding);
  const replaced = policy.bindings.find((b) => b.id === binding.replaces);
  const done = (saved: Saved) => {
    setDialog(undefined);
    onDone(saved);
  };
  return (
    <Panel
      title={`Rollout of v${binding.version}`}
      aside={
        <span className="row wrap">
          {binding.rollout && <Moment at={binding.rollout.started_at} prefix="since " />}
          <StagePill stage={binding.stage} percent={binding.canary_percent} />
        </span>
      }
      flush
    >
      <ol className="steps">
        {stepsOf(binding).map((step) => (
          <li
            key={step.stage}
            data-state={step.state}
            aria-current={step.state === "now" ? "step" : undefined}
          >
            <b>{step.name}</b>
            <span className="muted">{step.text}</span>
          </li>
        ))}
      </ol>
      {binding.stage === "canary" && binding.rollout && (
        <Beside
          rollout={binding.rollout}
          guard={guard}
          names={[`v${binding.version}, canary`, replaced ? `v${replaced.version}` : "before"]}
        />
      )}
      {binding.stage === "canary" && <p className="in faint tight">{guardText(guard)}</p>}
      {may && (
        <div className="in row wrap rollout-actions">
          {binding.stage === "shadow" && (
            <Button small onClick={() => setDialog("canary")}>
              Start a canary…
            </Button>
          )}
          {binding.stage === "canary" && (
            <Button small tone="go" onClick={() => setDialog("enforced")}>
              Promote…
            </Button>
          )}
          <Button small onClick={() => setDialog("same")}>
            Change stage…
          </Button>
        </div>
      )}
      {dialog && (
        <StageDialog
          policy={policy.name}
          binding={binding}
          stage={dialog === "same" ? undefined : dialog}
          onDone={done}
          onClose={() => setDialog(undefined)}
        />
      )}
    </Panel>
  );
}
