import type { ValueChange } from "../../text/diff";
import { ChangeTable } from "../../ui/ChangeTable";
import { Pill, StagePill, type Tone } from "../../ui/Pill";
import type { BindingChange } from "./setDiff";

type Kind = BindingChange["kind"];

const TONE: Record<Kind, Tone> = { added: "allow", removed: "deny", changed: "review" };

function Binding({ change, words }: { change: BindingChange; words: Record<Kind, string> }) {
  const binding = change.after ?? change.before;
  return (
    <div className="set-change">
      <p className="in row wrap">
        <Pill tone={TONE[change.kind]}>{words[change.kind]}</Pill>
        <b>{change.policy}</b>
        <span className="faint">v{binding?.version}</span>
        {binding && change.kind !== "changed" && (
          <StagePill stage={binding.stage} percent={binding.canary_percent} />
        )}
      </p>
      {change.changes.length > 0 && <ChangeTable changes={change.changes} />}
    </div>
  );
}

interface Props {
  bindings: BindingChange[];
  /** Of documents and settings. */
  rest: ValueChange[];
  words: Record<Kind, string>;
}

/** What differs between two states of a policy set. */
export function Differences({ bindings, rest, words }: Props) {
  return (
    <>
      {bindings.map((change) => (
        <Binding key={change.id} change={change} words={words} />
      ))}
      {rest.length > 0 && (
        <div className="set-change">
          <ChangeTable changes={rest} />
        </div>
      )}
    </>
  );
}
