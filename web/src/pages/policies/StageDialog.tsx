import { useState } from "react";
import type { BindingView, Guard, Stage, UpdateBinding } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field, TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";
import { GuardFields } from "./GuardFields";
import { guardOf, STAGES, stageConsequence } from "./rollout";
import { StageSwitch } from "./StageSwitch";
import { type Saved, useSaveBinding } from "./useSaveBinding";

interface Props {
  policy: string;
  /** Undefined where a new binding begins as a canary. */
  binding: BindingView | undefined;
  /** What is saved beside the stage. */
  start?: UpdateBinding;
  stage?: Stage;
  onDone: (saved: Saved) => void;
  onClose: () => void;
}

function PercentField({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  return (
    <Field label="Sessions that obey it" help="More per cent only ever let more sessions in.">
      {(props) => (
        <div className="row">
          <input
            {...props}
            type="range"
            className="grow"
            min={1}
            max={100}
            value={value}
            onChange={(event) => onChange(Number(event.target.value))}
          />
          <output className="percent">{value}%</output>
        </div>
      )}
    </Field>
  );
}

/** Moves a binding to another stage, or begins one as a canary beside what it replaces. */
export function StageDialog({ policy, binding, start, stage: wanted, onDone, onClose }: Props) {
  const replaces = start?.replaces ?? binding?.replaces ?? null;
  const [stage, setStage] = useState<Stage>(wanted ?? start?.stage ?? binding?.stage ?? "shadow");
  const [percent, setPercent] = useState(binding?.canary_percent || 10);
  const [guard, setGuard] = useState<Required<Guard>>(guardOf(binding ?? {}));
  const [comment, setComment] = useState("");
  const { save } = useSaveBinding(binding, onDone);
  const canary = stage === "canary";
  const same =
    binding !== undefined &&
    stage === binding.stage &&
    (!canary ||
      (percent === binding.canary_percent &&
        JSON.stringify(guard) === JSON.stringify(guardOf(binding))));
  const submit = () =>
    save.mutate({
      ...start,
      stage,
      ...(canary && { canary_percent: percent, guard }),
      comment: comment.trim() || undefined,
    });
  return (
    <Dialog title={binding ? `Stage of ${policy}` : `${policy} as a canary`} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {binding && <StageSwitch stage={stage} stages={STAGES} onChange={setStage} />}
        {canary && (
          <>
            <PercentField value={percent} onChange={setPercent} />
            <GuardFields guard={guard} onChange={setGuard} />
          </>
        )}
        <p className="note" data-tone={stage === "enforced" || canary ? "review" : undefined}>
          {stageConsequence(binding?.stage, stage, replaces !== null)}
        </p>
        <TextField
          label="Why"
          value={comment}
          onChange={setComment}
          maxLength={2000}
          placeholder="For whoever approves it, and for the history"
        />
        {save.error && <ProblemNote error={save.error} />}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={same} busy={save.isPending}>
            {canary ? `Canary at ${percent}%` : `Move to ${stage}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
