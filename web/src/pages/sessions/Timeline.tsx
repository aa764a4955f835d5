import { useMemo } from "react";
import { formatClock, formatClockMillis, plural } from "../../text/format";
import type { Replay } from "./replay";
import { axisOf, domainOf, holdsOf, place, ticksOf } from "./timeline";
import type { Playback } from "./usePlayback";

/** Below this the seconds on the axis would repeat. */
const SHORT_MS = 6000;

interface Props {
  replay: Replay;
  playback: Playback;
  /** The end of the lane: now, while the session is open. */
  endAt: number;
}

/** The session from left to right: a tick a moment, a box a hold, and the play head. */
export function Timeline({ replay, playback, endAt }: Props) {
  const { entries, startAt } = replay;
  const domain = useMemo(() => domainOf(startAt, endAt), [startAt, endAt]);
  const ticks = useMemo(() => ticksOf(entries, domain), [entries, domain]);
  const holds = useMemo(() => holdsOf(entries, domain), [entries, domain]);
  const format = domain.end - domain.start < SHORT_MS ? formatClockMillis : formatClock;
  const seek = (event: React.PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    playback.seek(domain.start + share * (domain.end - domain.start));
  };
  return (
    <div>
      <div
        className="lane"
        role="slider"
        tabIndex={0}
        aria-label="Position in the session"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, entries.length - 1)}
        aria-valuenow={Math.max(0, playback.index)}
        aria-valuetext={`${formatClock(new Date(playback.at))}, ${playback.index + 1} of ${plural(entries.length, "entry", "entries")}`}
        onPointerDown={seek}
        onKeyDown={(event) => {
          if (event.key === "ArrowRight" || event.key === "ArrowDown") playback.step(1);
          else if (event.key === "ArrowLeft" || event.key === "ArrowUp") playback.step(-1);
          else if (event.key === "Home") playback.select(0);
          else if (event.key === "End") playback.select(entries.length - 1);
          else return;
          event.preventDefault();
        }}
      >
        {holds.map((hold) => (
          <span
            key={hold.key}
            className="hold"
            style={{ left: `${hold.left}%`, width: `${hold.width}%` }}
          />
        ))}
        {ticks.map((tick) => (
          <i key={tick.left} data-tone={tick.tone} style={{ left: `${tick.left}%` }} />
        ))}
        <span className="head" style={{ left: `${place(playback.at, domain)}%` }} />
      </div>
      <div className="axis" aria-hidden="true">
        {axisOf(domain).map((at) => (
          <span key={at}>{format(new Date(at))}</span>
        ))}
      </div>
    </div>
  );
}
