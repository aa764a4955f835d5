import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import type { DefaultVerdict, TargetAccess, TargetKind, TargetView } from "../../api/types";
import { ACCESS } from "../../text/access";
import { KIND_HELP, KIND_WORD, TARGET_KINDS } from "../../text/targets";
import { Button } from "../../ui/Button";
import { LabelsField } from "../../ui/Chips";
import { ConfirmDialog, Dialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";

/** Adds a target, or changes or removes one. */
export function TargetDialog({ target, onClose }: { target?: TargetView; onClose: () => void }) {
  const [name, setName] = useState(target?.name ?? "");
  const [kind, setKind] = useState<TargetKind>(target?.kind ?? "postgres");
  const [labels, setLabels] = useState(target?.labels ?? {});
  const [verdict, setVerdict] = useState<DefaultVerdict>(target?.default_verdict ?? "deny");
  const [access, setAccess] = useState<TargetAccess>(target?.access ?? "standing");
  const [removing, setRemoving] = useState(false);
  const queries = useQueryClient();
  const done = async () => {
    await queries.invalidateQueries({ queryKey: ["target"] });
    onClose();
  };
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), labels, default_verdict: verdict, access };
      return target
        ? ok(client.PATCH("/api/v1/targets/{id}", { params: { path: { id: target.id } }, body }))
        : ok(client.POST("/api/v1/targets", { body: { ...body, kind } }));
    },
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: async () => {
      if (target)
        await ok(client.DELETE("/api/v1/targets/{id}", { params: { path: { id: target.id } } }));
    },
    onSuccess: done,
  });
  const problem = save.error instanceof ApiProblem ? save.error : undefined;

  if (removing && target) {
    return (
      <ConfirmDialog
        title={`Remove ${target.name}?`}
        action="Remove"
        busy={remove.isPending}
        error={remove.error && <ProblemNote error={remove.error} />}
        onConfirm={() => remove.mutate()}
        onClose={() => setRemoving(false)}
      >
        Edges stop serving it at once, and its open sessions end.
      </ConfirmDialog>
    );
  }
  return (
    <Dialog title={target ? `Change ${target.name}` : "Add a target"} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField
          label="Name"
          help="Clients connect by it."
          required
          maxLength={63}
          value={name}
          error={problem?.fieldError("/name")}
          onChange={setName}
        />
        {!target && (
          <SelectField
            label="What it is"
            help={KIND_HELP[kind]}
            value={kind}
            options={TARGET_KINDS.map((value) => ({ value, label: KIND_WORD[value] }))}
            onChange={setKind}
          />
        )}
        <LabelsField
          label="Labels"
          help="Policies and bindings go by them."
          placeholder="env=production"
          labels={labels}
          error={problem?.fieldError("/labels")}
          onChange={setLabels}
        />
        <SelectField
          label="When every policy abstains"
          value={verdict}
          options={[
            { value: "deny", label: "deny" },
            { value: "allow", label: "allow" },
          ]}
          onChange={setVerdict}
        />
        <SelectField label="It takes" value={access} options={ACCESS} onChange={setAccess} />
        {save.error && <ProblemNote error={save.error} />}
        <div className="actions">
          {target && (
            <Button tone="no" onClick={() => setRemoving(true)}>
              Remove…
            </Button>
          )}
          <span className="grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {target ? "Save" : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
