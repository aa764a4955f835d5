/** A public key as it is pasted. */

const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

export type ReadJwk = { jwk: Record<string, unknown> } | { fault: string };

/** Reads a JWK, and refuses one that holds a private part: that must never be sent. */
export function readJwk(text: string): ReadJwk {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: "This is not JSON." };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { fault: "It must be one JSON object." };
  }
  const jwk = value as Record<string, unknown>;
  if (PRIVATE.some((part) => part in jwk)) {
    return { fault: "This is a private key. Paste its public half alone, and make a new pair." };
  }
  if (typeof jwk.kty !== "string") return { fault: "A JWK says its type in `kty`." };
  return { jwk };
}
