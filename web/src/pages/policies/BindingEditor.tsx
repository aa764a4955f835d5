import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiProblem } from "../../api/problem";
import { policyVersion } from "../../api/queries";
import type { BindingView, Policy } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { SettingsForm, useComplaints } from "../../schema-form/SettingsForm";
import { useCan } from "../../shell/can";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import { ProblemNote } from "../../ui/States";
import { consequence, type Draft, draftOf, isChanged } from "./draft";
import { SelectorForm } from "./SelectorForm";
import { StageDialog } from "./StageDialog";
import { StageSwitch } from "./StageSwitch";
import { bodyOf, type Saved, useSaveBinding } from "./useSaveBinding";

interface Props {
  policy: Policy;
  /** Undefined for a new one. */
  binding: BindingView | undefined;
  onDone: (saved: Saved) => void;
}

/** The server's complaints about the settings, under the form's own pointers. */
function refusedSettings(error: unknown) {
  if (!(error instanceof ApiProblem)) return [];
  return error.fields
    .filter((field) => field.pointer.startsWith("/settings"))
    .map((field) => ({ pointer: field.pointer.slice("/settings".length), message: field.detail }));
}

/** What is lost with a binding. */
function loss(binding: BindingView): string {
  return binding.stage === "enforced" || binding.stage === "canary"
    ? `It is ${binding.stage}. What only this binding refuses, holds or masks will no longer be.`
    : `It is in ${binding.stage}. Nothing that is obeyed changes.`;
}

function stateOf(valid: boolean, problems: number, changed: boolean): string {
  if (!valid) return `${problems || "JSON"} ${problems === 1 ? "problem" : "problems"}`;
  return changed ? "not saved" : "saved";
}

export function BindingEditor({ policy, binding, onDone }: Props) {
  const may = useCan().author;
  const [draft, setDraft] = useState<Draft>(() => draftOf(policy, binding));
  const [broken, setBroken] = useState(false);
  const [asking, setAsking] = useState<"save" | "delete" | "canary">();
  const version = useQuery(policyVersion(draft.versionId));
  const schema = (version.data?.manifest ?? policy.manifest).settings_schema as Json;
  const complaints = useComplaints(schema, draft.settings);
  const done = (saved: Saved) => {
    setAsking(undefined);
    onDone(saved);
  };
  const { save, remove } = useSaveBinding(binding, done);
  const set = (change: Partial<Draft>) => {
    save.reset();
    setDraft((before) => ({ ...before, ...change }));
  };
  const changed = !binding || isChanged(draft, binding);
  const valid = complaints.length === 0 && !broken;
  const warning = consequence(draft, binding);
  const apply = () => save.mutate({ ...bodyOf(draft), stage: binding ? undefined : draft.stage });

  return (
    <Panel
      title={binding ? "Settings" : "New binding"}
      aside={stateOf(valid, complaints.length, changed)}
    >
      <fieldset className="form bare" disabled={!may}>
        {!binding && (
          <StageSwitch
            stage={draft.stage}
            stages={["draft", "shadow", "enforced"]}
            onChange={(stage) => set({ stage })}
          />
        )}
        <SelectField
          label="Version"
          value={draft.versionId}
          options={policy.versions.map((v) => ({
            value: v.id,
            label: `v${v.version}, ${v.author_version}`,
          }))}
          onChange={(versionId) => set({ versionId })}
        />
        <SelectorForm
          selector={draft.selector}
          onChange={(selector) => set({ selector })}
          open={!binding}
        />
        <SettingsForm
          schema={schema}
          value={draft.settings}
          onChange={(settings) => set({ settings })}
          complaints={[...refusedSettings(save.error), ...complaints]}
          onBroken={setBroken}
        />
        {save.error && !asking && <ProblemNote error={save.error} />}
        {may && (
          <div className="row wrap editor-actions">
            {binding && (
              <Button tone="no" onClick={() => setAsking("delete")}>
                Delete…
              </Button>
            )}
            <span className="grow" />
            {changed && binding && (
              <Button onClick={() => set(draftOf(policy, binding))}>Undo</Button>
            )}
            {changed && binding?.stage === "enforced" && (
              <Button disabled={!valid} onClick={() => setAsking("canary")}>
                Canary first…
              </Button>
            )}
            <Button
              tone="primary"
              disabled={!valid || !changed}
              busy={save.isPending}
              onClick={() => (warning ? setAsking("save") : apply())}
            >
              {binding ? "Save" : "Bind"}
            </Button>
          </div>
        )}
      </fieldset>
      {asking === "save" && (
        <ConfirmDialog
          title={binding ? `Change ${policy.name}?` : `Bind ${policy.name}?`}
          action={binding ? "Save" : "Bind"}
          busy={save.isPending}
          error={save.error && <ProblemNote error={save.error} />}
          onConfirm={apply}
          onClose={() => setAsking(undefined)}
        >
          {warning}
        </ConfirmDialog>
      )}
      {asking === "canary" && binding && (
        <StageDialog
          policy={policy.name}
          binding={undefined}
          start={{ ...bodyOf(draft), stage: "canary", replaces: binding.id }}
          onDone={done}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking === "delete" && binding && (
        <ConfirmDialog
          title={`Delete this binding of ${policy.name}?`}
          action="Delete"
          busy={remove.isPending}
          error={remove.error && <ProblemNote error={remove.error} />}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking(undefined)}
        >
          {loss(binding)}
        </ConfirmDialog>
      )}
    </Panel>
  );
}
