import { formatCountdown } from "../text/format";
import { useNow, useTimeText } from "./now";

const RADIUS = 17;
const ROUND = 2 * Math.PI * RADIUS;

interface Props {
  from: string;
  until: string;
  /** What the time is left for. */
  what?: string;
  tone?: "allow" | "review";
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The time in the middle of a ring: `4:16`, past ten minutes `26m`, past an hour `2h`. Rounded down, so that
 * none is promised that is not there. */
function inRing(ms: number): string {
  if (ms < 10 * MINUTE) return formatCountdown(ms);
  return ms < HOUR ? `${Math.floor(ms / MINUTE)}m` : `${Math.floor(ms / HOUR)}h`;
}

/** The share of a time that is left, with the time in its middle. */
export function CountdownRing({ from, until, what = "to decide", tone = "review" }: Props) {
  const now = useNow();
  const end = Date.parse(until);
  const left = Math.max(0, end - now);
  const share = Math.min(1, left / Math.max(1, end - Date.parse(from)));
  return (
    <span
      className="ring"
      role="timer"
      data-tone={tone}
      aria-label={`${formatCountdown(left)} left ${what}`}
      data-urgent={left < 60_000 || undefined}
    >
      <svg viewBox="0 0 38 38" aria-hidden="true">
        <circle cx="19" cy="19" r={RADIUS} />
        <circle
          cx="19"
          cy="19"
          r={RADIUS}
          strokeDasharray={ROUND}
          strokeDashoffset={ROUND * (1 - share)}
        />
      </svg>
      {inRing(left)}
    </span>
  );
}

export function TimeLeft({ until }: { until: string }) {
  return useTimeText((now) => {
    const left = Date.parse(until) - now;
    return left > 0 ? formatCountdown(left) : "time is up";
  });
}
