/** Where things stand on the timeline's lane, and how the play head moves. */

import { type Entry, toneOf } from "./replay";

export interface Domain {
  start: number;
  end: number;
}

/** A session of a single moment still needs a width, in milliseconds. */
const LEAST_MS = 20;

export function domainOf(start: number, end: number): Domain {
  return { start, end: Math.max(end, start + LEAST_MS) };
}

/** Percent from the left, within the lane. */
export function place(at: number, domain: Domain): number {
  const share = (at - domain.start) / (domain.end - domain.start);
  return Math.min(1, Math.max(0, share)) * 100;
}

export type Tone = ReturnType<typeof toneOf>;
const SEVERITY: Tone[] = ["shadow", "allow", "mask", "review", "deny"];

export interface Tick {
  left: number;
  tone: Tone;
  count: number;
}

/** One tick a slot of the lane, in the strictest colour of what happened in it, so that ten
 * thousand statements cost no more than the lane is wide and no deny hides behind an allow. */
export function ticksOf(entries: Entry[], domain: Domain, slots = 400): Tick[] {
  const bySlot = new Map<number, Tick>();
  for (const entry of entries) {
    const left = place(entry.at, domain);
    const slot = Math.floor((left / 100) * slots);
    const tone = toneOf(entry);
    const tick = bySlot.get(slot);
    if (!tick) {
      bySlot.set(slot, { left, tone, count: 1 });
      continue;
    }
    tick.count += 1;
    if (SEVERITY.indexOf(tone) > SEVERITY.indexOf(tick.tone)) tick.tone = tone;
  }
  return [...bySlot.values()].sort((a, b) => a.left - b.left);
}

export interface HoldSpan {
  key: string;
  left: number;
  width: number;
}

/** The stretches in which an action waited for people. */
export function holdsOf(entries: Entry[], domain: Domain): HoldSpan[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== "action" || !entry.review) return [];
    const left = place(entry.review.heldAt, domain);
    const right = place(entry.review.endedAt ?? domain.end, domain);
    return [{ key: entry.key, left, width: Math.max(right - left, 0.3) }];
  });
}

/** Moments for the axis, the first and the last included. */
export function axisOf(domain: Domain, count = 6): number[] {
  const step = (domain.end - domain.start) / (count - 1);
  return Array.from({ length: count }, (_, i) => domain.start + step * i);
}

/** The last entry at or before `at`; the first one when none is. -1 for no entries. */
export function indexAt(entries: Entry[], at: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return entries.length === 0 ? -1 : Math.max(0, low - 1);
}

/** Idle time that is still played when idle stretches are skipped, in session milliseconds at 1×. */
const IDLE_KEPT_MS = 700;

export interface Playback {
  at: number;
  done: boolean;
}

/** The play head after `elapsed` real milliseconds. */
export function advance(
  entries: Entry[],
  at: number,
  elapsed: number,
  speed: number,
  skipIdle: boolean,
): Playback {
  const last = entries.at(-1);
  if (!last || at >= last.at) return { at: last?.at ?? at, done: true };
  let next = at + elapsed * speed;
  if (skipIdle) {
    const upcoming = entries[indexAt(entries, at) + 1] ?? last;
    const target = upcoming.at > at ? upcoming.at : last.at;
    const kept = IDLE_KEPT_MS * speed;
    if (target - next > kept) next = target - kept;
  }
  return next >= last.at ? { at: last.at, done: true } : { at: next, done: false };
}
