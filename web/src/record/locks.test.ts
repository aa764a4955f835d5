import { expect, it } from "vitest";
import type { Lock, LockSubject } from "../api/types";
import { lockedBy } from "./locks";

const lock = (subject: LockSubject): Lock => ({
  id: JSON.stringify(subject),
  subject,
  name: "",
  reason: "",
  created_by: "dana@example.com",
  created_at: "2026-11-22T14:02:00Z",
});
const locked = lockedBy([
  lock({ kind: "principal", id: "bot" }),
  lock({ kind: "human", name: "ada@example.com" }),
  lock({ kind: "edge", id: "e1" }),
  lock({ kind: "session", id: "s1" }),
]);

it.each([
  ["itself", { id: "bot", name: "bot" }, true],
  ["the human", { id: "h", name: "ada@example.com", kind: "human" as const }, true],
  ["what acts for them", { id: "x", name: "x", on_behalf_of: "ada@example.com" }, true],
  ["what is theirs", { id: "x", name: "x", owner: "ada@example.com" }, true],
  [
    "an agent that is only called so",
    { id: "x", name: "ada@example.com", kind: "agent" as const },
    false,
  ],
  ["another", { id: "x", name: "x", owner: "bob@example.com" }, false],
])("a lock stops %s", (_, who, stopped) => {
  expect(locked.principal(who) !== undefined).toBe(stopped);
});

it("things are locked by kind and id", () => {
  expect(locked.of("edge", "e1")).toBeDefined();
  expect(locked.of("target", "e1")).toBeUndefined();
  expect(locked.of("session", "s1")).toBeDefined();
  expect(locked.human("ada@example.com")).toBeDefined();
  expect(locked.human("bob@example.com")).toBeUndefined();
});
