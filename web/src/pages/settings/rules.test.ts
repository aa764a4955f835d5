import { expect, it } from "vitest";
import { draftOf, faultOf, rulesOf } from "./rules";

it.each([
  [{}, "ci", /claim/],
  [{ sub: "repo:shop/*" }, " ", /whose/],
  [{ sub: "repo:shop/*" }, "ci", undefined],
])("a rule of %j for %j", (claims, principal, fault) => {
  const said = faultOf({ ...draftOf(), claims, principal });
  if (fault) expect(said).toMatch(fault);
  else expect(said).toBeUndefined();
});

it("each draft has a key of its own, which is not sent", () => {
  const drafts = [draftOf({ claims: { a: "b" }, principal: "x " }), draftOf()];
  expect(new Set(drafts.map((d) => d.key)).size).toBe(2);
  expect(rulesOf(drafts)).toEqual([
    { claims: { a: "b" }, principal: "x" },
    { claims: {}, principal: "" },
  ]);
});
