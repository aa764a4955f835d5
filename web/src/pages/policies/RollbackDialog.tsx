import { client, ok } from "../../api/client";
import type { Policy, PolicyChange } from "../../api/types";
import { ReasonedChangeDialog } from "../changes/ReasonedChangeDialog";

interface Props {
  policy: Policy;
  onDone: (change: PolicyChange) => void;
  onClose: () => void;
}

/** One click back to how the policy was bound before its last change. */
export function RollbackDialog({ policy, onDone, onClose }: Props) {
  return (
    <ReasonedChangeDialog
      title={`Roll back ${policy.name}?`}
      action="Roll back"
      propose={(comment) =>
        ok(
          client.POST("/api/v1/policies/{id}/rollback", {
            params: { path: { id: policy.id } },
            body: { comment },
          }),
        )
      }
      onDone={onDone}
      onClose={onClose}
    >
      Its bindings go back to how they were before they last changed, on every edge at once. Nothing
      is lost: afterwards you can undo it. Rolling back once more goes further back.
    </ReasonedChangeDialog>
  );
}
