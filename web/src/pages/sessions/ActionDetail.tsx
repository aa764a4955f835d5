import { saidBefore } from "../../record/conversation";
import { Effects } from "../../record/Effects";
import { GrantMark } from "../../record/GrantMark";
import { Parameters } from "../../record/Parameters";
import { RequestView } from "../../record/Request";
import { plural, shortDigest, shortId } from "../../text/format";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { EffectPill, Pill, type Tone } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Scroll } from "../../ui/Scroll";
import { SqlBlock } from "../../ui/Sql";
import { Answer } from "./Answer";
import { DataTouched } from "./DataTouched";
import { Judged } from "./Judged";
import { ReviewPanel } from "./ReviewPanel";
import { type ActionEntry, type ActionStatus, askedBy, callsIn } from "./replay";
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
  onOpen: (action: ActionEntry) => void;
}

function What({ action, actions }: Omit<Props, "onOpen">) {
  const { text, request } = action.operation;
  if (request) {
    const asked = actions.map(({ id, operation }) => ({
      id,
      request: operation.request ?? undefined,
    }));
    return <RequestView request={request} before={saidBefore(asked, action.id)} />;
  }
  if (text) return <SqlBlock text={text} />;
  return <span className="faint">The text is not in this part of the record.</span>;
}

/** In which answer a tool call stood. */
function Source({ action, actions, onOpen }: Props) {
  const source = askedBy(action, actions);
  if (!source) return null;
  return (
    <p className="note">
      In the answer to{" "}
      <Button tone="link" onClick={() => onOpen(source)}>
        {shortId("A", source.id)}
      </Button>
    </p>
  );
}

export function ActionDetail({ action, actions, onOpen }: Props) {
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
            <span>{action.operation.phase.replaceAll("_", " ")}</span>
            <Pill tone={status.tone}>{status.text}</Pill>
            <EffectPill effect={action.effect} />
          </span>
        }
        flush
      >
        <Scroll className="statement">
          <What action={action} actions={actions} />
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
      <Source action={action} actions={actions} onOpen={onOpen} />
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
      <Answer action={action} calls={callsIn(action, actions)} onOpen={onOpen} />
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
