import { expect, it } from "vitest";
import type { Grant, MayNotDecide } from "../api/types";
import { asked, holderOf, shellWord, targetsOf, whyNotGrant } from "./access";

const target = (name: string) => ({ id: name, name, labels: {} });

it.each([
  [[], "nothing"],
  [["shop"], "shop"],
  [["shop", "stock"], "shop and 1 more"],
])("the targets %j are %s", (names, words) => {
  expect(targetsOf({ targets: names.map(target) })).toBe(words);
});

it.each([
  ["release-bot", "alice@example.com", "release-bot for alice@example.com"],
  ["release-bot", null, "release-bot"],
  ["alice@example.com", "alice@example.com", "alice@example.com"],
])("%s with %s behind it is %s", (name, behalf, words) => {
  expect(holderOf({ principal: { id: "p", name, kind: "agent" }, on_behalf_of: behalf })).toBe(
    words,
  );
});

it("says what is asked for", () => {
  expect(asked({ operations: ["read", "write"], duration_seconds: 1800 })).toBe(
    "read, write for 30 min",
  );
});

it.each<[Partial<Grant>, RegExp | undefined]>([
  [{ state: "requested", may_decide: true }, undefined],
  [{ state: "active", may_decide: true }, /not waiting/],
  ...(
    [
      ["role", /does not decide/],
      ["scope", /other labels/],
      ["group", /none of the groups/],
      ["requester", /Somebody else/],
      ["author", /wrote the policy/],
      ["already_decided", /waits for others/],
    ] as [MayNotDecide, RegExp][]
  ).map(([may_not_decide, why]): [Partial<Grant>, RegExp] => [
    { state: "requested", may_decide: false, may_not_decide },
    why,
  ]),
])("%j", (grant, why) => {
  const said = whyNotGrant(grant as Grant);
  if (why) expect(said).toMatch(why);
  else expect(said).toBeUndefined();
});

it.each([
  ["shop-production", "shop-production"],
  ["dana@example.com", "dana@example.com"],
  ["it's", "'it'\\''s'"],
  ["$(rm -rf /)", "'$(rm -rf /)'"],
  ["", "''"],
])("a shell reads %j as %s", (text, word) => expect(shellWord(text)).toBe(word));
