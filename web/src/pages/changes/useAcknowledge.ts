import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import { useCan } from "../../shell/can";

/** Says that a person has seen an alert. */
export function useAcknowledge() {
  const queries = useQueryClient();
  const acknowledge = useMutation({
    mutationFn: (id: string) =>
      ok(client.POST("/api/v1/policy_changes/{id}/acknowledge", { params: { path: { id } } })),
    onSuccess: async () => {
      for (const key of ["alert", "policy_change"])
        await queries.invalidateQueries({ queryKey: [key] });
    },
  });
  return { acknowledge, may: useCan().author };
}
