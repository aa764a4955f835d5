import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import type { PrincipalView } from "../../api/types";
import { useIsAdmin } from "../../shell/useRole";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { LabelList, NameList } from "../../ui/LabelList";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { ProblemNote } from "../../ui/States";
import { Credentials } from "./Credentials";
import { PrincipalDialog } from "./PrincipalDialog";

export function PrincipalPanel({ principal }: { principal: PrincipalView }) {
  const admin = useIsAdmin();
  const [open, setOpen] = useState<"change" | "remove">();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () =>
      ok(client.DELETE("/api/v1/principals/{id}", { params: { path: { id: principal.id } } })),
    onSuccess: async () => {
      await navigate({ to: "/principals" });
      await queries.invalidateQueries({ queryKey: ["principal"] });
    },
  });
  return (
    <div className="stack">
      <Panel title={principal.name} aside={principal.kind}>
        <div className="stack">
          <Facts>
            <Fact name="Acts for">
              {principal.on_behalf_of ?? <span className="faint">itself</span>}
            </Fact>
            <Fact name="Groups">
              <NameList names={principal.groups} />
            </Fact>
            <Fact name="Claims">
              <LabelList labels={principal.claims} />
            </Fact>
            <Fact name="Sessions">
              <Link to="/sessions" search={{ principal: principal.name }}>
                Show them
              </Link>
            </Fact>
          </Facts>
          {admin && (
            <div className="row">
              <Button small tone="no" onClick={() => setOpen("remove")}>
                Remove…
              </Button>
              <span className="grow" />
              <Button small onClick={() => setOpen("change")}>
                Change…
              </Button>
            </div>
          )}
        </div>
      </Panel>
      <Credentials principal={principal} />
      {open === "change" && (
        <PrincipalDialog principal={principal} onClose={() => setOpen(undefined)} />
      )}
      {open === "remove" && (
        <ConfirmDialog
          title={`Remove ${principal.name}?`}
          action="Remove"
          busy={remove.isPending}
          error={remove.error && <ProblemNote error={remove.error} />}
          onConfirm={() => remove.mutate()}
          onClose={() => setOpen(undefined)}
        >
          Its credentials stop working and its open sessions end. What it did stays on record.
        </ConfirmDialog>
      )}
    </div>
  );
}
