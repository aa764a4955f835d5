import { formatCountdown } from "../text/format";
import { useNow, useTimeText } from "./now";

const RADIUS = 17;
const ROUND = 2 * Math.PI * RADIUS;

/** The share of a hold that is left, with the time in its middle. */
export function CountdownRing({ from, until }: { from: string; until: string }) {
  const now = useNow();
  const end = Date.parse(until);
  const left = Math.max(0, end - now);
  const share = Math.min(1, left / Math.max(1, end - Date.parse(from)));
  return (
    <span
      className="ring"
      role="timer"
      aria-label={`${formatCountdown(left)} left to decide`}
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
      {formatCountdown(left)}
    </span>
  );
}

export function TimeLeft({ until }: { until: string }) {
  return useTimeText((now) => {
    const left = Date.parse(until) - now;
    return left > 0 ? formatCountdown(left) : "time is up";
  });
}
