/** Where the bars of a chart stand. */

import type { ActivityMinute } from "../api/types";

/** From the bottom of a bar to its top: what happens most often below, what matters most above. */
export const SERIES = ["allow", "abstain", "review", "deny", "failed"] as const;
export type Series = (typeof SERIES)[number];

export interface Part {
  series: Series;
  y: number;
  height: number;
}
export interface Bar {
  x: number;
  width: number;
  at: string;
  total: number;
  parts: Part[];
}
export interface Chart {
  bars: Bar[];
  /** The value at the top of the axis: 1, 2 or 5 times a power of ten. */
  top: number;
}

/** The least round number that holds `most`. */
export function roundTop(most: number): number {
  if (most <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 5, 10].find((n) => n * power >= most) ?? 10;
  return step * power;
}

export const totalOf = (minute: ActivityMinute) =>
  SERIES.reduce((sum, series) => sum + (minute[series] ?? 0), 0);

/** A part that is not nothing is at least this high, so that one refusal among thousands is seen. */
const LEAST = 2;

/** Stacks each minute's verdicts in a box of `width` × `height`. */
export function stack(minutes: ActivityMinute[], width: number, height: number): Chart {
  const top = roundTop(Math.max(0, ...minutes.map(totalOf)));
  const step = width / Math.max(1, minutes.length);
  const bars = minutes.map((minute, index): Bar => {
    const raw = SERIES.map((series) => {
      const value = minute[series] ?? 0;
      return { series, height: value > 0 ? Math.max(LEAST, (value / top) * height) : 0 };
    });
    // What small parts were raised by is taken from the largest, so that no bar leaves the box.
    const over = raw.reduce((sum, part) => sum + part.height, 0) - height;
    if (over > 0) {
      const largest = raw.reduce((a, b) => (b.height > a.height ? b : a));
      largest.height = Math.max(LEAST, largest.height - over);
    }
    let y = height;
    const parts = raw.flatMap((part): Part[] => {
      if (part.height === 0) return [];
      y -= part.height;
      return [{ series: part.series, y, height: part.height }];
    });
    return { x: index * step, width: step * 0.78, at: minute.at, total: totalOf(minute), parts };
  });
  return { bars, top };
}

/** The sums over all minutes. */
export function sums(minutes: ActivityMinute[]): Record<Series, number> {
  const sum = { allow: 0, abstain: 0, review: 0, deny: 0, failed: 0 };
  for (const minute of minutes) for (const series of SERIES) sum[series] += minute[series] ?? 0;
  return sum;
}
