/** A binding as it is edited, and what of it has changed. */

import type { BindingView, Policy, Selector, Stage } from "../../api/types";
import { type Json, readSchema } from "../../schema-form/node";
import { initialValue, same } from "../../schema-form/value";

export interface Draft {
  versionId: string;
  stage: Stage;
  selector: Selector;
  settings: Json;
}

/** A binding's draft; without one, a new binding of the newest version, in shadow. */
export function draftOf(policy: Policy, binding: BindingView | undefined): Draft {
  if (binding) {
    return {
      versionId: binding.policy_version_id,
      stage: binding.stage,
      selector: binding.selector,
      settings: binding.settings as Json,
    };
  }
  return {
    versionId: policy.versions[0]?.id ?? "",
    stage: "shadow",
    selector: {},
    settings: initialValue(readSchema(policy.manifest.settings_schema as Json)),
  };
}

export function isChanged(draft: Draft, binding: BindingView): boolean {
  return (
    draft.versionId !== binding.policy_version_id ||
    draft.stage !== binding.stage ||
    !same(draft.settings, binding.settings as Json) ||
    !same(normal(draft.selector) as Json, normal(binding.selector) as Json)
  );
}

/** An empty list in a selector says the same as none. */
function normal(selector: Selector): Selector {
  const { principals = {}, targets = {}, operations = [] } = selector;
  return {
    principals: {
      kinds: principals.kinds ?? [],
      names: principals.names ?? [],
      groups: principals.groups ?? [],
    },
    targets: {
      kinds: targets.kinds ?? [],
      names: targets.names ?? [],
      labels: targets.labels ?? {},
    },
    operations,
  };
}

/** What saving it does, for whoever confirms it; undefined when it needs no confirmation. */
export function consequence(draft: Draft, binding: BindingView | undefined): string | undefined {
  if (binding?.stage === "enforced")
    return "This binding is enforced. Every edge follows the change at once, open sessions included.";
  if (binding?.stage === "canary")
    return "This binding is a canary. The sessions that obey it follow the change at once.";
  if (!binding && draft.stage === "enforced")
    return "It will be obeyed by every edge at once, open sessions included.";
  return undefined;
}
