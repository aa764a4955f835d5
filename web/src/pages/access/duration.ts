/** For how long access is asked for. */

import { formatSeconds } from "../../text/format";

const PRESETS = [900, 1800, 3600, 4 * 3600, 8 * 3600, 24 * 3600];
const DEFAULT = 1800;
export const OTHER = "other";

/** The presets that a limit allows, and a choice of one's own. */
export function presets(most: number | null | undefined) {
  const allowed = PRESETS.filter((seconds) => seconds <= (most ?? Number.POSITIVE_INFINITY));
  return [
    ...allowed.map((seconds) => ({ value: String(seconds), label: formatSeconds(seconds) })),
    { value: OTHER, label: "other…" },
  ];
}

/** What is chosen at first: half an hour, or as much of it as the limit allows. */
export function firstPreset(most: number | null | undefined): string {
  const values = presets(most).map((each) => each.value);
  return values.includes(String(DEFAULT)) ? String(DEFAULT) : (values[0] ?? OTHER);
}

/** Minutes as they are typed, in seconds; undefined where they are none. */
export function secondsOf(minutes: string): number | undefined {
  const number = Number(minutes);
  return Number.isFinite(number) && number > 0 ? Math.round(number * 60) : undefined;
}
