import { useSyncExternalStore } from "react";

/** One timer for everything on the screen that shows the passing of time. */
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** A text that depends on the time; renders again only when the text changes. */
export function useTimeText(format: (now: number) => string): string {
  return useSyncExternalStore(subscribe, () => format(now));
}

/** The time to the second; renders again when it changes. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
