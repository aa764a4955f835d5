/** Differences between two texts or two values, as a person reads them. */

import type { Json } from "../schema-form/node";

export type LineKind = "add" | "del" | "same" | "hunk";

export interface DiffLine {
  kind: LineKind;
  text: string;
  /** Line numbers in the older and the newer text. */
  before?: number;
  after?: number;
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/u;

/** Reads a unified diff. The two lines that name files are left out. */
export function readUnified(text: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let before = 0;
  let after = 0;
  let inHunk = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const hunk = HUNK.exec(line);
    if (hunk) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      inHunk = true;
      lines.push({ kind: "hunk", text: line });
    } else if (!inHunk || line.startsWith("\\")) {
      // A file's name, or "No newline at end of file".
    } else if (line.startsWith("+")) {
      lines.push({ kind: "add", text: line.slice(1), after: after++ });
    } else if (line.startsWith("-")) {
      lines.push({ kind: "del", text: line.slice(1), before: before++ });
    } else {
      lines.push({ kind: "same", text: line.slice(1), before: before++, after: after++ });
    }
  }
  return lines;
}

export interface ValueChange {
  /** JSON pointer; empty for the whole. */
  path: string;
  /** Undefined where it was not there. */
  before?: Json;
  after?: Json;
}

const isRecord = (value: unknown): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const escaped = (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** The values that differ, each at the deepest object that still holds both. Lists are compared
 * whole: a person reads a list of names as one value. */
export function diffValues(
  before: Json | undefined,
  after: Json | undefined,
  path = "",
): ValueChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => diffValues(before[key], after[key], `${path}/${escaped(key)}`));
  }
  return [{ path, before, after }];
}

/** A value on one line; what is long is cut by the place it stands in. */
export function showValue(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A path as people say it: `/settings/quorum` reads `settings.quorum`. */
export function showPath(pointer: string): string {
  return pointer
    .replace(/^\//, "")
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}
