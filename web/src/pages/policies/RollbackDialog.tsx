import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import type { Policy, PolicyChange } from "../../api/types";
import { ConfirmDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";

interface Props {
  policy: Policy;
  onDone: (change: PolicyChange) => void;
  onClose: () => void;
}

/** One click back to how the policy was bound before its last change. */
export function RollbackDialog({ policy, onDone, onClose }: Props) {
  const [comment, setComment] = useState("");
  const queries = useQueryClient();
  const rollback = useMutation({
    mutationFn: async () => {
      const answer = await ok(
        client.POST("/api/v1/policies/{id}/rollback", {
          params: { path: { id: policy.id } },
          body: { comment: comment.trim() || undefined },
        }),
      );
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
      title={`Roll back ${policy.name}?`}
      action="Roll back"
      busy={rollback.isPending}
      error={rollback.error && <ProblemNote error={rollback.error} />}
      onConfirm={() => rollback.mutate()}
      onClose={onClose}
    >
      <div className="stack">
        <p>
          Its bindings go back to how they were before they last changed, on every edge at once.
          Nothing is lost: a second rollback undoes this one.
        </p>
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
