import { type RefObject, useCallback, useEffect, useState } from "react";

/** Which rows of a long list are on the screen; all rows have the same height. */
export function useWindow(ref: RefObject<HTMLElement | null>, rowHeight: number, count: number) {
  const [range, setRange] = useState({ from: 0, to: Math.min(count, 60) });
  const measure = useCallback(() => {
    const box = ref.current;
    if (!box) return;
    const height = box.clientHeight || 800;
    const from = Math.max(0, Math.floor(box.scrollTop / rowHeight) - 8);
    const to = Math.min(count, Math.ceil((box.scrollTop + height) / rowHeight) + 8);
    setRange((before) => (before.from === from && before.to === to ? before : { from, to }));
  }, [ref, rowHeight, count]);
  useEffect(() => {
    const box = ref.current;
    if (!box) return;
    measure();
    box.addEventListener("scroll", measure, { passive: true });
    window.addEventListener("resize", measure);
    return () => {
      box.removeEventListener("scroll", measure);
      window.removeEventListener("resize", measure);
    };
  }, [ref, measure]);
  return range;
}
