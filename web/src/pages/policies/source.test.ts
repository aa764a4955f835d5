import { describe, expect, it } from "vitest";
import { guardPolicy } from "../../../e2e/mock/policies";
import { nextVersion, offsetOf, sourceDraft, sourceOf } from "./source";

describe("a policy that is a text", () => {
  it("goes on from the version there is", () => {
    const draft = sourceDraft(guardPolicy(), "package a");
    expect(draft).toMatchObject({ name: "destructive-guard", version: "1.8.1", text: "package a" });
    expect(sourceOf(draft)).toMatchObject({
      body: { operations: ["sql"], settings_schema: { type: "object" }, changelog: undefined },
    });
  });

  it.each([
    ["a schema that is no JSON", { schema: "{" }, /not JSON/],
    ["a schema that is a list", { schema: "[]" }, /an object/],
    ["no operations", { operations: [] }, /what it handles/],
  ])("is refused with %s", (_name, change, says) => {
    expect(sourceOf({ ...sourceDraft(), ...change })).toMatchObject({
      problem: expect.stringMatching(says),
    });
  });

  it.each([
    ["1.2.3", "1.2.4"],
    ["1.2.3-rc1", "1.2.3-rc1"],
  ])("%s is followed by %s", (version, next) => expect(nextVersion(version)).toBe(next));

  it.each([
    [1, 1, 0],
    [2, 3, 6],
    [2, 99, 7],
    [9, 1, 8],
  ])("line %d, column %d stands at %d", (line, column, at) => {
    expect(offsetOf("abc\ndef\n", line, column)).toBe(at);
  });
});
