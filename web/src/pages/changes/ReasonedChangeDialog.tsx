import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Pending, PolicyChange } from "../../api/types";
import { ConfirmDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";

interface Props {
  title: string;
  action: string;
  /** Asks for the change, with the reason that was given. */
  propose: (comment: string | undefined) => Promise<PolicyChange | Pending>;
  onDone: (change: PolicyChange) => void;
  onClose: () => void;
  /** What will happen. */
  children: ReactNode;
}

/** Confirms a change of what is enforced, and asks why. */
export function ReasonedChangeDialog({ title, action, propose, onDone, onClose, children }: Props) {
  const [comment, setComment] = useState("");
  const queries = useQueryClient();
  const proposal = useMutation({
    mutationFn: async () => {
      const answer = await propose(comment.trim() || undefined);
      return "change" in answer ? answer.change : answer;
    },
    onSuccess: async (change) => {
      for (const key of ["policy", "policy_change", "policy_set"])
        await queries.invalidateQueries({ queryKey: [key] });
      onDone(change);
    },
  });
  return (
    <ConfirmDialog
      title={title}
      action={action}
      busy={proposal.isPending}
      error={proposal.error && <ProblemNote error={proposal.error} />}
      onConfirm={() => proposal.mutate()}
      onClose={onClose}
    >
      <div className="stack">
        <p>{children}</p>
        <TextField
          label="Why"
          value={comment}
          onChange={setComment}
          maxLength={2000}
          placeholder="For the history"
        />
      </div>
    </ConfirmDialog>
  );
}
