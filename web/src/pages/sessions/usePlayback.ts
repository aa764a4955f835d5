import { useEffect, useRef, useState } from "react";
import type { Entry, Replay } from "./replay";
import { advance, indexAt } from "./timeline";

export const SPEEDS = [1, 4, 8, 32] as const;
export type Speed = (typeof SPEEDS)[number];

/** The play head of a replay: where it stands, and what moves it. */
export function usePlayback(replay: Replay, firstIndex: number) {
  const { entries, open } = replay;
  const [index, setIndex] = useState(firstIndex);
  const [at, setAt] = useState(entries[firstIndex]?.at ?? replay.startAt);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>(8);
  const [skipIdle, setSkipIdle] = useState(true);

  const latest = useRef({ entries, open, at, speed, skipIdle });
  useEffect(() => {
    latest.current = { entries, open, at, speed, skipIdle };
  });

  useEffect(() => {
    if (!playing) return;
    let before = performance.now();
    let frame = requestAnimationFrame(function tick(now) {
      const { entries, open, at, speed, skipIdle } = latest.current;
      const head = advance(entries, at, now - before, speed, skipIdle);
      before = now;
      latest.current.at = head.at;
      setAt(head.at);
      setIndex(indexAt(entries, head.at));
      // At the end of an open session it waits for what comes.
      if (head.done && !open) setPlaying(false);
      else frame = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing]);

  const select = (next: number) => {
    const bounded = Math.min(entries.length - 1, Math.max(0, next));
    const entry: Entry | undefined = entries[bounded];
    if (!entry) return;
    setPlaying(false);
    setIndex(bounded);
    setAt(entry.at);
  };

  return {
    index,
    at,
    playing,
    speed,
    skipIdle,
    setSpeed,
    setSkipIdle,
    select,
    step: (by: 1 | -1) => select(index + by),
    seek: (to: number) => select(indexAt(entries, to)),
    toggle: () => {
      // Playing from the end begins again.
      if (!playing && !open && index >= entries.length - 1) {
        setAt(replay.startAt);
        setIndex(0);
      }
      setPlaying(!playing);
    },
  };
}

export type Playback = ReturnType<typeof usePlayback>;
