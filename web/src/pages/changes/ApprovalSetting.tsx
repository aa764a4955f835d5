import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { policySettings } from "../../api/queries";
import { useIsAdmin } from "../../shell/useRole";

/** Whether a change waits for a second person. */
export function ApprovalSetting() {
  const settings = useQuery(policySettings());
  const admin = useIsAdmin();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (require_approval: boolean) =>
      ok(client.PATCH("/api/v1/policy_settings", { body: { require_approval } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["policy", "settings"] }),
  });
  if (!settings.data) return null;
  const refused = save.error instanceof ApiProblem ? save.error.message : undefined;
  return (
    <>
      {refused && (
        <span className="error" role="alert">
          {refused}
        </span>
      )}
      <label className="check">
        <input
          type="checkbox"
          checked={settings.data.require_approval}
          disabled={!admin || save.isPending}
          onChange={(event) => save.mutate(event.target.checked)}
        />
        <span>Every change needs another admin's approval</span>
      </label>
    </>
  );
}
