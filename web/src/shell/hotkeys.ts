import { useEffect, useRef, useSyncExternalStore } from "react";

const KEY = "countersign.hotkeys";
const listeners = new Set<() => void>();
let enabled = read();

function read(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

/** Single-key shortcuts can be turned off (WCAG 2.1.4). */
export function setHotkeysEnabled(on: boolean) {
  enabled = on;
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // Storage may be blocked; the choice then lasts until the page is closed.
  }
  for (const listener of listeners) listener();
}

export function useHotkeysEnabled(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => enabled,
  );
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));

/** The key that an event means to a page; undefined where it belongs to something else. */
export function hotkeyOf(event: KeyboardEvent): string | undefined {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  // A key that is held down must not decide twice.
  if (event.isComposing || event.repeat || isTyping(event.target)) return undefined;
  if (document.querySelector("dialog[open]")) return undefined;
  // Space and Enter press what has the focus.
  if (
    event.key === " " &&
    event.target instanceof HTMLElement &&
    event.target.closest("button, a")
  ) {
    return undefined;
  }
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** Binds single keys while the component is on the screen. */
export function useHotkeys(keys: Record<string, () => void>) {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const key = enabled ? hotkeyOf(event) : undefined;
      const action = key === undefined ? undefined : latest.current[key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
