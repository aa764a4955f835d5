import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { me } from "../../api/queries";
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

/** Whether the reader may sign in under it: it is theirs, or held on their behalf. */
export const mayUse = (grant: Pick<Grant, "principal" | "on_behalf_of">, email: string) =>
  (grant.on_behalf_of ?? grant.principal.name) === email;

interface DialogsProps {
  grant: Grant;
  open: Open | undefined;
  onClose: () => void;
  onExtended: (grant: Grant) => void;
}

function Dialogs({ grant, open, onClose, onExtended }: DialogsProps) {
  const act = useGrantActions(grant.id, onClose);
  const name = grantId(grant.id);
  switch (open) {
    case "credential":
      return <CredentialDialog grant={grant} onClose={onClose} />;
    case "extend":
      return <AskDialog extend={grant} onDone={onExtended} onClose={onClose} />;
    case "complete":
      return (
        <ConfirmDialog
          title={`Is “${grant.task}” done?`}
          action="End the grant"
          busy={act.complete.isPending}
          error={act.complete.error && <ProblemNote error={act.complete.error} />}
          onConfirm={() => act.complete.mutate()}
          onClose={onClose}
        >
          {name} ends, and connections under it end within a second.
        </ConfirmDialog>
      );
    case "withdraw":
      return (
        <ConfirmDialog
          title={`Withdraw ${name}?`}
          action="Withdraw"
          busy={act.withdraw.isPending}
          error={act.withdraw.error && <ProblemNote error={act.withdraw.error} />}
          onConfirm={() => act.withdraw.mutate()}
          onClose={onClose}
        >
          Nobody has to decide it any more.
        </ConfirmDialog>
      );
    case "revoke":
      return (
        <ReasonDialog
          title={`Revoke ${name}?`}
          action="Revoke"
          help="The holder is told."
          busy={act.revoke.isPending}
          error={act.revoke.error}
          onConfirm={(reason) => act.revoke.mutate(reason)}
          onClose={onClose}
        >
          <p>Connections under it end within a second, and its credentials stop working.</p>
        </ReasonDialog>
      );
    case undefined:
      return null;
  }
}

/** While somebody has to decide it. */
function Waiting({ grant, onOpen }: { grant: Grant; onOpen: (open: Open) => void }) {
  return (
    <>
      {grant.may_decide && (
        <Link to="/reviews/access/$grantId" params={{ grantId: grant.id }} className="btn primary">
          Decide it
        </Link>
      )}
      {grant.mine && (
        <Button tone="no" onClick={() => onOpen("withdraw")}>
          Withdraw…
        </Button>
      )}
    </>
  );
}

function InForce({ grant, onOpen }: { grant: Grant; onOpen: (open: Open) => void }) {
  const { user } = useSuspenseQuery(me()).data;
  const { admin } = useCan();
  if (!grant.mine && !admin) return null;
  const own = mayUse(grant, user.email);
  return (
    <>
      {own && (
        <Button tone="primary" onClick={() => onOpen("credential")}>
          Get a credential…
        </Button>
      )}
      {/* One that is held on behalf of somebody else is theirs to extend. */}
      {own && !grant.break_glass && <Button onClick={() => onOpen("extend")}>Extend…</Button>}
      <Button onClick={() => onOpen("complete")}>The task is done…</Button>
      <Button tone="no" onClick={() => onOpen("revoke")}>
        Revoke…
      </Button>
    </>
  );
}

interface Props {
  grant: Grant;
  onExtended: (grant: Grant) => void;
}

/** What its holder, its owner or an admin may do with a grant now. */
export function GrantActions({ grant, onExtended }: Props) {
  const [open, setOpen] = useState<Open>();
  return (
    <>
      <div className="grant-actions">
        {grant.state === "requested" && <Waiting grant={grant} onOpen={setOpen} />}
        {grant.state === "active" && <InForce grant={grant} onOpen={setOpen} />}
      </div>
      <Dialogs
        grant={grant}
        open={open}
        onClose={() => setOpen(undefined)}
        onExtended={(made) => {
          setOpen(undefined);
          onExtended(made);
        }}
      />
    </>
  );
}
