import { describe, expect, it } from "vitest";
import { guardPolicy } from "../../../e2e/mock/policies";
import { consequence, draftOf, isChanged } from "./draft";

const policy = guardPolicy();
const [enforced, shadow] = policy.bindings;
if (!enforced || !shadow) throw new Error("no bindings");

describe("a draft", () => {
  it("of a new binding is the newest version in shadow, with the defaults", () => {
    const draft = draftOf(policy, undefined);
    expect(draft).toMatchObject({ versionId: policy.versions[0]?.id, stage: "shadow" });
    expect(draft.settings).toMatchObject({ environments: ["production"], quorum: 1 });
  });

  it("is not changed by writing an empty list for none", () => {
    const draft = draftOf(policy, shadow);
    expect(isChanged(draft, shadow)).toBe(false);
    const same = { principals: { kinds: [], names: [] }, targets: { labels: {} } };
    expect(isChanged({ ...draft, selector: same }, shadow)).toBe(false);
    expect(isChanged({ ...draft, selector: { targets: { names: ["a"] } } }, shadow)).toBe(true);
    expect(isChanged({ ...draft, stage: "enforced" }, shadow)).toBe(true);
    expect(isChanged({ ...draft, settings: {} }, shadow)).toBe(true);
  });

  it.each([
    ["enforcing a new one", undefined, "enforced", /obeyed by every edge/],
    ["changing an enforced one", enforced, "enforced", /every edge follows/i],
    ["changing a canary", { ...enforced, stage: "canary" }, "canary", /the sessions that obey it/i],
    ["changing a shadow", shadow, "shadow", undefined],
    ["a new shadow", undefined, "shadow", undefined],
  ] as const)("%s", (_name, binding, stage, says) => {
    const text = consequence({ ...draftOf(policy, binding), stage }, binding);
    if (says) expect(text).toMatch(says);
    else expect(text).toBeUndefined();
  });
});
