/** What two policy sets differ in, binding by binding. */

import type { PolicySetState, SetBinding, SetDocument } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { diffValues, type ValueChange } from "../../text/diff";

export interface BindingChange {
  id: string;
  policy: string;
  kind: "added" | "removed" | "changed";
  before?: SetBinding;
  after?: SetBinding;
  changes: ValueChange[];
}

/** A part of a selector; one that restricts nothing says so, for "nothing" would read as none. */
function partOf(part: object | undefined, everything: string): Json {
  const set = Object.entries(part ?? {}).filter(([, value]) => Object.keys(value ?? {}).length > 0);
  return set.length === 0 ? everything : (Object.fromEntries(set) as Json);
}

/** What a person compares of a binding; ids and digests follow from these. */
const shown = (b: SetBinding): Json =>
  JSON.parse(
    JSON.stringify({
      version: b.version,
      stage: b.stage,
      canary_percent: b.canary_percent ?? undefined,
      guard: b.guard ?? undefined,
      position: b.position,
      covers: {
        targets: partOf(b.selector.targets, "every target"),
        principals: partOf(b.selector.principals, "every principal"),
        operations: b.selector.operations?.length ? b.selector.operations : "every operation",
      },
      settings: b.settings,
    }),
  );

/** From `before` to `after`: what would be added, removed and changed. */
export function diffSets(before: SetBinding[], after: SetBinding[]): BindingChange[] {
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

const shownDocument = (d: SetDocument | undefined): Json | undefined =>
  d && { version: d.version, ...(d.pull && { pull: { ...d.pull } }) };

/** Documents and settings that differ, under paths of their own. */
export function diffRest(before: PolicySetState, after: PolicySetState): ValueChange[] {
  const old = new Map((before.documents ?? []).map((d) => [d.name, d]));
  const now = new Map((after.documents ?? []).map((d) => [d.name, d]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  const documents = names.flatMap((name) =>
    diffValues(shownDocument(old.get(name)), shownDocument(now.get(name)), `/${name}`),
  );
  const settings = diffValues((before.settings ?? {}) as Json, (after.settings ?? {}) as Json, "");
  return [...documents, ...settings];
}
