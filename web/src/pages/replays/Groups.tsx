import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import type { Judgement, Replay, ReplayExample, ReplayGroup } from "../../api/types";
import { useRowKeys } from "../../shell/useRowKeys";
import { formatCount } from "../../text/format";
import { toneOfVerdict } from "../../text/verdict";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { SqlLine } from "../../ui/Sql";

/** The whole decision about an action, once. */
function Said({ judgement }: { judgement: Judgement }) {
  return (
    <>
      <b>{judgement.effect}</b>
      {judgement.reasons.length > 0 && (
        <>
          {" "}
          (<Revealed text={judgement.reasons.join("; ")} />)
        </>
      )}
    </>
  );
}

function Examples({ examples, id }: { examples: ReplayExample[]; id: string }) {
  return (
    <tr id={id}>
      <td colSpan={6} className="examples">
        <ul>
          {examples.map((example) => (
            <li key={example.action_id}>
              <Link
                to="/sessions/$sessionId"
                params={{ sessionId: example.session_id }}
                search={{ action: example.action_id }}
                className="clip"
              >
                <SqlLine text={example.text} />
              </Link>
              <div className="muted break">
                <Said judgement={example.before} /> → <Said judgement={example.after} />{" "}
                <Moment at={example.at} />
              </div>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

function Group({
  group,
  open,
  onToggle,
}: {
  group: ReplayGroup;
  open: boolean;
  onToggle: () => void;
}) {
  const id = useId();
  const { key, examples } = group;
  const [first] = examples;
  return (
    <>
      <tr>
        <td>
          <Pill tone={toneOfVerdict(key.from)}>{key.from.replaceAll("_", " ")}</Pill>
        </td>
        <td>
          <Pill tone={toneOfVerdict(key.to)}>{key.to.replaceAll("_", " ")}</Pill>
        </td>
        <td className="break">
          {key.policy ?? <b>all together</b>}
          {group.effect_changes < group.count && (
            <span className="faint">
              {" "}
              {group.effect_changes === 0
                ? "no action comes out otherwise"
                : `${formatCount(group.effect_changes)} come out otherwise`}
            </span>
          )}
          {key.reason && (
            <div className="muted">
              <Revealed text={key.reason} />
            </div>
          )}
        </td>
        <td className="clip example">{first && <SqlLine text={first.text} />}</td>
        <td className="num">{formatCount(group.count)}</td>
        <td className="num">
          <Button
            small
            data-row
            aria-expanded={open}
            aria-controls={open ? id : undefined}
            onClick={onToggle}
          >
            Examples
          </Button>
        </td>
      </tr>
      {open && <Examples examples={examples} id={id} />}
    </>
  );
}

/** Every decision that differs, in groups: what changes the outcome of most actions first. */
export function Groups({ run, groups }: { run: Replay; groups: ReplayGroup[] }) {
  const keyOf = ({ key }: ReplayGroup) =>
    JSON.stringify([key.policy, key.from, key.to, key.reason]);
  const sorted = [...groups].sort(
    (a, b) => b.effect_changes - a.effect_changes || b.count - a.count,
  );
  useRowKeys();
  const [open, setOpen] = useState<string | undefined>(sorted[0] && keyOf(sorted[0]));
  return (
    <Panel title="Decisions that differ" aside={`${formatCount(run.judged)} judged again`} flush>
      <table className="groups">
        <thead>
          <tr>
            <th>From</th>
            <th>To</th>
            <th>Policy and reason</th>
            <th>Example</th>
            <th className="num">Decisions</th>
            <th>
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((group) => {
            const key = keyOf(group);
            return (
              <Group
                key={key}
                group={group}
                open={open === key}
                onToggle={() => setOpen(open === key ? undefined : key)}
              />
            );
          })}
          {run.state === "done" && (
            <tr>
              <td colSpan={4} className="faint">
                No other decision differs
              </td>
              <td className="num faint">{formatCount(run.judged - run.differing)}</td>
              <td />
            </tr>
          )}
        </tbody>
      </table>
    </Panel>
  );
}
