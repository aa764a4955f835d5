import type { Tone } from "../../ui/Pill";

/** The kinds of event that are filtered by, in groups. A family ends with a dot. */
export const KINDS: { group: string; family?: string; kinds: string[] }[] = [
  {
    group: "Signing in",
    family: "sign_in.",
    kinds: [
      "sign_in.succeeded",
      "sign_in.refused",
      "sign_in.link_used",
      "sign_out",
      "sign_out.refused",
      "device.approved",
      "device.denied",
    ],
  },
  {
    group: "Grants",
    family: "grant.",
    kinds: [
      "grant.requested",
      "grant.endorsed",
      "grant.approved",
      "grant.denied",
      "grant.withdrawn",
      "grant.revoked",
      "grant.completed",
      "grant.expired",
      "grant.break_glass",
    ],
  },
  { group: "Locks", family: "lock.", kinds: ["lock.set", "lock.lifted"] },
  {
    group: "Credentials",
    family: "token.",
    kinds: ["token.issued", "token.refused", "token.revoked"],
  },
  { group: "Keys", kinds: ["principal.key_added", "principal.key_removed"] },
  {
    group: "Trusted issuers",
    family: "issuer.",
    kinds: ["issuer.added", "issuer.changed", "issuer.removed"],
  },
  { group: "Tools", kinds: ["tool.accepted"] },
  { group: "Edges", family: "edge.", kinds: ["edge.key_rotated", "edge.cloned"] },
];

const LOUD = ["grant.break_glass", "edge.cloned"];
const BAD = ["refused", "denied", "revoked"];
const GOOD = ["succeeded", "approved", "issued", "accepted"];

/** A kind's colour: alarms and refusals red, what was let through green. */
export function toneOfKind(kind: string): Tone {
  const last = kind.split(".").at(-1) ?? "";
  if (LOUD.includes(kind) || BAD.includes(last)) return "deny";
  if (GOOD.includes(last)) return "allow";
  if (kind === "lock.set" || last === "requested" || last === "link_used") return "review";
  return "shadow";
}

/** `sign_in.link_used` as `sign in: link used`. */
export const kindWord = (kind: string) => kind.replaceAll("_", " ").replace(/\.(?=.)/, ": ");
