import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { policies, replays } from "../../api/queries";
import type { ReplaySummary } from "../../api/types";
import { useCan } from "../../shell/can";
import { useRowKeys } from "../../shell/useRowKeys";
import { formatCount } from "../../text/format";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Blank, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { ReplayForm } from "./ReplayForm";
import "./replays.css";

export function RunPill({ run }: { run: ReplaySummary }) {
  if (run.state === "running") return <Pill tone="accent">running</Pill>;
  if (run.state === "failed") return <Pill tone="deny">failed</Pill>;
  if (run.state === "cancelled") return <Pill tone="shadow">stopped</Pill>;
  return run.differing === 0 ? (
    <Pill tone="allow">no difference</Pill>
  ) : (
    <Pill tone="review">{formatCount(run.differing)} differ</Pill>
  );
}

/** What was tried, in a few words. */
export function nameOf({ candidate, policy, version }: ReplaySummary): string {
  if (!candidate) return "The same versions again";
  if (!policy) return "A changed binding";
  return version == null ? policy : `${policy} v${version}`;
}

function Row({ run }: { run: ReplaySummary }) {
  return (
    <tr>
      <td>
        <RunPill run={run} />
      </td>
      <td>
        <Link to="/replays/$replayId" params={{ replayId: run.id }} data-row>
          <b>{nameOf(run)}</b>
        </Link>
        <div className="muted">
          {[run.target && `on ${run.target}`, run.principal && `by ${run.principal}`]
            .filter(Boolean)
            .join(" ")}
        </div>
      </td>
      <td className="num">{formatCount(run.judged)}</td>
      <td className="num">{formatCount(run.differing)}</td>
      <td className="num">
        <Moment at={run.started_at} />
      </td>
    </tr>
  );
}

/** What was judged again, and the way to judge more. */
export function ReplaysPage() {
  const { policy } = useSearch({ from: "/shell/replays" });
  const query = useQuery(replays());
  const all = useQuery(policies());
  const may = useCan().replay;
  useRowKeys();
  return (
    <>
      <TopBar
        title="What would it change?"
        sub="Recorded actions, judged again with another version or other settings"
      />
      <div className="scrolls">
        <div className="page split">
          <Panel title="Judged again" flush>
            <QueryView query={query} lines={6}>
              {(list) =>
                list.length === 0 ? (
                  <Blank title="Nothing was judged again yet.">
                    Choose a policy and a time, and see every decision that would differ.
                  </Blank>
                ) : (
                  <table className="pick">
                    <thead>
                      <tr>
                        <th>Result</th>
                        <th>With</th>
                        <th className="num">Judged</th>
                        <th className="num">Differ</th>
                        <th className="num">Started</th>
                      </tr>
                    </thead>
                    <tbody>
                      {list.map((run) => (
                        <Row key={run.id} run={run} />
                      ))}
                    </tbody>
                  </table>
                )
              }
            </QueryView>
          </Panel>
          <QueryView query={all} lines={6}>
            {(list) => <ReplayForm key={policy} policies={list} start={policy} disabled={!may} />}
          </QueryView>
        </div>
      </div>
    </>
  );
}
