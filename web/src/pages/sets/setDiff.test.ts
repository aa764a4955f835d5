import { expect, it } from "vitest";
import type { SetBinding } from "../../api/types";
import { diffRest, diffSets } from "./setDiff";

const binding = (id: string, change: Partial<SetBinding> = {}): SetBinding => ({
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

it("says which documents and settings differ", () => {
  const document = (name: string, version: number) => ({
    id: name,
    name,
    version,
    digest: "d",
    size: 1,
    pull: null,
  });
  expect(
    diffRest(
      { documents: [document("a", 1), document("b", 1)] },
      {
        documents: [document("a", 2), document("c", 1)],
        settings: { require_approval: true, counter_split: "none" },
      },
    ),
  ).toEqual([
    { path: "/a/version", before: 1, after: 2 },
    { path: "/b", before: { version: 1 }, after: undefined },
    { path: "/c", before: undefined, after: { version: 1 } },
    { path: "/require_approval", before: undefined, after: true },
    { path: "/counter_split", before: undefined, after: "none" },
  ]);
  expect(diffRest({}, {})).toEqual([]);
});

it("says everything where a selector restricts nothing", () => {
  const [change] = diffSets(
    [binding("a", { selector: { targets: { names: [], labels: { env: "production" } } } })],
    [binding("a", { selector: { targets: { names: [] }, operations: ["sql"] } })],
  );
  expect(change?.changes).toEqual([
    { path: "/covers/targets", before: { labels: { env: "production" } }, after: "every target" },
    { path: "/covers/operations", before: "every operation", after: ["sql"] },
  ]);
});
