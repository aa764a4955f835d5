import { expect, it } from "vitest";
import { KINDS, kindWord, toneOfKind } from "./kinds";

it.each([
  ["grant.break_glass", "deny"],
  ["edge.cloned", "deny"],
  ["sign_in.refused", "deny"],
  ["sign_in.succeeded", "allow"],
  ["lock.set", "review"],
  ["grant.completed", "shadow"],
  ["something.new", "shadow"],
])("%s is shown as %s", (kind, tone) => expect(toneOfKind(kind)).toBe(tone));

it("kinds are words", () => {
  expect(kindWord("sign_in.link_used")).toBe("sign in: link used");
  expect(kindWord("sign_out")).toBe("sign out");
});

it("each kind is in one group", () => {
  const all = KINDS.flatMap((group) => group.kinds);
  expect(new Set(all).size).toBe(all.length);
});
