import type { Timing } from "../../api/types";
import { formatMicros } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { totalMicros } from "./replay";
import { waterfall } from "./waterfall";

const TONE = {
  parse: "accent",
  judge: "mask",
  hold: "review",
  journal: "shadow",
  upstream: "allow",
};

export function TimeSpent({ timing }: { timing: Timing }) {
  // What is held has told nothing of its time yet.
  if (totalMicros(timing) === 0) return null;
  return (
    <Panel title="Where the time went">
      <dl className="waterfall">
        {waterfall(timing).map((step) => (
          <div key={step.name}>
            <dt className="muted">{step.name === "hold" ? "people" : step.name}</dt>
            <dd className="bar" aria-hidden="true">
              <b
                data-tone={TONE[step.name]}
                style={{ marginLeft: `${Math.min(step.left, 99)}%`, width: `${step.width}%` }}
                hidden={step.micros === undefined}
              />
            </dd>
            <dd className="mono faint num">
              {step.micros === undefined ? "not reached" : formatMicros(step.micros)}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
