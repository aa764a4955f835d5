import { expect, it } from "vitest";
import type { PolicySetBinding } from "../../api/types";
import { diffSets } from "./setDiff";

const binding = (id: string, change: Partial<PolicySetBinding> = {}): PolicySetBinding => ({
  id,
  policy_id: "p",
  policy: `policy-${id}`,
  policy_version_id: "v",
  version: 1,
  digest: "d",
  settings: { quorum: 1 },
  selector: {},
  stage: "enforced",
  position: 10,
  ...change,
});

it("the same sets differ in nothing", () => {
  expect(diffSets([binding("a")], [binding("a")])).toEqual([]);
  expect(diffSets([binding("a", { canary_percent: null })], [binding("a")])).toEqual([]);
});

it("says what was added, removed and changed, by policy", () => {
  const changes = diffSets(
    [binding("b"), binding("c"), binding("a")],
    [binding("b", { stage: "shadow", settings: { quorum: 2 } }), binding("a"), binding("0")],
  );
  expect(changes.map((c) => [c.policy, c.kind])).toEqual([
    ["policy-0", "added"],
    ["policy-b", "changed"],
    ["policy-c", "removed"],
  ]);
  expect(changes[1]?.changes).toEqual([
    { path: "/stage", before: "enforced", after: "shadow" },
    { path: "/settings/quorum", before: 1, after: 2 },
  ]);
});
