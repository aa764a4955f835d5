import type { RecordedResponse } from "../../api/types";
import { Bubble } from "../../record/Conversation";
import { isWords } from "../../record/conversation";
import { formatCount, plural, shortId } from "../../text/format";
import { Button } from "../../ui/Button";
import { BodyBlock } from "../../ui/Json";
import { LongText } from "../../ui/LongText";
import { Panel } from "../../ui/Panel";
import { EffectPill, Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Scroll } from "../../ui/Scroll";
import type { ActionEntry } from "./replay";

/** `1,240 in, 310 out, 800 of them cached`. */
export function usageWords(usage: RecordedResponse["usage"]): string | undefined {
  if (!usage) return undefined;
  const { input = 0, output = 0, cached = 0 } = usage;
  const cache = cached > 0 ? ` (${formatCount(cached)} cached)` : "";
  return `${formatCount(input)} tokens in${cache}, ${formatCount(output)} out`;
}

function Call({ call, onOpen }: { call: ActionEntry; onOpen: (action: ActionEntry) => void }) {
  const { request } = call.operation;
  if (!request || !("tool_call" in request)) return null;
  const { tool, arguments: given } = request.tool_call;
  const refused = call.refused;
  return (
    <Bubble
      speaker="call"
      aside={
        <>
          <EffectPill effect={call.effect} />
          <Button tone="link" onClick={() => onOpen(call)}>
            {shortId("A", call.id)}
          </Button>
        </>
      }
    >
      <p className="mono break">
        <b>
          <Revealed text={tool} mode="code" />
        </b>
      </p>
      <BodyBlock text={JSON.stringify(given ?? {})} />
      {refused && (
        <p className="error break">
          <Revealed text={refused.reason} />
        </p>
      )}
    </Bubble>
  );
}

function Words({
  response,
  calls,
  onOpen,
}: Omit<Props, "action"> & { response: RecordedResponse }) {
  return (
    <ol className="conversation">
      {(response.body || calls.length === 0) && (
        <Bubble speaker="assistant">
          <p className="said prose">
            {response.body ? (
              <LongText text={response.body} />
            ) : (
              <span className="faint">No words.</span>
            )}
          </p>
        </Bubble>
      )}
      {calls.map((call) => (
        <Call key={call.id} call={call} onOpen={onOpen} />
      ))}
    </ol>
  );
}

interface Props {
  action: ActionEntry;
  /** The tool calls in it. */
  calls: ActionEntry[];
  onOpen: (action: ActionEntry) => void;
}

/** What came back, as the client got it. */
export function Answer({ action, calls, onOpen }: Props) {
  const response = action.outcome?.response;
  const { request } = action.operation;
  if (!response) return null;
  const words = request && "llm" in request && isWords(request.llm.api);
  const { status } = response;
  return (
    <Panel
      title={words ? "The model's answer" : "What came back"}
      aside={
        <span className="row wrap">
          {response.model && (
            <span className="mono">
              <Revealed text={response.model} mode="code" />
            </span>
          )}
          {response.usage && <span>{usageWords(response.usage)}</span>}
          {status != null && <Pill tone={status < 400 ? "allow" : "review"}>{status}</Pill>}
        </span>
      }
      flush
    >
      <Scroll className="statement">
        {words ? (
          <Words response={response} calls={calls} onOpen={onOpen} />
        ) : response.body ? (
          <BodyBlock text={response.body} />
        ) : (
          <span className="faint">No text came back, or it is not kept.</span>
        )}
      </Scroll>
      {response.truncated && (
        <p className="note" data-tone="review">
          <b>This is its beginning.</b> The client got more than is kept.
        </p>
      )}
      {calls.length > 0 && (
        <p className="in faint">{plural(calls.length, "tool call")}, each judged by itself.</p>
      )}
    </Panel>
  );
}
