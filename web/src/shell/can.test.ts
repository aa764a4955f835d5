import { expect, it } from "vitest";
import type { Role } from "../api/types";
import { type Can, canOf } from "./can";

const can = (roles: Role[]) =>
  Object.entries(canOf(roles))
    .filter(([, may]) => may)
    .map(([what]) => what);

it.each<[Role[], (keyof Can)[]]>([
  [[], []],
  [["member"], []],
  [["auditor"], ["read"]],
  [["reviewer"], ["read", "decide", "replay"]],
  [["policy_author"], ["read", "author", "replay"]],
  [
    ["policy_author", "reviewer"],
    ["read", "decide", "author", "replay"],
  ],
  [["admin"], ["read", "decide", "author", "replay", "admin"]],
])("%j may %j", (roles, expected) => expect(can(roles)).toEqual(expected));
