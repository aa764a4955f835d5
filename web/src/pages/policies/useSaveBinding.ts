import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client, ok } from "../../api/client";
import type {
  BindingView,
  CreateBinding,
  Pending,
  PolicyChange,
  UpdateBinding,
} from "../../api/types";
import type { Draft } from "./draft";

/** What became of a change: applied, or waiting for another person. */
export interface Saved {
  bindingId?: string;
  pending?: PolicyChange;
}

const isPending = (answer: BindingView | Pending | undefined): answer is Pending =>
  answer !== undefined && "change" in answer;

const savedOf = (answer: BindingView | Pending): Saved =>
  isPending(answer)
    ? { bindingId: answer.change.binding_id ?? undefined, pending: answer.change }
    : { bindingId: answer.id };

export function bodyOf(draft: Draft): UpdateBinding {
  return {
    policy_version_id: draft.versionId,
    selector: draft.selector,
    settings: draft.settings as Record<string, never>,
  };
}

/** Creates, changes or deletes a binding. */
export function useSaveBinding(
  binding: Pick<BindingView, "id"> | undefined,
  onDone: (saved: Saved) => void,
) {
  const queries = useQueryClient();
  const stale = async () => {
    for (const key of ["policy", "policy_change", "policy_set"])
      await queries.invalidateQueries({ queryKey: [key] });
  };
  const save = useMutation({
    mutationFn: (body: UpdateBinding) =>
      binding
        ? ok(
            client.PATCH("/api/v1/bindings/{id}", {
              params: { path: { id: binding.id } },
              body,
            }),
          )
        : // What is new always names its version and its stage.
          ok(client.POST("/api/v1/bindings", { body: body as CreateBinding })),
    onSuccess: async (answer) => {
      await stale();
      onDone(savedOf(answer));
    },
  });
  const remove = useMutation({
    mutationFn: async () =>
      binding &&
      ok(client.DELETE("/api/v1/bindings/{id}", { params: { path: { id: binding.id } } })),
    onSuccess: async (answer) => {
      await stale();
      onDone(isPending(answer) ? savedOf(answer) : {});
    },
  });
  return { save, remove };
}
