import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import type { PrincipalKind, PrincipalView } from "../../api/types";
import { Button } from "../../ui/Button";
import { ChipsField, LabelsField } from "../../ui/Chips";
import { Dialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";

const KINDS: { value: PrincipalKind; label: string }[] = [
  { value: "agent", label: "agent: an AI" },
  { value: "human", label: "human: a person" },
  { value: "service", label: "service: a program" },
];

interface Props {
  principal?: PrincipalView;
  onClose: () => void;
  onSaved?: (id: string) => void;
}

/** Adds a principal, or changes one. */
export function PrincipalDialog({ principal, onClose, onSaved }: Props) {
  const [name, setName] = useState(principal?.name ?? "");
  const [kind, setKind] = useState<PrincipalKind>(principal?.kind ?? "agent");
  const [behalf, setBehalf] = useState(principal?.on_behalf_of ?? "");
  const [owner, setOwner] = useState(principal?.owner ?? "");
  const [purpose, setPurpose] = useState(principal?.purpose ?? "");
  const [groups, setGroups] = useState(principal?.groups ?? []);
  const [claims, setClaims] = useState(principal?.claims ?? {});
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = {
        name: name.trim(),
        kind,
        groups,
        claims,
        on_behalf_of: behalf.trim() || null,
        owner: owner.trim() || null,
        purpose: purpose.trim(),
      };
      return principal
        ? ok(
            client.PATCH("/api/v1/principals/{id}", {
              params: { path: { id: principal.id } },
              body,
            }),
          )
        : ok(client.POST("/api/v1/principals", { body }));
    },
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ["principal"] });
      onClose();
      onSaved?.(saved.id);
    },
  });
  const problem = save.error instanceof ApiProblem ? save.error : undefined;
  return (
    <Dialog title={principal ? `Change ${principal.name}` : "Add a principal"} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField
          label="Name"
          help="It signs in with this name."
          required
          maxLength={63}
          value={name}
          error={problem?.fieldError("/name")}
          onChange={setName}
        />
        <SelectField label="Kind" value={kind} options={KINDS} onChange={setKind} />
        {kind !== "human" && (
          <>
            <TextField
              label="Owner"
              help="Who answers for it, and may ask for access for it: an e-mail address, or `group:NAME`."
              placeholder="alice@example.com"
              value={owner}
              error={problem?.fieldError("/owner")}
              onChange={setOwner}
            />
            <TextField
              label="Purpose"
              maxLength={500}
              placeholder="what it is for"
              value={purpose}
              error={problem?.fieldError("/purpose")}
              onChange={setPurpose}
            />
          </>
        )}
        <TextField
          label="Acts for"
          help="The person for whom it acts. They can't approve what it asks for."
          placeholder="nobody; or alice@example.com"
          value={behalf}
          error={problem?.fieldError("/on_behalf_of")}
          onChange={setBehalf}
        />
        <ChipsField
          label="Groups"
          placeholder="none"
          values={groups}
          error={problem?.fieldError("/groups")}
          onChange={setGroups}
        />
        <LabelsField
          label="Labels"
          help="What you say of it, such as env=staging for one meant for staging alone."
          placeholder="none; or env=staging"
          labels={claims}
          error={problem?.fieldError("/claims")}
          onChange={setClaims}
        />
        {save.error && <ProblemNote error={save.error} />}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {principal ? "Save" : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
