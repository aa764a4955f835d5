/** Where an action's time went, step by step. */

import type { Timing } from "../../api/types";

export interface Step {
  name: "parse" | "judge" | "hold" | "journal" | "upstream";
  /** Absent: not reached. */
  micros?: number;
  /** Percent of the lane. */
  left: number;
  width: number;
}

const NAMES = ["parse", "judge", "hold", "journal", "upstream"] as const;

/** The steps one behind the other. People take a million times longer than machines: a hold fills
 * its lane and is left out of the scale, so that the other steps stay comparable. */
export function waterfall(timing: Timing): Step[] {
  const micros = (name: Step["name"]) => timing[`${name}_us`] ?? undefined;
  const total = NAMES.reduce((sum, name) => sum + (name === "hold" ? 0 : (micros(name) ?? 0)), 0);
  let before = 0;
  return NAMES.flatMap((name): Step[] => {
    const us = micros(name);
    if (name === "hold") return us === undefined ? [] : [{ name, micros: us, left: 0, width: 100 }];
    const left = total > 0 ? (before / total) * 100 : 0;
    const width = total > 0 ? ((us ?? 0) / total) * 100 : 0;
    before += us ?? 0;
    return [{ name, micros: us, left, width }];
  });
}
