import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { client, ok } from "../../api/client";
import { policySet, policySets } from "../../api/queries";
import type { PolicyChange } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { QueryView } from "../../ui/States";
import { ReasonedChangeDialog } from "../changes/ReasonedChangeDialog";

interface Props {
  /** The rollback, and the revision that it made. */
  change: PolicyChange;
  revision: number;
  onDone: (change: PolicyChange) => void;
  onClose: () => void;
}

/** Takes a rollback back: the set that was in force before it is restored. A second rollback would
 * go further back instead. */
export function UndoDialog({ change, revision, onDone, onClose }: Props) {
  const before = useQuery(policySet(revision - 1));
  const newest = useInfiniteQuery(policySets()).data?.pages[0]?.items[0]?.revision;
  if (!before.data) {
    return (
      <Dialog title="Undo the rollback?" onClose={onClose}>
        <QueryView query={before}>{() => null}</QueryView>
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </Dialog>
    );
  }
  const set = before.data.revision;
  return (
    <ReasonedChangeDialog
      title="Undo the rollback?"
      action={`Restore set ${set}`}
      propose={(comment) =>
        ok(
          client.POST("/api/v1/policy_sets/{revision}/restore", {
            params: { path: { revision: set } },
            body: { comment },
          }),
        )
      }
      onDone={onDone}
      onClose={onClose}
    >
      <Link to="/sets" search={{ revision: set }}>
        Set {set}
      </Link>
      , which was in force before {change.policy} was rolled back, comes back whole, on every edge
      at once.
      {newest !== undefined &&
        newest > revision &&
        " It takes back what was changed since, of other policies too."}
    </ReasonedChangeDialog>
  );
}
