import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiProblem } from "../../api/problem";
import { policyVersion } from "../../api/queries";
import type { BindingView, Policy } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { SettingsForm, useComplaints } from "../../schema-form/SettingsForm";
import { useIsAdmin } from "../../shell/useRole";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import { ProblemNote } from "../../ui/States";
import { consequence, type Draft, draftOf, isChanged } from "./draft";
import { SelectorForm } from "./SelectorForm";
import { StageSwitch } from "./StageSwitch";
import { useSaveBinding } from "./useSaveBinding";

interface Props {
  policy: Policy;
  /** Undefined for a new one. */
  binding: BindingView | undefined;
  onDone: (id: string | undefined) => void;
}

/** The server's complaints about the settings, under the form's own pointers. */
function refusedSettings(error: unknown) {
  if (!(error instanceof ApiProblem)) return [];
  return error.fields
    .filter((field) => field.pointer.startsWith("/settings"))
    .map((field) => ({ pointer: field.pointer.slice("/settings".length), message: field.detail }));
}

export function BindingEditor({ policy, binding, onDone }: Props) {
  const admin = useIsAdmin();
  const [draft, setDraft] = useState<Draft>(() => draftOf(policy, binding));
  const [broken, setBroken] = useState(false);
  const [asking, setAsking] = useState<"save" | "delete">();
  const version = useQuery(policyVersion(draft.versionId));
  const schema = (version.data?.manifest ?? policy.manifest).settings_schema as Json;
  const complaints = useComplaints(schema, draft.settings);
  const { save, remove } = useSaveBinding(binding, (id) => {
    setAsking(undefined);
    onDone(id);
  });

  const set = (change: Partial<Draft>) => {
    save.reset();
    setDraft((before) => ({ ...before, ...change }));
  };
  const changed = !binding || isChanged(draft, binding);
  const valid = complaints.length === 0 && !broken;
  const warning = consequence(draft, binding);
  const state = !valid
    ? `${complaints.length || "JSON"} ${complaints.length === 1 ? "problem" : "problems"}`
    : changed
      ? "not saved"
      : "saved";
  const apply = () => save.mutate(draft);

  return (
    <Panel title={binding ? "Settings" : "New binding"} aside={state}>
      <fieldset className="form bare" disabled={!admin}>
        <StageSwitch stage={draft.stage} onChange={(stage) => set({ stage })} />
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
        {admin && (
          <div className="row">
            {binding && (
              <Button tone="no" onClick={() => setAsking("delete")}>
                Delete…
              </Button>
            )}
            <span className="grow" />
            {changed && binding && (
              <Button onClick={() => set(draftOf(policy, binding))}>Undo</Button>
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
      {asking === "delete" && (
        <ConfirmDialog
          title={`Delete this binding of ${policy.name}?`}
          action="Delete"
          busy={remove.isPending}
          error={remove.error && <ProblemNote error={remove.error} />}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking(undefined)}
        >
          {binding?.stage === "enforced"
            ? "It is enforced. What only this binding refuses, holds or masks will no longer be."
            : "It is in shadow. Nothing that is enforced changes."}
        </ConfirmDialog>
      )}
    </Panel>
  );
}
