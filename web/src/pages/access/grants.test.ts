import { expect, it } from "vitest";
import type { Grant } from "../../api/types";
import { inOrder } from "./AccessPage";
import { commandOf } from "./CredentialDialog";
import { mayUse } from "./GrantActions";

const grant = (id: string, state: Grant["state"], at: number) =>
  ({ id, state, requested_at: new Date(at).toISOString() }) as Grant;

it("what is in force comes first, then what waits, the newest first", () => {
  const list = [
    grant("old", "expired", 9),
    grant("waits", "requested", 8),
    grant("first", "active", 1),
    grant("second", "active", 2),
  ];
  expect(inOrder(list).map((g) => g.id)).toEqual(["second", "first", "waits", "old"]);
});

it("the lines for a shell hold no secret, and quote what they must", () => {
  expect(commandOf("release-bot", "shop; rm -rf /", "6432")).toBe(
    "read -rs PGPASSWORD && export PGPASSWORD\npsql -h EDGE -p 6432 -U release-bot -d 'shop; rm -rf /'",
  );
});

it.each([
  ["dana@example.com", null, true],
  ["release-bot", "dana@example.com", true],
  ["release-bot", "alice@example.com", false],
  ["release-bot", null, false],
])("whoever holds it or is behind it signs in under it: %s for %s", (name, behalf, may) => {
  const held = { principal: { id: "p", name, kind: "agent" as const }, on_behalf_of: behalf };
  expect(mayUse(held, "dana@example.com")).toBe(may);
});
