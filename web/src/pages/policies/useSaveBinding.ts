import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import type { BindingView } from "../../api/types";
import type { Draft } from "./draft";

function body(draft: Draft) {
  return {
    policy_version_id: draft.versionId,
    stage: draft.stage,
    selector: draft.selector,
    settings: draft.settings as Record<string, never>,
  };
}

/** Creates, changes or deletes a binding. */
export function useSaveBinding(
  binding: BindingView | undefined,
  onDone: (id: string | undefined) => void,
) {
  const queries = useQueryClient();
  const stale = () => queries.invalidateQueries({ queryKey: ["policy"] });
  const save = useMutation({
    mutationFn: (draft: Draft) =>
      binding
        ? ok(
            client.PATCH("/api/v1/bindings/{id}", {
              params: { path: { id: binding.id } },
              body: body(draft),
            }),
          )
        : ok(client.POST("/api/v1/bindings", { body: body(draft) })),
    onSuccess: async (saved) => {
      await stale();
      onDone(saved.id);
    },
  });
  const remove = useMutation({
    mutationFn: async () => {
      if (binding)
        await ok(client.DELETE("/api/v1/bindings/{id}", { params: { path: { id: binding.id } } }));
    },
    onSuccess: async () => {
      await stale();
      onDone(undefined);
    },
  });
  return { save, remove };
}
