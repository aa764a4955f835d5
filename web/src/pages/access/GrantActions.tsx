import { useState } from "react";
import type { Grant } from "../../api/types";
import { useCan } from "../../shell/can";
import { grantId } from "../../text/access";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { ReasonDialog } from "../../ui/ReasonDialog";
import { ProblemNote } from "../../ui/States";
import { AskDialog } from "./AskDialog";
import { CredentialDialog } from "./CredentialDialog";
import { useGrantActions } from "./useGrantActions";

type Open = "credential" | "extend" | "complete" | "revoke" | "withdraw";

interface Props {
  grant: Grant;
  onExtended: (grant: Grant) => void;
}

/** What its holder, its owner or an admin may do with a grant now. */
export function GrantActions({ grant, onExtended }: Props) {
  const { admin } = useCan();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const act = useGrantActions(grant.id, close);
  const { mine } = grant;
  const active = grant.state === "active";
  const name = grantId(grant.id);
  if (!(mine || admin) || !(active || grant.state === "requested")) return null;
  return (
    <>
      <div className="grant-actions">
        {active && mine && (
          <>
            <Button tone="primary" onClick={() => setOpen("credential")}>
              Get a credential…
            </Button>
            {!grant.break_glass && <Button onClick={() => setOpen("extend")}>Extend…</Button>}
          </>
        )}
        {active && <Button onClick={() => setOpen("complete")}>The task is done…</Button>}
        {active && (
          <Button tone="no" onClick={() => setOpen("revoke")}>
            Revoke…
          </Button>
        )}
        {!active && (
          <Button tone="no" onClick={() => setOpen("withdraw")}>
            Withdraw…
          </Button>
        )}
      </div>
      {open === "credential" && <CredentialDialog grant={grant} onClose={close} />}
      {open === "extend" && (
        <AskDialog
          extend={grant}
          onDone={(made) => {
            close();
            onExtended(made);
          }}
          onClose={close}
        />
      )}
      {open === "complete" && (
        <ConfirmDialog
          title={`Is “${grant.task}” done?`}
          action="End the grant"
          busy={act.complete.isPending}
          error={act.complete.error && <ProblemNote error={act.complete.error} />}
          onConfirm={() => act.complete.mutate()}
          onClose={close}
        >
          {name} ends, and connections under it end within a second.
        </ConfirmDialog>
      )}
      {open === "withdraw" && (
        <ConfirmDialog
          title={`Withdraw ${name}?`}
          action="Withdraw"
          busy={act.withdraw.isPending}
          error={act.withdraw.error && <ProblemNote error={act.withdraw.error} />}
          onConfirm={() => act.withdraw.mutate()}
          onClose={close}
        >
          Nobody has to decide it any more.
        </ConfirmDialog>
      )}
      {open === "revoke" && (
        <ReasonDialog
          title={`Revoke ${name}?`}
          action="Revoke"
          help="The holder is told."
          busy={act.revoke.isPending}
          error={act.revoke.error}
          onConfirm={(reason) => act.revoke.mutate(reason)}
          onClose={close}
        >
          <p>Connections under it end within a second, and its credentials stop working.</p>
        </ReasonDialog>
      )}
    </>
  );
}
