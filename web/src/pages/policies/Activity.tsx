import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { policyActivity } from "../../api/queries";
import type { PolicyActivity } from "../../api/types";
import { type Chart, SERIES, stack, sums } from "../../text/chart";
import { formatClock, formatCount, formatMicros } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { QueryView } from "../../ui/States";

const WIDTH = 900;
const HEIGHT = 120;

function Bars({ chart }: { chart: Chart }) {
  return (
    <svg className="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
      <line x1="0" x2={WIDTH} y1="0.5" y2="0.5" />
      <line x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      {chart.bars.map((bar) =>
        bar.parts.map((part) => (
          <rect
            key={`${bar.at} ${part.series}`}
            data-series={part.series}
            x={bar.x}
            y={part.y}
            width={bar.width}
            height={part.height}
          />
        )),
      )}
    </svg>
  );
}

function Minutes({ activity }: { activity: PolicyActivity }) {
  const minutes = activity.per_minute;
  const chart = useMemo(() => stack(minutes, WIDTH, HEIGHT), [minutes]);
  const sum = useMemo(() => sums(minutes), [minutes]);
  const said = SERIES.filter((series) => sum[series] > 0);
  const first = minutes[0];
  if (said.length === 0 || !first)
    return <p className="in muted">It judged nothing in the last hour.</p>;
  return (
    <figure className="minutes">
      <figcaption>
        <span className="faint">per minute by verdict</span>
        {said.map((series) => (
          <span key={series} className="key-entry">
            <i data-series={series} aria-hidden="true" /> {series} {formatCount(sum[series])}
          </span>
        ))}
      </figcaption>
      <div className="plot">
        <span className="axis-top faint">{formatCount(chart.top)}</span>
        <Bars chart={chart} />
      </div>
      <div className="axis-time faint">
        <span>{formatClock(new Date(first.at)).slice(0, 5)}</span>
        <span>now</span>
      </div>
    </figure>
  );
}

const micros = (us: number | null | undefined) => (us == null || us === 0 ? "–" : formatMicros(us));

function Loaded({ activity }: { activity: PolicyActivity }) {
  const sum = sums(activity.per_minute);
  const all = SERIES.reduce((n, series) => n + sum[series], 0);
  return (
    <>
      <dl className="kpi">
        {[
          ["Decisions, 1 h", formatCount(all)],
          ["p50 / p99", `${micros(activity.p50_us)} / ${micros(activity.p99_us)}`],
          ["Held, 1 h", formatCount(sum.review)],
          ["Traps, limits", formatCount(activity.failures)],
        ].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Minutes activity={activity} />
      {activity.last_failure && (
        <p className="in break last-failure">
          <span className="faint">Last failure </span>
          <span className="error">{activity.last_failure}</span>
        </p>
      )}
    </>
  );
}

/** What the policy says now, how fast, and what went wrong. */
export function Activity({ policyId }: { policyId: string }) {
  const query = useQuery(policyActivity(policyId));
  return (
    <Panel title="Activity" aside="the last hour, on every edge" flush>
      <QueryView query={query} lines={4}>
        {(activity) => <Loaded activity={activity} />}
      </QueryView>
    </Panel>
  );
}
