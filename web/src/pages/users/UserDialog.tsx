import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import type { Role, User } from "../../api/types";
import { Button } from "../../ui/Button";
import { ChipsField } from "../../ui/Chips";
import { Dialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";

const ROLES: { value: Role; label: string }[] = [
  { value: "admin", label: "admin: changes everything" },
  { value: "reviewer", label: "reviewer: decides reviews" },
  { value: "auditor", label: "auditor: reads" },
];

/** Adds a person, or changes or disables one. */
export function UserDialog({ user, onClose }: { user?: User; onClose: () => void }) {
  const [name, setName] = useState(user?.name ?? "");
  const [email, setEmail] = useState(user?.email ?? "");
  const [role, setRole] = useState<Role>(user?.role ?? "reviewer");
  const [groups, setGroups] = useState(user?.groups ?? []);
  const [disabled, setDisabled] = useState(user?.disabled_at != null);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), role, groups };
      return user
        ? ok(
            client.PATCH("/api/v1/users/{id}", {
              params: { path: { id: user.id } },
              body: { ...body, disabled },
            }),
          )
        : ok(client.POST("/api/v1/users", { body: { ...body, email: email.trim() } }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["user"] });
      await queries.invalidateQueries({ queryKey: ["me"] });
      onClose();
    },
  });
  const problem = save.error instanceof ApiProblem ? save.error : undefined;
  return (
    <Dialog title={user ? `Change ${user.name}` : "Add a person"} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField
          label="Name"
          required
          maxLength={100}
          value={name}
          error={problem?.fieldError("/name")}
          onChange={setName}
        />
        {!user && (
          <TextField
            label="E-mail address"
            type="email"
            required
            value={email}
            error={problem?.fieldError("/email")}
            onChange={setEmail}
          />
        )}
        <SelectField label="Role" value={role} options={ROLES} onChange={setRole} />
        <ChipsField
          label="Groups"
          help="Reviews that name a group are decided by its members."
          placeholder="none; or dba"
          values={groups}
          error={problem?.fieldError("/groups")}
          onChange={setGroups}
        />
        {user && (
          <label className="check">
            <input
              type="checkbox"
              checked={disabled}
              onChange={(event) => setDisabled(event.target.checked)}
            />
            <span>
              Disabled <span className="faint">Their sessions and tokens end for good.</span>
            </span>
          </label>
        )}
        {save.error && <ProblemNote error={save.error} />}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {user ? "Save" : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
