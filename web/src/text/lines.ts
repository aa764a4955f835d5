/** Two texts line by line, for people who have to say whether a change is fine. */

import type { DiffLine } from "./diff";
import { layOut } from "./json";

/** Lines up to which two texts are compared; longer ones are shown one after the other. */
const MOST = 2_000;

const linesOf = (text: string) => text.split("\n");

/** A JSON text with a line a value; anything else as it is. */
export function laidOut(text: string): string {
  return (
    layOut(text)
      ?.map((token) => token.text)
      .join("") ?? text
  );
}

/** For each pair of suffixes, how many lines they have in common, in order. */
function common(before: string[], after: string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const row = table[i] ?? [];
    const below = table[i + 1] ?? [];
    for (let j = after.length - 1; j >= 0; j -= 1) {
      row[j] =
        before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

/** What was taken away and what was added, every line of both texts in order. */
export function diffLines(older: string, newer: string): DiffLine[] {
  const [before, after] = [linesOf(older), linesOf(newer)];
  const large = before.length * after.length > MOST * MOST;
  const table = large ? [] : common(before, after);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, new_] = [before[i], after[j]];
    if (!large && old !== undefined && old === new_) {
      lines.push({ kind: "same", text: old, before: ++i, after: ++j });
    } else if (
      old !== undefined &&
      (new_ === undefined || large || (table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0))
    ) {
      lines.push({ kind: "del", text: old, before: ++i });
    } else {
      lines.push({ kind: "add", text: new_ ?? "", after: ++j });
    }
  }
  return lines;
}
