import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import type { Role, User } from "../../api/types";
import { ROLES, roleWord } from "../../text/access";
import { Button } from "../../ui/Button";
import { ChipsField, LabelsField } from "../../ui/Chips";
import { ChoicesField } from "../../ui/Choices";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { LabelList, NameList } from "../../ui/LabelList";
import { Fact, Facts } from "../../ui/Panel";
import { ProblemNote } from "../../ui/States";

/** What the provider says at each sign-in is not changed here. */
function FromProvider({ user }: { user: User }) {
  return (
    <div className="stack">
      <Facts>
        <Fact name="E-mail">{user.email}</Fact>
        <Fact name="Roles">
          <NameList names={user.roles.map(roleWord)} />
        </Fact>
        <Fact name="Groups">
          <NameList names={user.groups} />
        </Fact>
        <Fact name="Decides on">
          {user.review_scope && <LabelList labels={user.review_scope} />}
        </Fact>
      </Facts>
      <p className="muted">
        They sign in through the identity provider, which says their name and groups each time.
      </p>
    </div>
  );
}

/** Adds a person, or changes or disables one. */
export function UserDialog({ user, onClose }: { user?: User; onClose: () => void }) {
  const [name, setName] = useState(user?.name ?? "");
  const [email, setEmail] = useState(user?.email ?? "");
  const [roles, setRoles] = useState<Role[]>(user?.roles ?? ["reviewer"]);
  const [groups, setGroups] = useState(user?.groups ?? []);
  const [scope, setScope] = useState(user?.review_scope ?? {});
  const [disabled, setDisabled] = useState(user?.disabled_at != null);
  const queries = useQueryClient();
  const provided = user?.source === "oidc";
  const save = useMutation({
    mutationFn: () => {
      const scoped = roles.includes("reviewer") && Object.keys(scope).length > 0;
      const body = { name: name.trim(), roles, groups, review_scope: scoped ? scope : null };
      return user
        ? ok(
            client.PATCH("/api/v1/users/{id}", {
              params: { path: { id: user.id } },
              body: provided ? { disabled } : { ...body, disabled },
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
        {user && provided ? (
          <FromProvider user={user} />
        ) : (
          <>
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
            <ChoicesField
              label="Roles"
              options={ROLES}
              values={roles}
              error={problem?.fieldError("/roles")}
              onChange={setRoles}
            />
            {roles.includes("reviewer") && (
              <LabelsField
                label="Decides on targets with"
                help="Labels of the targets whose reviews they decide as a reviewer."
                placeholder="any labels; or team=payments"
                labels={scope}
                error={problem?.fieldError("/review_scope")}
                onChange={setScope}
              />
            )}
            <ChipsField
              label="Groups"
              help="Reviews that name a group are decided by its members."
              placeholder="none; or dba"
              values={groups}
              error={problem?.fieldError("/groups")}
              onChange={setGroups}
            />
          </>
        )}
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
