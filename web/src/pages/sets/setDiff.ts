/** What two policy sets differ in, binding by binding. */

import type { PolicySetBinding } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { diffValues, type ValueChange } from "../../text/diff";

export interface BindingChange {
  id: string;
  policy: string;
  kind: "added" | "removed" | "changed";
  before?: PolicySetBinding;
  after?: PolicySetBinding;
  changes: ValueChange[];
}

/** What a person compares of a binding; ids and digests follow from these. */
const shown = (b: PolicySetBinding): Json =>
  JSON.parse(
    JSON.stringify({
      version: b.version,
      stage: b.stage,
      canary_percent: b.canary_percent ?? undefined,
      position: b.position,
      selector: b.selector,
      settings: b.settings,
    }),
  );

/** From `before` to `after`: what would be added, removed and changed. */
export function diffSets(before: PolicySetBinding[], after: PolicySetBinding[]): BindingChange[] {
  const old = new Map(before.map((b) => [b.id, b]));
  const now = new Set(after.map((b) => b.id));
  const result: BindingChange[] = [];
  for (const binding of after) {
    const was = old.get(binding.id);
    const one = { id: binding.id, policy: binding.policy, after: binding };
    if (!was) result.push({ ...one, kind: "added", changes: [] });
    else {
      const changes = diffValues(shown(was), shown(binding));
      if (changes.length > 0) result.push({ ...one, kind: "changed", before: was, changes });
    }
  }
  for (const was of before) {
    if (!now.has(was.id)) {
      result.push({ id: was.id, policy: was.policy, kind: "removed", before: was, changes: [] });
    }
  }
  return result.sort((a, b) => a.policy.localeCompare(b.policy));
}
