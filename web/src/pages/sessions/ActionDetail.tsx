import { Effects } from "../../record/Effects";
import { GrantMark } from "../../record/GrantMark";
import { Parameters } from "../../record/Parameters";
import { plural, shortDigest, shortId } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { EffectPill, Pill, type Tone } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Scroll } from "../../ui/Scroll";
import { SqlBlock } from "../../ui/Sql";
import { DataTouched } from "./DataTouched";
import { Judged } from "./Judged";
import { ReviewPanel } from "./ReviewPanel";
import type { ActionEntry, ActionStatus } from "./replay";
import { TimeSpent } from "./TimeSpent";

const STATUS: Record<ActionStatus, { tone: Tone; text: string }> = {
  completed: { tone: "allow", text: "completed" },
  failed: { tone: "review", text: "server error" },
  limited: { tone: "review", text: "stopped at a limit" },
  interrupted: { tone: "review", text: "interrupted" },
  refused: { tone: "deny", text: "did not run" },
  held: { tone: "review", text: "held" },
  running: { tone: "shadow", text: "no outcome yet" },
  unknown: { tone: "review", text: "outcome unknown" },
};

interface Props {
  action: ActionEntry;
  actions: ActionEntry[];
}

export function ActionDetail({ action, actions }: Props) {
  const status = STATUS[action.status];
  const source = action.sameAs && actions.find((each) => each.id === action.sameAs);
  const { parameters } = action.operation;
  const last = action.records.at(-1);
  return (
    <>
      <Panel
        title={
          <>
            Action <span className="mono">{shortId("A", action.id)}</span>
          </>
        }
        aside={
          <span className="row wrap">
            <span>{action.operation.phase}</span>
            <Pill tone={status.tone}>{status.text}</Pill>
            <EffectPill effect={action.effect} />
          </span>
        }
        flush
      >
        <Scroll className="statement">
          {action.operation.text ? (
            <SqlBlock text={action.operation.text} />
          ) : (
            <span className="faint">The text is not in this part of the record.</span>
          )}
        </Scroll>
        {parameters && parameters.length > 0 && <Parameters parameters={parameters} />}
        <p className="record faint">
          {plural(action.records.length, "record")}
          {last && (
            <>
              , last {last.seq} <span title={last.hash}>sha256 {shortDigest(last.hash)}</span>
            </>
          )}
        </p>
      </Panel>
      {action.grant && (
        <p className="note" data-tone={action.grant.break_glass ? "deny" : undefined}>
          Under <GrantMark grant={action.grant} />
        </p>
      )}
      {action.status === "unknown" && (
        <p className="note" data-tone="review">
          <b>Outcome unknown.</b> The intent is recorded and no outcome is. It may have run.
        </p>
      )}
      {action.refused && (
        <p className="note" data-tone="deny">
          <b>{action.refused.code.replaceAll("_", " ")}</b>{" "}
          <span className="break">
            <Revealed text={action.refused.reason} />
          </span>
        </p>
      )}
      {action.review && <ReviewPanel review={action.review} />}
      {action.decision && (
        <Judged
          actionId={action.id}
          decision={action.decision}
          judgeMicros={action.timing.judge_us}
          source={source || undefined}
        />
      )}
      <TimeSpent timing={action.timing} />
      <DataTouched action={action} />
      {action.facts && <Effects facts={action.facts} obligations={action.decision?.obligations} />}
    </>
  );
}
