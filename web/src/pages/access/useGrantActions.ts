import { useMutation, useQueryClient } from "@tanstack/react-query";
import { grant as grantQuery } from "../../api/accessQueries";
import { client, ok } from "../../api/client";
import type { Grant, Id } from "../../api/types";

/** Ends a grant or a request: by its holder, its owner or an admin. */
export function useGrantActions(id: Id, onDone: () => void) {
  const queries = useQueryClient();
  const params = { path: { id } };
  const after = {
    onSuccess: (grant: Grant) => {
      queries.setQueryData(grantQuery(id).queryKey, grant);
      onDone();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["grant"] }),
  };
  return {
    withdraw: useMutation({
      mutationFn: () => ok(client.POST("/api/v1/grants/{id}/withdraw", { params })),
      ...after,
    }),
    complete: useMutation({
      mutationFn: () => ok(client.POST("/api/v1/grants/{id}/complete", { params })),
      ...after,
    }),
    revoke: useMutation({
      mutationFn: (reason: string) =>
        ok(client.POST("/api/v1/grants/{id}/revoke", { params, body: { reason } })),
      ...after,
    }),
  };
}
