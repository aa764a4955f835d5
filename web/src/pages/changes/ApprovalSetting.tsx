import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { policySettings } from "../../api/queries";
import type { PolicyChange, PolicySettings } from "../../api/types";
import { useCan } from "../../shell/can";

/** Whether a change waits for a second person, and how edges share a limit. */
export function ApprovalSetting({ onPending }: { onPending: (change: PolicyChange) => void }) {
  const settings = useQuery(policySettings());
  const { admin } = useCan();
  const splitId = useId();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (body: Partial<PolicySettings>) =>
      ok(client.PATCH("/api/v1/policy_settings", { body })),
    onSuccess: async (answer) => {
      if ("change" in answer) onPending(answer.change);
      for (const queryKey of [["policy", "settings"], ["policy_change"]])
        await queries.invalidateQueries({ queryKey });
    },
  });
  if (!settings.data) return null;
  const refused = save.error instanceof ApiProblem ? save.error.message : undefined;
  const disabled = !admin || save.isPending;
  return (
    <>
      {refused && (
        <span className="error" role="alert">
          {refused}
        </span>
      )}
      <label htmlFor={splitId} className="faint">
        Counters
      </label>
      <select
        id={splitId}
        className="input"
        disabled={disabled}
        value={settings.data.counter_split}
        onChange={(event) =>
          save.mutate({ counter_split: event.target.value as PolicySettings["counter_split"] })
        }
      >
        <option value="none">each edge for itself</option>
        <option value="even">split among edges</option>
      </select>
      <label className="check">
        <input
          type="checkbox"
          checked={settings.data.require_approval}
          disabled={disabled}
          onChange={(event) => save.mutate({ require_approval: event.target.checked })}
        />
        <span>Every change needs another admin's approval</span>
      </label>
    </>
  );
}
