import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { client, ok } from "../../api/client";
import { policy as policyQuery, replayRun } from "../../api/queries";
import type { Replay } from "../../api/types";
import type { Json } from "../../schema-form/node";
import { useCan } from "../../shell/can";
import { diffValues } from "../../text/diff";
import { formatCount, formatMoment, formatSeconds, plural } from "../../text/format";
import { Button } from "../../ui/Button";
import { ChangeTable } from "../../ui/ChangeTable";
import { useNow } from "../../ui/now";
import { Panel } from "../../ui/Panel";
import { Blank, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { Groups } from "./Groups";
import { nameOf, RunPill } from "./ReplaysPage";
import "./replays.css";

function Took({ run }: { run: Replay }) {
  const now = useNow();
  const end = run.finished_at ? Date.parse(run.finished_at) : now;
  const seconds = Math.max(0, Math.round((end - Date.parse(run.started_at)) / 1000));
  return <>{seconds === 0 ? "under 1 s" : formatSeconds(seconds)}</>;
}

function Numbers({ run }: { run: Replay }) {
  return (
    <section className="panel" aria-label="Progress">
      <dl className="kpi">
        <div>
          <dt>Judged again</dt>
          <dd>{formatCount(run.judged)}</dd>
        </div>
        <div>
          <dt>Differ</dt>
          <dd>{formatCount(run.differing)}</dd>
        </div>
        <div>
          <dt>Left out</dt>
          <dd>{formatCount(run.skipped)}</dd>
        </div>
        <div>
          <dt>A second</dt>
          <dd>{formatCount(Math.round(run.per_second))}</dd>
        </div>
        <div>
          <dt>Took</dt>
          <dd>
            <Took run={run} />
          </dd>
        </div>
      </dl>
      {run.state === "running" && (
        <progress className="progress" aria-label="Progress" max={1} value={run.progress} />
      )}
    </section>
  );
}

/** The settings as they are bound, and as they were tried. */
function Tried({ run, policyId }: { run: Replay; policyId: string }) {
  const { data } = useQuery(policyQuery(policyId));
  if (!data) return null;
  const version = data.versions.find((v) => v.id === run.candidate?.policy_version_id);
  const bound = data.bindings.find((b) => b.stage === "enforced") ?? data.bindings[0];
  const settings = run.candidate?.settings as Json | undefined;
  const changes = settings && bound ? diffValues(bound.settings as Json, settings) : [];
  return (
    <Panel
      title="What was tried"
      aside={
        <Link to="/policies/$policyId" params={{ policyId }}>
          {data.name}
        </Link>
      }
      flush
    >
      <p className="in">
        <b>{version ? `v${version.version}` : "the version that was bound"}</b>
        {bound && version && bound.version !== version.version && (
          <span className="muted"> in the place of v{bound.version}</span>
        )}
        {changes.length === 0 && <span className="muted">, settings as they are bound</span>}
      </p>
      {changes.length > 0 && <ChangeTable changes={changes} />}
    </Panel>
  );
}

function Result({ run }: { run: Replay }) {
  const groups = run.groups ?? [];
  if (run.state === "failed") {
    return (
      <div className="note" data-tone="deny" role="alert">
        <b>It could not be finished.</b> {run.error}
      </div>
    );
  }
  if (groups.length > 0) return <Groups run={run} groups={groups} />;
  if (run.state !== "done") return null;
  return (
    <Panel>
      {run.judged === 0 ? (
        <Blank title="Nothing was recorded in this time.">
          Choose an earlier start, or another target.
        </Blank>
      ) : (
        <Blank title={`No decision differs, of ${formatCount(run.judged)}.`}>
          {run.candidate
            ? "Every recorded action would be decided as it was."
            : "The same versions gave the same decisions: what is recorded can be relied on."}
        </Blank>
      )}
    </Panel>
  );
}

function LeftOut({ run }: { run: Replay }) {
  const reasons = Object.entries(run.skipped_by_reason);
  if (reasons.length === 0) return null;
  return (
    <p className="muted">
      Left out:{" "}
      {reasons
        .map(([reason, count]) => `${formatCount(count)} ${reason.replaceAll("_", " ")}`)
        .join(", ")}
      .
    </p>
  );
}

function CancelButton({ run }: { run: Replay }) {
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () => {
      await ok(client.POST("/api/v1/replays/{id}/cancel", { params: { path: { id: run.id } } }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["replay"] }),
  });
  return (
    <Button busy={cancel.isPending} onClick={() => cancel.mutate()}>
      Stop
    </Button>
  );
}

function Loaded({ run }: { run: Replay }) {
  const policyId = run.candidate?.policy_id;
  return (
    <div className="scrolls">
      <div className="page">
        <Numbers run={run} />
        {policyId && <Tried run={run} policyId={policyId} />}
        <Result run={run} />
        <LeftOut run={run} />
        <p className="faint">
          From {formatMoment(new Date(run.since))} to {formatMoment(new Date(run.until))}, asked for
          by {run.requested_by_name}. Host calls are answered from the record.
          {run.simulated > 0 &&
            ` In ${plural(run.simulated, "differing decision")} a policy asked what is not in it: the answer was made up from the others.`}
        </p>
      </div>
    </div>
  );
}

export function ReplayResultPage() {
  const { replayId } = useParams({ from: "/shell/replays/$replayId" });
  const query = useQuery(replayRun(replayId));
  const may = useCan().replay;
  const candidate = query.data?.candidate;
  return (
    <>
      <TopBar title="What would it change?" sub={query.data && nameOf(query.data)}>
        {query.data && <RunPill run={query.data} />}
        {may && query.data?.state === "running" && <CancelButton run={query.data} />}
        <Link
          to="/replays"
          search={candidate?.policy_id ? { policy: candidate.policy_id } : {}}
          className="btn"
        >
          Judge again
        </Link>
      </TopBar>
      <QueryView query={query} lines={8}>
        {(run) => <Loaded run={run} />}
      </QueryView>
    </>
  );
}
