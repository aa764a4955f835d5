/** UUIDs that are easy to tell apart in a failing test: `id("5e", 7)` ends in `5e…0007`. */
export function id(kind: string, n: number): string {
  const tail = n.toString(16).padStart(4, "0");
  return `019a3c1e-7b5d-7f00-8000-${kind.padEnd(4, "0")}${((n * 7919) % 0x10000).toString(16).padStart(4, "0")}${tail}`;
}

/** An RFC 3339 time, in seconds from now. */
export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

export const digest = (n: number) =>
  Array.from({ length: 64 }, (_, i) => ((n * 31 + i * i * 7 + 11) % 16).toString(16)).join("");
